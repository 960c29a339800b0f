//! What stands before every request and every response.

use crate::{Message, Str, UnknownTags};

/// What is asked for, in which version, and a number by which the response is recognized. The client's name
/// keeps its old form in all versions, so that any broker can read it before it knows the version.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "1..=2", flexible = "2+")]
pub struct RequestHeader {
    pub request_api_key: i16,
    pub request_api_version: i16,
    pub correlation_id: i32,
    #[field(default = "", flexible = "none")]
    pub client_id: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// The number of the request that is answered.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0..=1", flexible = "1+")]
pub struct ResponseHeader {
    pub correlation_id: i32,
    pub unknown_tags: UnknownTags,
}
