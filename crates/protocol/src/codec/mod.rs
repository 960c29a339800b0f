//! How structs become bytes and bytes become structs.
//!
//! A message is walked field by field, in the order of its declaration, by code that
//! [`#[derive(Message)]`](derive@crate::Message) and [`#[derive(Fields)]`](derive@crate::Fields) write. The walk
//! knows names, versions and defaults; it does not know what it is for. Outward it feeds a [`Sink`] (bytes, a
//! count of bytes, JSON), inward it draws from a [`Source`] (bytes; in tests also a generator). Walks take
//! `dyn Sink` and `dyn Source`: a call through a table costs a nanosecond or two a field, and in return each
//! message's walk is compiled once, here, and not again for each kind of output in each crate that uses it.
//!
//! Neither side stops at the first error. It remembers it, goes on with harmless values, and whoever began the
//! walk asks at the end. This keeps the derived code free of branches; loops ask before each element.

mod chunks;
mod field;
mod json;
mod message;
mod sink;
mod source;
mod tags;
mod versions;
mod wire_sink;
mod wire_source;

pub use chunks::Chunks;
pub use field::{Field, Nullable, is_default, read_required, write_required};
use json::to_json;
pub use message::{Decoded, Fields, Message, Record, Request, Response};
pub use sink::Sink;
pub use source::Source;
pub use tags::{TagSection, Tagged, UnknownTag, UnknownTags};
pub use versions::Versions;

/// The largest length of a string, whatever its length field could hold.
pub const STRING_LEN_MAX: usize = i16::MAX as usize;
