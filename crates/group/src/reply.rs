//! What callers are told.

use std::sync::Arc;

use bytes::Bytes;
use ottla_types::{ErrorCode, LeaderEpoch, Offset, PartitionIndex, Uuid};

use crate::{Generation, GroupState, GroupType};

/// The answer to one [`crate::Command`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The member is in, or not.
    Join(Result<Joined, JoinRefused>),
    /// The member's assignment.
    Sync(Result<Synced, ErrorCode>),
    /// The heartbeat counted, or not.
    Heartbeat(Result<(), ErrorCode>),
    /// What became of each leaver.
    Leave(Result<Vec<LeaveOutcome>, ErrorCode>),
    /// What became of each partition. [`ErrorCode::GroupIdNotFound`] is `ILLEGAL_GENERATION` to clients that do
    /// not know it: OffsetCommit before version 9.
    CommitOffsets(Result<Vec<TopicOutcome>, ErrorCode>),
    /// The offsets, topic by topic.
    FetchOffsets(Result<Vec<FetchedTopic>, ErrorCode>),
    /// What became of each partition.
    DeleteOffsets(Result<Vec<TopicOutcome>, ErrorCode>),
    /// The groups.
    List(Vec<ListedGroup>),
    /// Group by group, in the order asked.
    Describe(Vec<(Arc<str>, Result<GroupDescription, NotDescribed>)>),
    /// Group by group, in the order asked.
    DeleteGroups(Vec<(Arc<str>, ErrorCode)>),
    /// How far the housekeeping came.
    Sweep(Swept),
}

/// The member is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The member's id, from now on.
    pub member_id: Arc<str>,
    /// The generation.
    pub generation: Generation,
    /// What the protocols are for.
    pub protocol_type: Option<Arc<str>>,
    /// The protocol that everybody knows and most prefer.
    pub protocol: Option<Arc<str>>,
    /// Who divides the work.
    pub leader: Arc<str>,
    /// For the leader: the assignment stays as it is.
    pub skip_assignment: bool,
    /// For the leader: everybody.
    pub members: Vec<JoinedMember>,
}

/// A member, as the leader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedMember {
    /// The member's id.
    pub member_id: Arc<str>,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<Arc<str>>,
    /// What it said under the chosen protocol.
    pub metadata: Bytes,
}

/// The member is not in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinRefused {
    /// Why. [`ErrorCode::MemberIdRequired`] asks it to join again with `member_id`.
    pub error: ErrorCode,
    /// The member's id; may be empty.
    pub member_id: Arc<str>,
}

/// A member's assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synced {
    /// What the protocols are for.
    pub protocol_type: Option<Arc<str>>,
    /// The chosen protocol.
    pub protocol: Option<Arc<str>>,
    /// What the leader gave to this member; empty if it gave nothing.
    pub assignment: Bytes,
}

/// What became of one leaver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaveOutcome {
    /// The member's id, as the request had it.
    pub member_id: Arc<str>,
    /// The instance id, as the request had it.
    pub instance_id: Option<Arc<str>>,
    /// [`ErrorCode::None`] if it is gone now.
    pub error: ErrorCode,
}

/// What became of the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicOutcome {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The topic's id, as the request had it.
    pub topic_id: Uuid,
    /// Each partition's result.
    pub partitions: Vec<(PartitionIndex, ErrorCode)>,
}

/// Offsets of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedTopic {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The topic's id, as the request had it.
    pub topic_id: Uuid,
    /// Partition by partition.
    pub partitions: Vec<FetchedPartition>,
}

/// The offset of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedPartition {
    /// Which partition.
    pub partition: PartitionIndex,
    /// The next offset to read; [`Offset::NONE`] if none was committed.
    pub offset: Offset,
    /// The leader epoch that was committed with it.
    pub leader_epoch: LeaderEpoch,
    /// The text that was committed with it.
    pub metadata: Arc<str>,
    /// [`ErrorCode::UnstableOffsetCommit`] if a transaction is about to change it.
    pub error: ErrorCode,
}

/// A group in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedGroup {
    /// The group's id.
    pub group: Arc<str>,
    /// What its protocols are for; empty if it never had a member.
    pub protocol_type: Arc<str>,
    /// Its state.
    pub state: GroupState,
    /// Its type.
    pub group_type: GroupType,
}

/// Why a group is not described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDescribed {
    /// There is no such group. To old clients (DescribeGroups before version 6) it is a dead one.
    NotFound,
    /// It is a group of a newer type, which has a request of its own.
    NotClassic,
}

/// A group in detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDescription {
    /// Its state.
    pub state: GroupState,
    /// What its protocols are for; empty if it never had a member.
    pub protocol_type: Arc<str>,
    /// The chosen protocol; empty unless the group is stable.
    pub protocol: Arc<str>,
    /// Its members.
    pub members: Vec<MemberDescription>,
}

/// A member in detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberDescription {
    /// The member's id.
    pub member_id: Arc<str>,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<Arc<str>>,
    /// `client.id`.
    pub client_id: Arc<str>,
    /// Where it connects from.
    pub client_host: Arc<str>,
    /// What it said under the chosen protocol; empty unless the group is stable.
    pub metadata: Bytes,
    /// What the leader gave to it.
    pub assignment: Bytes,
}

/// How far the housekeeping came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept {
    /// How many records this took.
    pub tombstones: usize,
    /// Where to continue, or `None` when all groups were looked at.
    pub resume_at: Option<Arc<str>>,
}
