//! The records of `__transaction_state`: transactional ids and their transactions.

#![allow(
    missing_docs,
    reason = "the names of fields are Kafka's and say what they hold; structs are documented"
)]

pub mod record;
pub mod transaction_log;

pub use record::TransactionRecord;
pub use transaction_log::{TransactionLogKey, TransactionLogValue};
