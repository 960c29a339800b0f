//! LegacyOffsetCommitKey

use crate::{Message, Str};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 0, versions = "0")]
pub struct LegacyOffsetCommitKey {
    pub group: Str,
    pub topic: Str,
    pub partition: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 0, versions = "0")]
pub struct LegacyOffsetCommitValue {
    pub offset: i64,
    pub metadata: Str,
    pub commit_timestamp: i64,
}
