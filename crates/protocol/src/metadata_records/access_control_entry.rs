//! An entry of the access control list.

use ottla_types::Uuid;

use crate::{Message, Str, UnknownTags};

/// Who, from where, may or may not do what, to which resources. Known by its id.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 18, versions = "0", flexible = "0+")]
pub struct AccessControlEntryRecord {
    pub id: Uuid,
    pub resource_type: i8,
    pub resource_name: Str,
    pub pattern_type: i8,
    pub principal: Str,
    pub host: Str,
    pub operation: i8,
    pub permission_type: i8,
    pub unknown_tags: UnknownTags,
}
