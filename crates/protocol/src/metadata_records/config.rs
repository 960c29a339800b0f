//! A setting.

use crate::{Message, Str, UnknownTags};

/// A setting of a topic, a broker, a group or a client-metrics subscription; null removes it.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 4, versions = "0", flexible = "0+")]
pub struct ConfigRecord {
    pub resource_type: i8,
    pub resource_name: Str,
    pub name: Str,
    #[field(default = "")]
    pub value: Option<Str>,
    pub unknown_tags: UnknownTags,
}
