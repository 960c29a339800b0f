//! AlterClientQuotas (key 49): quotas of users, client ids and addresses change (KIP-546).

use crate::{Fields, Message, Str, UnknownTags};

/// Sets and removes quotas, entity by entity; can be a mere trial.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(key = 49, versions = "0..=1", flexible = "1+")]
pub struct AlterClientQuotasRequest {
    pub entries: Vec<EntryData>,
    pub validate_only: bool,
    pub unknown_tags: UnknownTags,
}

/// One entity and what happens to its quotas.
#[derive(Clone, Debug, PartialEq, Fields)]
pub struct EntryData {
    pub entity: Vec<EntityData>,
    pub ops: Vec<OpData>,
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

/// One quota to set or to remove.
#[derive(Clone, Debug, PartialEq, Fields)]
pub struct OpData {
    pub key: Str,
    pub value: f64,
    pub remove: bool,
    pub unknown_tags: UnknownTags,
}

/// What became of each entity.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 49, versions = "0..=1", flexible = "1+")]
pub struct AlterClientQuotasResponse {
    pub throttle_time_ms: i32,
    pub entries: Vec<EntryResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one entity.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct EntryResult {
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub entity: Vec<EntityData>,
    pub unknown_tags: UnknownTags,
}
