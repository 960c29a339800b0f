//! DescribeClientQuotasRequest

use crate::{Fields, Message, Str, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 48, versions = "0..=1", flexible = "1+")]
pub struct DescribeClientQuotasRequest {
    pub components: Vec<ComponentData>,
    pub strict: bool,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ComponentData {
    pub entity_type: Str,
    pub match_type: i8,
    #[field(default = "")]
    pub r#match: Option<Str>,
    pub unknown_tags: UnknownTags,
}

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

#[derive(Clone, Debug, PartialEq, Fields)]
pub struct EntryData {
    pub entity: Vec<EntityData>,
    pub values: Vec<ValueData>,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct EntityData {
    pub entity_type: Str,
    #[field(default = "")]
    pub entity_name: Option<Str>,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Fields)]
pub struct ValueData {
    pub key: Str,
    pub value: f64,
    pub unknown_tags: UnknownTags,
}
