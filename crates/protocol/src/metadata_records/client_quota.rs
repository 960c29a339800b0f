//! ClientQuotaRecord

use crate::{Fields, Message, Str, UnknownTags};

#[derive(Clone, Debug, PartialEq, Message)]
#[message(key = 14, versions = "0", flexible = "0+")]
pub struct ClientQuotaRecord {
    pub entity: Vec<EntityData>,
    pub key: Str,
    pub value: f64,
    pub remove: bool,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct EntityData {
    pub entity_type: Str,
    #[field(default = "")]
    pub entity_name: Option<Str>,
    pub unknown_tags: UnknownTags,
}
