//! Records of the coordinators' logs: a key that says what the record is about, and a value, or none when that
//! has ceased to be. Before the key's fields stands its type, before the value's fields their version, each in
//! two bytes.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::{DecodeError, DecodeProblem, EncodeError, Message, Record};

/// The version of every key: what changes is its type.
const KEY_VERSION: i16 = 0;

pub(crate) fn take_i16(bytes: &mut Bytes, what: &'static str) -> Result<i16, DecodeError> {
    if bytes.len() < 2 {
        let problem = DecodeProblem::Truncated { needed: 2, left: bytes.len() };
        return Err(DecodeError { message: what, version: 0, field: "", position: 0, problem });
    }
    Ok(bytes.get_i16())
}

pub(crate) fn decode_key<K: Record>(fields: Bytes) -> Result<K, DecodeError> {
    K::decode_all(fields, KEY_VERSION)
}

pub(crate) fn decode_value<V: Message>(value: Option<Bytes>) -> Result<Option<V>, DecodeError> {
    let Some(mut value) = value else { return Ok(None) };
    let version = take_i16(&mut value, V::NAME)?;
    V::decode_all(value, version).map(Some)
}

pub(crate) fn encode_key<K: Record>(key: &K) -> Result<Bytes, EncodeError> {
    prefixed(key, K::KEY, KEY_VERSION)
}

pub(crate) fn key_to_json<K: Record>(key: &K) -> Result<(i16, String), EncodeError> {
    Ok((K::KEY, key.to_json(KEY_VERSION)?))
}

pub(crate) fn encode_value<V: Message>(
    value: &Option<V>,
    version: i16,
) -> Result<Option<Bytes>, EncodeError> {
    value.as_ref().map(|value| prefixed(value, version, version)).transpose()
}

fn prefixed<M: Message>(message: &M, prefix: i16, version: i16) -> Result<Bytes, EncodeError> {
    let mut out = BytesMut::with_capacity(2 + message.encoded_len(version)?);
    out.put_i16(prefix);
    message.encode(&mut out, version)?;
    Ok(out.freeze())
}

/// Declares the enum of all records of one log.
macro_rules! keyed_records {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident: $key:ident => $value:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant {
                /// What the record is about.
                key: $key,
                /// What holds from now on; `None` if it is no more.
                value: Option<$value>,
            },)*
        }

        impl $name {
            /// Decodes a record. One whose key is of an unknown type is
            /// [`UnknownKey`](crate::DecodeProblem::UnknownKey): a newer broker wrote it.
            pub fn decode(mut key: bytes::Bytes, value: Option<bytes::Bytes>) -> Result<Self, crate::DecodeError> {
                let key_type = crate::keyed_record::take_i16(&mut key, stringify!($name))?;
                match key_type {
                    $(<$key as crate::Record>::KEY => Ok(Self::$variant {
                        key: crate::keyed_record::decode_key(key)?,
                        value: crate::keyed_record::decode_value(value)?,
                    }),)*
                    _ => Err(crate::DecodeError {
                        message: stringify!($name),
                        version: 0,
                        field: "",
                        position: 0,
                        problem: crate::DecodeProblem::UnknownKey(key_type.into()),
                    }),
                }
            }

            /// The bytes of the record's key.
            pub fn encode_key(&self) -> Result<bytes::Bytes, crate::EncodeError> {
                match self {
                    $(Self::$variant { key, .. } => crate::keyed_record::encode_key(key),)*
                }
            }

            /// The bytes of the record's value in this version.
            pub fn encode_value(&self, version: i16) -> Result<Option<bytes::Bytes>, crate::EncodeError> {
                match self {
                    $(Self::$variant { value, .. } => crate::keyed_record::encode_value(value, version),)*
                }
            }

            /// The type of the record's key, and its fields as JSON, in the form that Kafka's tools print.
            pub fn key_to_json(&self) -> Result<(i16, String), crate::EncodeError> {
                match self {
                    $(Self::$variant { key, .. } => crate::keyed_record::key_to_json(key),)*
                }
            }

            /// The record's value in this version as JSON, in the form that Kafka's tools print.
            pub fn value_to_json(&self, version: i16) -> Result<Option<String>, crate::EncodeError> {
                match self {
                    $(Self::$variant { value, .. } => {
                        value.as_ref().map(|value| crate::Message::to_json(value, version)).transpose()
                    })*
                }
            }
        }
    };
}

pub(crate) use keyed_records;
