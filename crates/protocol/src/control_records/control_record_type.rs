//! ControlRecordTypeSchema

use crate::Message;

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0")]
pub struct ControlRecordTypeSchema {
    pub r#type: i16,
}
