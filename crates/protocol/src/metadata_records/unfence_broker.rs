//! A broker is no longer fenced.

use crate::{Message, UnknownTags};

/// The broker may lead and serve from here on. BrokerRegistrationChangeRecord has taken its place.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 8, versions = "0", flexible = "0+")]
pub struct UnfenceBrokerRecord {
    pub id: i32,
    pub epoch: i64,
    pub unknown_tags: UnknownTags,
}
