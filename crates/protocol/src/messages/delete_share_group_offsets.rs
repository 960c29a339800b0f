//! DeleteShareGroupOffsets (key 92): a share group forgets topics (KIP-932).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The topics to forget.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 92, versions = "0", flexible = "0+")]
pub struct DeleteShareGroupOffsetsRequest {
    pub group_id: Str,
    pub topics: Vec<DeleteShareGroupOffsetsRequestTopic>,
    pub unknown_tags: UnknownTags,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DeleteShareGroupOffsetsRequestTopic {
    pub topic_name: Str,
    pub unknown_tags: UnknownTags,
}

/// What became of each topic.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 92, versions = "0", flexible = "0+")]
pub struct DeleteShareGroupOffsetsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub responses: Vec<DeleteShareGroupOffsetsResponseTopic>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DeleteShareGroupOffsetsResponseTopic {
    pub topic_name: Str,
    pub topic_id: Uuid,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
