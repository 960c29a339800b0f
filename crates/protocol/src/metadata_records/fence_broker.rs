//! A broker is fenced.

use crate::{Message, UnknownTags};

/// The broker leads nothing and serves nobody from here on. BrokerRegistrationChangeRecord has taken its
/// place.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 7, versions = "0", flexible = "0+")]
pub struct FenceBrokerRecord {
    pub id: i32,
    pub epoch: i64,
    pub unknown_tags: UnknownTags,
}
