//! A record of `__transaction_state`, whatever it is about.

use super::{TransactionLogKey, TransactionLogValue};
use crate::keyed_record::keyed_records;

keyed_records! {
    /// A record of `__transaction_state`.
    TransactionRecord {
        /// The state of one transactional id.
        TransactionLog: TransactionLogKey => TransactionLogValue,
    }
}
