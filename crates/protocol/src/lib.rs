//! Kafka's wire format as of Apache Kafka 4.3.1: every message in every version, frames and record batches.
//!
//! The schema is the Rust type: a message is a struct whose attributes say which versions have which fields, and
//! a derive macro writes its codec. There is no other notation. Names, numbers and ranges are Kafka's.
//!
//! ```
//! use bytes::Bytes;
//! use ottla_protocol::messages::HeartbeatRequest;
//! use ottla_protocol::{Message, Str};
//!
//! let request = HeartbeatRequest { group_id: Str::from("g"), generation_id: 3, ..Default::default() };
//! let bytes: Bytes = request.to_bytes(4)?;
//! assert_eq!(HeartbeatRequest::decode_all(bytes, 4)?, request);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Deliberately absent: connections, and what requests mean. Which versions a broker serves is the broker's
//! business; here are all that exist. Fields keep the plain integers of the wire: the newtypes of `ottla-types`
//! begin where a message is taken apart.
//!
//! Read first: [`Message`] for what every message can do, [`messages::produce`] for how one is written down,
//! [`codec`] for what its derived code calls, [`records`] for batches.
//!
//! The path of a request: [`frame::take`] cuts it out of what was received, [`frame::request_header`] says what
//! it is, [`Message::decode`] makes a struct of it. Its response goes through [`frame::put_response`] into
//! [`codec::Chunks`], a list of pieces in which records are shared and never copied; they may even stay in their
//! file, see [`RecordSet`].
//!
//! Invariants:
//! - What comes from outside never panics, and takes no more memory than a multiple of its own length (about 16
//!   times, and 64 KiB). Counts and lengths are claims, checked against what is there. No message holds itself,
//!   so nesting has an end.
//! - Decoding copies nothing that is well-formed: strings and bytes are views that keep the whole frame alive. Whoever stores one for
//!   long copies it first.
//! - What a peer sent by the rules encodes to the same bytes again, tagged fields that nobody knows included.
//! - A field that a version does not have is dropped only if it is its default or Kafka too drops it; otherwise
//!   encoding fails.

extern crate self as ottla_protocol;

pub mod api_key;
mod catalog;
pub mod codec;
pub mod control_records;
pub mod embedded;
mod error;
pub mod files;
pub mod frame;
mod framed_record;
mod keyed_record;
pub mod messages;
pub mod metadata_records;
pub mod offsets_records;
mod record_set;
pub mod records;
pub mod remote_log_records;
pub mod share_state_records;
mod text;
pub mod transaction_records;
pub mod varint;

pub use api_key::ApiKey;
pub use codec::{Fields, Message, Record, Request, Response, UnknownTags, Versions};
pub use error::{DecodeError, DecodeProblem, EncodeError, EncodeProblem};
pub use ottla_protocol_derive::{Fields, Message};
pub use record_set::{Piece, RecordSet};
pub use text::Str;
