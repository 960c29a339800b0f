//! Records of the metadata log and of the remote-log metadata topic: before the fields stand the version of this
//! frame, the record's key and its version, each a varint.

use bytes::{Buf, Bytes, BytesMut};

use crate::varint::{self, VarintError};
use crate::{DecodeError, DecodeProblem, EncodeError, Record};

/// The only frame there is since Kafka 3.
const FRAME_VERSION: u32 = 1;

/// Takes the frame off a record; says its key and version.
pub(crate) fn take_frame(bytes: &mut Bytes, what: &'static str) -> Result<(i16, i16), DecodeError> {
    let len = bytes.len();
    let [frame_version, key, version] = [(); 3].map(|()| take_number(bytes));
    let (problem, field) = match (frame_version, key, version) {
        (Ok(FRAME_VERSION), Ok(key), Ok(version)) => match (i16::try_from(key), i16::try_from(version)) {
            (Ok(key), Ok(version)) => return Ok((key, version)),
            _ => (DecodeProblem::UnknownKey(key.into()), "key"),
        },
        (Ok(other), Ok(_), Ok(_)) => (DecodeProblem::UnknownFrame(other), "frameVersion"),
        (Err(problem), ..) | (_, Err(problem), _) | (.., Err(problem)) => (problem, "frame"),
    };
    Err(DecodeError { message: what, version: 0, field, position: len - bytes.len(), problem })
}

fn take_number(bytes: &mut Bytes) -> Result<u32, DecodeProblem> {
    let (number, len) = varint::read_u32(bytes).map_err(|error| match error {
        VarintError::Truncated => DecodeProblem::Truncated { needed: bytes.len() + 1, left: bytes.len() },
        VarintError::TooLong => DecodeProblem::EndlessVarint,
    })?;
    bytes.advance(len);
    Ok(number)
}

pub(crate) fn encode<R: Record>(record: &R, version: i16, out: &mut BytesMut) -> Result<(), EncodeError> {
    // A version that cannot be written as a number of its own does not exist, which encoding will say.
    for number in [FRAME_VERSION, R::KEY as u32, version.max(0) as u32] {
        varint::put_u32(out, number);
    }
    record.encode(out, version)
}

/// Declares the enum of all records of one log.
macro_rules! framed_records {
    ($(#[$doc:meta])* $name:ident { $($variant:ident($record:ident),)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name {
            $(#[doc = concat!("See [`", stringify!($record), "`].")] $variant($record),)*
        }

        impl $name {
            /// Decodes a record and says which version it was written as. A record that nobody here knows is
            /// [`UnknownKey`](crate::DecodeProblem::UnknownKey): a newer node wrote it.
            pub fn decode(mut bytes: bytes::Bytes) -> Result<(Self, i16), crate::DecodeError> {
                let (key, version) = crate::framed_record::take_frame(&mut bytes, stringify!($name))?;
                let record = match key {
                    $(<$record as crate::Record>::KEY => Self::$variant(crate::Message::decode_all(bytes, version)?),)*
                    _ => return Err(crate::DecodeError {
                        message: stringify!($name),
                        version,
                        field: "key",
                        position: 0,
                        problem: crate::DecodeProblem::UnknownKey(key.into()),
                    }),
                };
                Ok((record, version))
            }

            /// Appends the record in this version.
            pub fn encode(&self, version: i16, out: &mut bytes::BytesMut) -> Result<(), crate::EncodeError> {
                match self {
                    $(Self::$variant(record) => crate::framed_record::encode(record, version, out),)*
                }
            }

            /// Kafka's name for the kind of record.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => <$record as crate::Message>::NAME,)*
                }
            }

            /// The versions of this kind of record.
            #[must_use]
            pub const fn versions(&self) -> crate::Versions {
                match self {
                    $(Self::$variant(_) => <$record as crate::Message>::VERSIONS,)*
                }
            }

            /// The record as JSON, in the form that Kafka's tools print.
            pub fn to_json(&self, version: i16) -> Result<String, crate::EncodeError> {
                match self {
                    $(Self::$variant(record) => crate::Message::to_json(record, version),)*
                }
            }
        }

        $(impl From<$record> for $name {
            fn from(record: $record) -> Self {
                Self::$variant(record)
            }
        })*
    };
}

pub(crate) use framed_records;
