//! The metadata log, replicated: `__cluster_metadata-0` as the log of a Raft quorum (openraft), in Kafka's
//! files.
//!
//! Deliberately absent: what the records mean (`ottla-metadata`), what is to be written (`ottla-controller`),
//! how brokers act upon it, and the wire. No other crate imports openraft.
//!
//! Read first: [`Quorum`], which a node starts and follows; [`ControllerHandle`], through which commands
//! reach the active controller; inside, `Log` (`log.rs`), the one log that is both openraft's log store and
//! Kafka's partition.
//!
//! The path of one command: [`ControllerHandle::submit`] queues it; the shell in `active.rs` hands it to the
//! machine, which adds records; when the batch before is committed, the records go to openraft as one entry
//! (`quorum.rs`); the log gives the entry its place and writes it as one batch (`log_store.rs`); when it is
//! on disk with a majority, the state machine applies it to the image and publishes that
//! (`state_machine.rs`); then the reply goes out.
//!
//! One log, not two. An entry is a batch, its term the batch's leader epoch; a leader's blank entry is a
//! LeaderChange control batch, a membership entry a control batch with the voters; the vote is in
//! `quorum-state`; a snapshot is a `.checkpoint`. openraft counts entries and Kafka counts records, so the
//! log knows the place of each entry by its index, counted from the newest snapshot, whose own index stands
//! beside the vote.
//!
//! Invariants: nothing is acknowledged before it is synced; after a failed write or sync nothing more is
//! written; entries of one index have the same bytes on every node; records that were made for another offset
//! than theirs are never written; an image is published only when all of its records are committed; nothing
//! that may wait for the disk runs on the threads of the runtime.

mod active;
mod batch;
mod checkpoint;
mod directory;
mod error;
mod keeper;
mod load;
mod log;
mod log_store;
mod network;
mod quorum;
mod quorum_state;
mod standing;
mod state_machine;
mod types;
mod voters;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod tests;

pub use active::{ActiveController, ActiveOptions, ControllerHandle, SubmitError};
pub use checkpoint::read_bootstrap;
pub use error::{ProposeError, QuorumError};
pub use quorum::{Clock, Leadership, Quorum, QuorumOptions};
pub use standing::{Standing, Standings, VoterStanding};
pub use voters::VoterEndpoint;
