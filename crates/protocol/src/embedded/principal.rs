//! Who sent a request, within an Envelope.

use crate::{Message, Str, UnknownTags};

/// A principal: its type, its name, and whether a delegation token vouched for it.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0", flexible = "0+")]
pub struct DefaultPrincipalData {
    pub r#type: Str,
    pub name: Str,
    pub token_authenticated: bool,
    pub unknown_tags: UnknownTags,
}
