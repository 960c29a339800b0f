//! The group coordinator's decisions: who is a member, who divides the work, which offsets are kept.
//!
//! Deliberately absent: I/O, clocks, randomness (a member id's random bits come in with the command), async, wire
//! types, authorization, and the errors of a coordinator that is elsewhere or still loading, which are the shell's.
//! Also absent so far: the consumer, share and streams protocols. Records of such groups are kept apart
//! untouched, and their group ids are not taken for free. Transactional offsets are read, not yet written.
//!
//! Read first: [`Command`] and [`Reply`] for what is asked and told, [`GroupRecord`] for what is durable,
//! [`GroupCoordinator`] for where it comes together. `classic` holds the rules of one classic group; its `mod.rs`
//! has the states. `record_bytes` is the only place that knows Kafka's bytes.
//!
//! The path of one rebalance: a [`Join`] that changes something starts it and its caller is parked; the other
//! members hear of it with their heartbeats and join again. When all have, or the deadline passes, a generation
//! starts: everybody's join is answered, the leader's with the list of members. Each member sends [`Sync`] and is
//! parked until the leader's brings the assignment, which is logged as [`GroupRecord::GroupChanged`]; with that
//! the generation is complete.
//!
//! One instance serves one partition of `__consumer_offsets`. The shell must apply the records of a decision
//! before it hands in the next command, and must answer every caller that is left when it drops the machine with
//! `NOT_COORDINATOR`.
//!
//! Invariants: every token is answered exactly once; a group is durable exactly as of its last completed
//! generation; the members, their parked callers and the states are soft, and the log's word wins after a reload.

mod admin;
mod classic;
mod command;
mod config;
mod coordinator;
mod deadlines;
mod foreign;
mod names;
mod notice;
mod offset_commands;
mod offsets;
mod record;
mod record_bytes;
mod reply;
mod subscription;
mod sweep;
mod turn;

pub use command::{
    Command, CommitOffsets, CommitPartition, CommitTopic, DeleteOffsets, DeletedTopic, FetchOffsets,
    FetchTopic, Heartbeat, Join, Leave, Leaver, List, Protocol, Sync,
};
pub use config::GroupConfig;
pub use coordinator::GroupCoordinator;
pub use names::{Generation, GroupState, GroupType};
pub use notice::{Cause, Notice};
pub use record::{CommittedOffset, ForeignKey, GroupRecord, GroupValue, MemberValue};
pub use record_bytes::{RecordBytes, RecordError};
pub use reply::{
    FetchedPartition, FetchedTopic, GroupDescription, JoinRefused, Joined, JoinedMember, LeaveOutcome,
    ListedGroup, MemberDescription, NotDescribed, Reply, Swept, Synced, TopicOutcome,
};
