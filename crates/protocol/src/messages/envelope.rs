//! Envelope (key 58): a broker hands a client's request on to the controller (KIP-590).

use bytes::Bytes;

use crate::{Message, UnknownTags};

/// The request as it came, with who sent it and from where.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 58, versions = "0", flexible = "0+")]
pub struct EnvelopeRequest {
    pub request_data: Bytes,
    #[field(default = Bytes::new())]
    pub request_principal: Option<Bytes>,
    pub client_host_address: Bytes,
    pub unknown_tags: UnknownTags,
}

/// The controller's response, to be passed on as it is.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 58, versions = "0", flexible = "0+")]
pub struct EnvelopeResponse {
    pub response_data: Option<Bytes>,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}
