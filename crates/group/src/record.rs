//! The durable facts: what is logged, and what loading reads.

use std::sync::Arc;

use bytes::Bytes;
use ottla_types::{LeaderEpoch, Offset, ProducerId, Timestamp, TopicPartition, Uuid};

use crate::Generation;

/// One record of the offsets topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupRecord {
    /// A group committed an offset.
    OffsetCommitted {
        /// The group's id.
        group: Arc<str>,
        /// Of which partition.
        partition: TopicPartition,
        /// What was committed.
        offset: CommittedOffset,
    },
    /// A group committed an offset within a transaction, which counts when that ends well. Only read so far:
    /// the command that writes it comes with the transaction coordinator.
    OffsetPending {
        /// Whose transaction.
        producer_id: ProducerId,
        /// The group's id.
        group: Arc<str>,
        /// Of which partition.
        partition: TopicPartition,
        /// What was committed.
        offset: CommittedOffset,
    },
    /// A transaction ended: the control batch of its producer.
    TransactionEnded {
        /// Whose transaction.
        producer_id: ProducerId,
        /// Whether it committed.
        is_committed: bool,
    },
    /// An offset is no longer kept.
    OffsetForgotten {
        /// The group's id.
        group: Arc<str>,
        /// Of which partition.
        partition: TopicPartition,
    },
    /// A classic group completed a generation, became empty, or had a static member replaced.
    GroupChanged {
        /// The group's id.
        group: Arc<str>,
        /// What it is now.
        value: GroupValue,
    },
    /// A classic group is gone.
    GroupForgotten {
        /// The group's id.
        group: Arc<str>,
    },
    /// A record of a group of another type.
    ForeignChanged(ForeignKey),
    /// A record of a group of another type is gone.
    ForeignForgotten(ForeignKey),
    /// A record of a kind that this version does not know.
    Unknown {
        /// The kind: the version field of its key.
        kind: i16,
    },
}

/// What a group committed for one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The next offset to read.
    pub offset: Offset,
    /// The leader epoch of the last record read.
    pub leader_epoch: LeaderEpoch,
    /// Whatever the client wanted to remember.
    pub metadata: Arc<str>,
    /// When it was committed.
    pub committed_at: Timestamp,
    /// When it expires, if the (old) client said so.
    pub expires_at: Option<Timestamp>,
    /// The topic's id, [`Uuid::ZERO`] if not known.
    pub topic_id: Uuid,
}

/// What is durable of a classic group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupValue {
    /// What the protocols are for; `None` if it never had a member.
    pub protocol_type: Option<Arc<str>>,
    /// The generation.
    pub generation: Generation,
    /// The chosen protocol.
    pub protocol: Option<Arc<str>>,
    /// Who divides the work.
    pub leader: Option<Arc<str>>,
    /// When it came into the state that it is in.
    pub state_since: Option<Timestamp>,
    /// The members, if the generation has any.
    pub members: Vec<MemberValue>,
}

/// What is durable of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberValue {
    /// The member's id.
    pub member_id: Arc<str>,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<Arc<str>>,
    /// `client.id`.
    pub client_id: Arc<str>,
    /// Where it connects from.
    pub client_host: Arc<str>,
    /// How long it may take to rejoin.
    pub rebalance_timeout_ms: i32,
    /// After this time without a heartbeat it is gone.
    pub session_timeout_ms: i32,
    /// What it said under the chosen protocol.
    pub subscription: Bytes,
    /// What the leader gave to it.
    pub assignment: Bytes,
}

/// Names a record of a group of another type without understanding more of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForeignKey {
    /// The group's id, with which all such keys begin.
    pub group: Arc<str>,
    /// The kind of record: the version field of the key.
    pub kind: i16,
    /// The whole key, as logged.
    pub key: Bytes,
}

/// What a record takes beside the texts and bytes in it, at most: numbers, lengths and the record's own frame.
const OVERHEAD: usize = 96;

impl GroupRecord {
    /// At least as many bytes as the record takes in the log.
    #[must_use]
    pub fn bytes_max(&self) -> usize {
        OVERHEAD
            + match self {
                Self::OffsetCommitted { group, partition, offset }
                | Self::OffsetPending { group, partition, offset, .. } => {
                    group.len() + partition.topic.len() + offset.metadata.len()
                }
                Self::OffsetForgotten { group, partition } => group.len() + partition.topic.len(),
                Self::GroupChanged { group, value } => group.len() + value.bytes_max(),
                Self::GroupForgotten { group } => group.len(),
                Self::ForeignChanged(foreign) | Self::ForeignForgotten(foreign) => foreign.key.len(),
                Self::TransactionEnded { .. } | Self::Unknown { .. } => 0,
            }
    }
}

impl GroupValue {
    fn bytes_max(&self) -> usize {
        let text = |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| text.len());
        let members: usize = self.members.iter().map(MemberValue::bytes_max).sum();
        text(&self.protocol_type) + text(&self.protocol) + text(&self.leader) + members
    }
}

impl MemberValue {
    fn bytes_max(&self) -> usize {
        // Four texts with 2 bytes of length each, two byte strings with 4, two timeouts with 4.
        24 + self.member_id.len()
            + self.instance_id.as_ref().map_or(0, |id| id.len())
            + self.client_id.len()
            + self.client_host.len()
            + self.subscription.len()
            + self.assignment.len()
    }
}
