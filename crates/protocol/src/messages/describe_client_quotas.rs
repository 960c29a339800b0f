//! DescribeClientQuotas (key 48): looks into the quotas (KIP-546).

use crate::{Fields, Message, Str, UnknownTags};

/// Which entities to show.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 48, versions = "0..=1", flexible = "1+")]
pub struct DescribeClientQuotasRequest {
    pub components: Vec<ComponentData>,
    pub strict: bool,
    pub unknown_tags: UnknownTags,
}

/// What one part of an entity must be: a certain name, the default, or anything.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ComponentData {
    pub entity_type: Str,
    pub match_type: i8,
    #[field(default = "")]
    pub r#match: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// The entities that match, and their quotas.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(key = 48, versions = "0..=1", flexible = "1+")]
pub struct DescribeClientQuotasResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    #[field(default = Vec::new())]
    pub entries: Option<Vec<EntryData>>,
    pub unknown_tags: UnknownTags,
}

/// One entity and its quotas.
#[derive(Clone, Debug, PartialEq, Fields)]
pub struct EntryData {
    pub entity: Vec<EntityData>,
    pub values: Vec<ValueData>,
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

/// One quota.
#[derive(Clone, Debug, PartialEq, Fields)]
pub struct ValueData {
    pub key: Str,
    pub value: f64,
    pub unknown_tags: UnknownTags,
}
