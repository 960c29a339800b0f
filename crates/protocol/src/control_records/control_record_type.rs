//! The key of a control record.

use crate::Message;

/// What a control record is about: a transaction's abort (0) or commit (1), or a matter of the metadata
/// quorum (2 to 6). Its version stands before it.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0")]
pub struct ControlRecordTypeSchema {
    pub r#type: i16,
}
