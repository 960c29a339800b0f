//! Kafka's wire format.

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
