//! Drives coordinators: the async shell around the machines of `ottla-group`, and later of transactions and shares.
//!
//! One task owns one machine and the partition of the internal topic that is its log. The path of a command:
//! [`ShardHandle::call`] queues it; the task hands it to the machine together with all others that are waiting,
//! appends the records of their decisions as one batch, or as several where one could not hold them, and answers when
//! they are committed. Answers to reads wait for everything appended before them, so nobody sees what a crash could
//! take back.
//!
//! When an append fails, the machine's state can no longer be trusted to be what the log says: it is dropped, all
//! callers are told `NOT_COORDINATOR`, and the log is read again.

mod log;
mod shard;

use bytes::Bytes;
use ottla_machine::Coordinator;
use ottla_types::ProducerId;

pub(crate) use shard::{Shard, ShardHandle};

/// How a machine's records are written to and read from its log.
pub(crate) trait Logged:
    Coordinator<Command: Send, Record: Send, Reply: Send> + Send + 'static
{
    /// The record's key and value; no value deletes what the key names.
    fn encode(record: &Self::Record) -> Result<(Bytes, Option<Bytes>), String>;

    /// What a record in the log says; `producer_id` is that of the transaction that it belongs to. The error says
    /// what is wrong with the bytes.
    fn decode(
        producer_id: Option<ProducerId>,
        key: &Bytes,
        value: Option<&Bytes>,
    ) -> Result<Self::Record, String>;

    /// What the marker at the end of a producer's transaction says.
    fn transaction_ended(producer_id: ProducerId, is_committed: bool) -> Self::Record;

    /// Says how much the records of one decision may take in the log.
    fn set_records_bytes_max(&mut self, bytes: usize);

    /// Writes to the node's log what happened since the last call, for people.
    fn report(&mut self);
}
