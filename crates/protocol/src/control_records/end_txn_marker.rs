//! EndTxnMarker

use crate::Message;

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0")]
pub struct EndTxnMarker {
    pub coordinator_epoch: i32,
}
