//! What can be wrong with a message, on its way in or out.

use crate::codec::Versions;

/// A message could not be decoded: the peer sent something that is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} version {version}, field `{field}` at byte {position}: {problem}")]
pub struct DecodeError {
    /// The message's name.
    pub message: &'static str,
    /// The version that it was read as.
    pub version: i16,
    /// The field's name as Kafka spells it; empty where no field is to blame.
    pub field: &'static str,
    /// Where in the message's bytes.
    pub position: usize,
    /// What was wrong there.
    pub problem: DecodeProblem,
}

/// What was wrong with the bytes of a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeProblem {
    /// The message has no such version.
    #[error("there is no such version; {0} exist")]
    UnknownVersion(Versions),
    /// The bytes end inside a value.
    #[error("{needed} bytes needed, {left} left")]
    Truncated {
        /// How many bytes the value takes.
        needed: usize,
        /// How many there are.
        left: usize,
    },
    /// A value that must be present is null.
    #[error("null is not allowed here")]
    Null,
    /// A string longer than 32,767 bytes.
    #[error("a string of {0} bytes is too long")]
    StringTooLong(usize),
    /// A variable-length integer goes on for too many bytes.
    #[error("a variable-length integer does not end")]
    EndlessVarint,
    /// An array claims more elements than bytes are left.
    #[error("an array of {count} elements cannot fit into {left} bytes")]
    ArrayTooLong {
        /// The elements claimed.
        count: usize,
        /// The bytes left.
        left: usize,
    },
    /// The decoded form would take much more memory than the bytes do.
    #[error("decoding would take more memory than a message of this size may")]
    TooManyElements,
    /// A tagged field is longer or shorter than its length says.
    #[error("tagged field {tag} takes {actual} bytes, but its length says {declared}")]
    TagLength {
        /// The field's tag.
        tag: u32,
        /// The length that was written before it.
        declared: usize,
        /// What its value takes.
        actual: usize,
    },
    /// A tagged field that other versions define, but not this one.
    #[error("this version has no tagged field {0}")]
    TagNotInThisVersion(u32),
    /// The message ends before the bytes do.
    #[error("{0} bytes are left over")]
    LeftOver(usize),
    /// No message is known by this key.
    #[error("there is no message with key {0}")]
    UnknownKey(i64),
    /// A record's frame is of a version that nobody knows.
    #[error("there is no frame of version {0}")]
    UnknownFrame(u32),
}

/// A message could not be encoded: it holds what this version cannot express. A mistake of the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} version {version}, field `{field}`: {problem}")]
pub struct EncodeError {
    /// The message's name.
    pub message: &'static str,
    /// The version that it was to be written as.
    pub version: i16,
    /// The field's name as Kafka spells it; empty where no field is to blame.
    pub field: &'static str,
    /// What was wrong there.
    pub problem: EncodeProblem,
}

/// Why a value cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeProblem {
    /// The message has no such version.
    #[error("there is no such version; {0} exist")]
    UnknownVersion(Versions),
    /// The field holds something, does not exist in this version and must not be dropped in silence.
    #[error("this version has no such field, yet it is set")]
    NotInThisVersion,
    /// Unknown tagged fields are set, and this version has no place for them.
    #[error("this version cannot carry tagged fields")]
    NoTaggedFields,
    /// The field must not be null in this version.
    #[error("null is not allowed here")]
    Null,
    /// The field's bytes lie elsewhere, and this output has no place for a gap.
    #[error("its bytes are not in memory")]
    Gap,
    /// A string longer than 32,767 bytes, or another value longer than 2,147,483,647.
    #[error("{0} bytes or elements are too many")]
    TooLong(usize),
}
