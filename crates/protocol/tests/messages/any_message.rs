//! Every message behind one type, so that a test can walk through all of them.

use std::any::Any;
use std::fmt::Debug;

use bytes::{Bytes, BytesMut};
use ottla_protocol::codec::{Chunks, Source};
use ottla_protocol::{DecodeError, EncodeError, Message, Versions, for_each_message};

/// A message of some type.
pub(crate) trait AnyMessage: Debug {
    fn encode(&self, out: &mut BytesMut, version: i16) -> Result<(), EncodeError>;
    fn encode_chunks(&self, out: &mut Chunks, version: i16) -> Result<(), EncodeError>;
    fn encoded_len(&self, version: i16) -> Result<usize, EncodeError>;
    fn to_bytes(&self, version: i16) -> Result<Bytes, EncodeError>;
    fn to_json(&self, version: i16) -> Result<String, EncodeError>;
    fn equals(&self, other: &dyn AnyMessage) -> bool;
    fn as_any(&self) -> &dyn Any;
}

impl<M: Message + PartialEq + Any> AnyMessage for M {
    fn encode(&self, out: &mut BytesMut, version: i16) -> Result<(), EncodeError> {
        Message::encode(self, out, version)
    }

    fn encode_chunks(&self, out: &mut Chunks, version: i16) -> Result<(), EncodeError> {
        Message::encode_chunks(self, out, version)
    }

    fn encoded_len(&self, version: i16) -> Result<usize, EncodeError> {
        Message::encoded_len(self, version)
    }

    fn to_bytes(&self, version: i16) -> Result<Bytes, EncodeError> {
        Message::to_bytes(self, version)
    }

    fn to_json(&self, version: i16) -> Result<String, EncodeError> {
        Message::to_json(self, version)
    }

    fn equals(&self, other: &dyn AnyMessage) -> bool {
        other.as_any().downcast_ref::<M>() == Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Decodes a message of some type.
pub(crate) type Decode = fn(&mut Bytes, i16) -> Result<Box<dyn AnyMessage>, DecodeError>;

/// What is known of one type of message.
pub(crate) struct MessageType {
    pub(crate) name: &'static str,
    pub(crate) versions: Versions,
    pub(crate) flexible: Versions,
    pub(crate) decode: Decode,
    pub(crate) default: fn() -> Box<dyn AnyMessage>,
    pub(crate) draw: fn(&mut dyn Source, i16) -> Box<dyn AnyMessage>,
}

impl MessageType {
    const fn of<M: Message + PartialEq + Any>() -> Self {
        Self {
            name: M::NAME,
            versions: M::VERSIONS,
            flexible: M::FLEXIBLE,
            decode: |bytes, version| Ok(Box::new(M::decode(bytes, version)?)),
            default: || Box::new(M::default()),
            draw: |source, version| Box::new(M::read_fields(source, version)),
        }
    }
}

macro_rules! message_types {
    ($($message:path),*) => { &[$(MessageType::of::<$message>()),*] };
}

/// Every type of message there is.
pub(crate) static MESSAGE_TYPES: &[MessageType] = for_each_message!(message_types);
