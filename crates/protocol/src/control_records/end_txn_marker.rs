//! The end of a transaction, as a partition has it.

use crate::Message;

/// The value of a commit or abort marker. Markers of a coordinator of an older epoch are refused.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0")]
pub struct EndTxnMarker {
    pub coordinator_epoch: i32,
}
