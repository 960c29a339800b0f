//! What callers ask of the coordinator.
//!
//! These are the machine's own words; the broker translates requests of every version into them. Where versions
//! of a request differ in what the client understands, the command says what it understands.

use std::sync::Arc;

use bytes::Bytes;
use ottla_types::{LeaderEpoch, Offset, PartitionIndex, Uuid};

use crate::Generation;

/// One request to the coordinator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A consumer wants to be a member. Answered by [`crate::Reply::Join`], often much later.
    Join(Join),
    /// A member asks for its assignment, and the leader brings everybody's. Answered by [`crate::Reply::Sync`].
    Sync(Sync),
    /// A member is alive. Answered by [`crate::Reply::Heartbeat`].
    Heartbeat(Heartbeat),
    /// Members go. Answered by [`crate::Reply::Leave`].
    Leave(Leave),
    /// Offsets are to be kept. Answered by [`crate::Reply::CommitOffsets`].
    CommitOffsets(CommitOffsets),
    /// Offsets are asked for. Answered by [`crate::Reply::FetchOffsets`].
    FetchOffsets(FetchOffsets),
    /// Offsets are to be forgotten. Answered by [`crate::Reply::DeleteOffsets`].
    DeleteOffsets(DeleteOffsets),
    /// Which groups are there? Answered by [`crate::Reply::List`].
    List(List),
    /// What do these groups look like? Answered by [`crate::Reply::Describe`].
    Describe(Vec<Arc<str>>),
    /// Groups are to be removed with their offsets; no group may be named twice. Answered by
    /// [`crate::Reply::DeleteGroups`].
    DeleteGroups(Vec<Arc<str>>),
    /// Housekeeping: forget offsets that nobody has committed for the retention time, and groups without any.
    /// Answered by [`crate::Reply::Sweep`].
    ExpireOffsets {
        /// The group to continue at: what the answer to the previous command said.
        resume_at: Option<Arc<str>>,
    },
    /// Housekeeping: forget the offsets of topics that are gone. Answered by [`crate::Reply::Sweep`].
    ForgetTopics {
        /// The topics that were deleted.
        topics: Vec<DeletedTopic>,
        /// The group to continue at: what the answer to the previous command said.
        resume_at: Option<Arc<str>>,
    },
}

/// A consumer joins a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The group's id.
    pub group: Arc<str>,
    /// The member's id; empty if it has none yet.
    pub member_id: Arc<str>,
    /// `group.instance.id` of a static member (KIP-345).
    pub instance_id: Option<Arc<str>>,
    /// `client.id`.
    pub client_id: Arc<str>,
    /// Where the client connects from, as Kafka prints it: `/127.0.0.1`.
    pub client_host: Arc<str>,
    /// After this time without a heartbeat the member is gone.
    pub session_timeout_ms: i32,
    /// How long the member may take to rejoin when a rebalance starts.
    pub rebalance_timeout_ms: i32,
    /// What the protocols are for: `consumer`, `connect`, …
    pub protocol_type: Arc<str>,
    /// The protocols that the member can use, the preferred one first.
    pub protocols: Vec<Protocol>,
    /// Random bits out of which a member id is made if the member has none.
    pub fresh_member: Uuid,
    /// The client can be told to join again with an id that it is given first (KIP-394).
    pub takes_member_id_first: bool,
    /// The client can be told, as leader, to keep the assignment as it is (KIP-814).
    pub may_skip_assignment: bool,
    /// Why the client joins, for people (KIP-800).
    pub reason: Option<Arc<str>>,
}

impl Join {
    /// What people know the client by: its member id begins with it.
    pub(crate) fn name(&self) -> &Arc<str> {
        self.instance_id.as_ref().unwrap_or(&self.client_id)
    }
}

/// A way to divide work that a member knows, with what it wants to say to whoever divides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// The name: `range`, `roundrobin`, …
    pub name: Arc<str>,
    /// Bytes for the leader: of a consumer, its subscription.
    pub metadata: Bytes,
}

/// A member asks for its assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sync {
    /// The group's id.
    pub group: Arc<str>,
    /// The member's id.
    pub member_id: Arc<str>,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<Arc<str>>,
    /// The generation that the member joined.
    pub generation: Generation,
    /// The protocol type that the member believes in, if its client says.
    pub protocol_type: Option<Arc<str>>,
    /// The protocol that the member believes was chosen, if its client says.
    pub protocol: Option<Arc<str>>,
    /// From the leader: who gets what.
    pub assignments: Vec<(Arc<str>, Bytes)>,
}

/// A member is alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The group's id.
    pub group: Arc<str>,
    /// The member's id.
    pub member_id: Arc<str>,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<Arc<str>>,
    /// The generation that the member is in.
    pub generation: Generation,
}

/// Members go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leave {
    /// The group's id.
    pub group: Arc<str>,
    /// Who goes.
    pub members: Vec<Leaver>,
}

/// One member that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaver {
    /// The member's id; empty if an administrator removes a static member by its instance id.
    pub member_id: Arc<str>,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<Arc<str>>,
    /// Why, for people (KIP-800).
    pub reason: Option<Arc<str>>,
}

/// Offsets are to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitOffsets {
    /// The group's id.
    pub group: Arc<str>,
    /// The member's id; empty for a client that uses no group membership.
    pub member_id: Arc<str>,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<Arc<str>>,
    /// The generation that the member is in; [`Generation::NONE`] for a client without membership.
    pub generation: Generation,
    /// Old clients say how long this commit is to be kept.
    pub retention_ms: Option<i64>,
    /// The offsets, topic by topic.
    pub topics: Vec<CommitTopic>,
}

/// The offsets to keep for one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitTopic {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The topic's id, [`Uuid::ZERO`] if not known.
    pub topic_id: Uuid,
    /// Partition by partition.
    pub partitions: Vec<CommitPartition>,
}

/// The offset to keep for one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitPartition {
    /// Which partition.
    pub partition: PartitionIndex,
    /// The next offset that the group is to read.
    pub offset: Offset,
    /// The leader epoch of the last record read.
    pub leader_epoch: LeaderEpoch,
    /// Whatever the client wants to remember.
    pub metadata: Option<Arc<str>>,
}

/// Offsets are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchOffsets {
    /// The group's id.
    pub group: Arc<str>,
    /// The member's id, if it says.
    pub member_id: Option<Arc<str>>,
    /// The member's epoch in a group of the newer protocol, or -1.
    pub member_epoch: i32,
    /// An offset that an open transaction is about to change is answered with `UNSTABLE_OFFSET_COMMIT` (KIP-447).
    pub require_stable: bool,
    /// Of these topics, or of all.
    pub topics: Option<Vec<FetchTopic>>,
}

/// The partitions of one topic whose offsets are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchTopic {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The topic's id, [`Uuid::ZERO`] if not known. An offset that was committed for another topic of the same
    /// name is not an answer.
    pub topic_id: Uuid,
    /// Which partitions.
    pub partitions: Vec<PartitionIndex>,
}

/// Offsets are to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteOffsets {
    /// The group's id.
    pub group: Arc<str>,
    /// Topics and their partitions.
    pub topics: Vec<(Arc<str>, Vec<PartitionIndex>)>,
}

/// Which groups are there?
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// Names of states, in any case; none means all.
    pub states: Vec<Arc<str>>,
    /// Names of group types, in any case; none means all.
    pub types: Vec<Arc<str>>,
}

/// A topic that was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedTopic {
    /// Its name.
    pub name: Arc<str>,
    /// Its id. Offsets that were committed for a newer topic of the same name stay.
    pub topic_id: Uuid,
}
