//! What every message can do.

use std::fmt;

use bytes::{Bytes, BytesMut};

use super::{Chunks, Sink, Source, Versions, to_json, wire_sink, wire_source};
use crate::{ApiKey, DecodeError, DecodeProblem, EncodeError};

/// A struct whose fields can be walked. Derived, not written by hand.
pub trait Fields: fmt::Debug {
    /// Hands the fields to a sink, in the order of their declaration.
    fn write_fields(&self, sink: &mut dyn Sink, version: i16);
    /// Draws the fields from a source, in the order of their declaration.
    fn read_fields(source: &mut dyn Source, version: i16) -> Self
    where
        Self: Sized;
}

/// A message of its own: a request, a response, a header, or a record of one of Kafka's internal logs.
pub trait Message: Fields + Default {
    /// Kafka's name for it.
    const NAME: &'static str;
    /// The versions that exist.
    const VERSIONS: Versions;
    /// The versions in the flexible form (KIP-482): short lengths and tagged fields.
    const FLEXIBLE: Versions;

    /// Takes a message from the front of `bytes` and leaves there what follows it. Strings and byte fields
    /// share the memory of `bytes`. After an error the rest of `bytes` is of no use.
    fn decode(bytes: &mut Bytes, version: i16) -> Result<Self, DecodeError> {
        Ok(Self::decode_within(bytes, version, usize::MAX)?.message)
    }

    /// Like [`Message::decode`], but a message that costs more than `cost_max` is refused before it has taken that,
    /// see [`Decoded`].
    fn decode_within(bytes: &mut Bytes, version: i16, cost_max: usize) -> Result<Decoded<Self>, DecodeError> {
        let form = Form::of::<Self>(version);
        wire_source::check_version(form)?;
        let mut source = wire_source::WireSource::new(bytes, form.is_flexible(), cost_max);
        let message = Self::read_fields(&mut source, version);
        let cost = source.finish(form)?;
        Ok(Decoded { message, cost })
    }

    /// Decodes a message that takes all of `bytes`.
    fn decode_all(mut bytes: Bytes, version: i16) -> Result<Self, DecodeError> {
        let len = bytes.len();
        let message = Self::decode(&mut bytes, version)?;
        if bytes.is_empty() {
            return Ok(message);
        }
        let problem = DecodeProblem::LeftOver(bytes.len());
        let position = len - bytes.len();
        Err(DecodeError { message: Self::NAME, version, field: "", position, problem })
    }

    /// Appends the message to `out`. After an error, what was appended is of no use.
    fn encode(&self, out: &mut BytesMut, version: i16) -> Result<(), EncodeError> {
        wire_sink::encode(self, Form::of::<Self>(version), out)
    }

    /// Appends the message to `out`, where large byte fields are shared instead of copied.
    fn encode_chunks(&self, out: &mut Chunks, version: i16) -> Result<(), EncodeError> {
        wire_sink::encode_chunks(self, Form::of::<Self>(version), out)
    }

    /// How many bytes the message takes.
    fn encoded_len(&self, version: i16) -> Result<usize, EncodeError> {
        wire_sink::encoded_len(self, Form::of::<Self>(version))
    }

    /// The message as bytes of its own.
    fn to_bytes(&self, version: i16) -> Result<Bytes, EncodeError> {
        let mut out = BytesMut::with_capacity(self.encoded_len(version)?);
        self.encode(&mut out, version)?;
        Ok(out.freeze())
    }

    /// The message as JSON, in the form that Kafka's tools print.
    fn to_json(&self, version: i16) -> Result<String, EncodeError> {
        to_json(self, Form::of::<Self>(version))
    }
}

/// A request.
pub trait Request: Message {
    /// What it asks for.
    const KEY: ApiKey;
    /// Whether Kafka itself serves the highest version only when it is told that unstable ones are welcome.
    const LATEST_IS_UNSTABLE: bool;
    /// What it is answered with.
    type Response: Response;
}

/// A response.
pub trait Response: Message {
    /// What was asked for.
    const KEY: ApiKey;
}

/// A record of an internal log, told from the log's other records by its key.
pub trait Record: Message {
    /// The number by which the log's readers know what it is.
    const KEY: i16;
}

/// A message that was decoded.
#[derive(Clone, Debug)]
pub struct Decoded<M> {
    /// The message.
    pub message: M,
    /// The memory in bytes that it takes beside the bytes that it shares, where each element of an array counts for
    /// 64 bytes at least: what is made of a message while it is served grows with its elements.
    pub cost: usize,
}

/// One version of one message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) message: &'static str,
    pub(crate) version: i16,
    pub(crate) versions: Versions,
    pub(crate) flexible: Versions,
}

impl Form {
    pub(crate) const fn of<M: Message>(version: i16) -> Self {
        Self { message: M::NAME, version, versions: M::VERSIONS, flexible: M::FLEXIBLE }
    }

    pub(crate) const fn is_flexible(self) -> bool {
        self.flexible.contains(self.version)
    }
}
