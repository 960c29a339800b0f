//! A quota.

use crate::{Fields, Message, Str, UnknownTags};

/// A quota of an entity is set or removed.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(key = 14, versions = "0", flexible = "0+")]
pub struct ClientQuotaRecord {
    pub entity: Vec<EntityData>,
    pub key: Str,
    pub value: f64,
    pub remove: bool,
    pub unknown_tags: UnknownTags,
}

/// One part of what an entity is: a user, a client id or an address; without a name, the default for its
/// kind.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct EntityData {
    pub entity_type: Str,
    #[field(default = "")]
    pub entity_name: Option<Str>,
    pub unknown_tags: UnknownTags,
}
