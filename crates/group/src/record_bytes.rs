//! The records in Kafka's bytes, in exactly the versions that Apache Kafka 4.3.1 writes.
//!
//! Whatever an older or newer broker left in the log is read too. What is read is copied: the records live for
//! long, and must not keep alive the large buffers that they were read into.

use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use ottla_protocol::offsets_records::group_metadata::MemberMetadata;
use ottla_protocol::offsets_records::{
    ConsumerGroupMetadataKey, GroupMetadataKey, GroupMetadataValue, OffsetCommitKey, OffsetCommitValue,
};
use ottla_protocol::{DecodeError, EncodeError, Message, Record, Str, UnknownTags};
use ottla_types::{LeaderEpoch, Offset, ProducerId, Timestamp, TopicPartition};

use crate::{CommittedOffset, ForeignKey, Generation, GroupRecord, GroupValue, MemberValue, foreign};

/// The kind of an offset's key before Kafka knew versions of it. It looks the same.
const LEGACY_OFFSET: i16 = 0;
/// A group's value as 4.3.1 writes it: the flexible version 4 can be read by fewer.
const GROUP_VERSION: i16 = 3;
/// An offset's value as 4.3.1 writes it.
const OFFSET_VERSION: i16 = 4;
/// The only version of an offset's value that has room for a time at which it expires.
const EXPIRING_OFFSET_VERSION: i16 = 1;

/// A record of the offsets topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordBytes {
    /// The key.
    pub key: Bytes,
    /// The value, or none for a tombstone.
    pub value: Option<Bytes>,
}

/// A record is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Key or value end before they say which version they are.
    #[error("a record of the offsets topic is cut short before its version")]
    NoVersion,
    /// Key or value are not of the kind and version that they say.
    #[error("a record of the offsets topic cannot be read: {0}")]
    Unreadable(#[from] DecodeError),
    /// It holds what has no place in the log.
    #[error("a record of the offsets topic cannot be written: {0}")]
    Unwritable(#[from] EncodeError),
    /// Only other brokers write such records.
    #[error("this record is only read, never written")]
    ReadOnly,
}

impl GroupRecord {
    /// Reads a record. `producer_id` is the batch's if it belongs to a transaction. The control batch that ends
    /// one has no record of this kind: whoever reads it makes a [`GroupRecord::TransactionEnded`].
    ///
    /// # Errors
    /// If the bytes are not what their kind and version promise. A kind that is not known is no error.
    pub fn decode(
        producer_id: Option<ProducerId>,
        key: &Bytes,
        value: Option<&Bytes>,
    ) -> Result<Self, RecordError> {
        let mut rest = key.clone();
        let kind = version(&mut rest)?;
        match kind {
            LEGACY_OFFSET | <OffsetCommitKey as Record>::KEY => {
                let key = OffsetCommitKey::decode(&mut rest, 0)?;
                let group = text(&key.group);
                let partition = TopicPartition::new(text(&key.topic), key.partition);
                let Some(value) = value else { return Ok(Self::OffsetForgotten { group, partition }) };
                let offset = decode_offset(value)?;
                Ok(match producer_id {
                    None => Self::OffsetCommitted { group, partition, offset },
                    Some(producer_id) => Self::OffsetPending { producer_id, group, partition, offset },
                })
            }
            <GroupMetadataKey as Record>::KEY => {
                let group = text(&GroupMetadataKey::decode(&mut rest, 0)?.group);
                Ok(match value {
                    Some(value) => Self::GroupChanged { group, value: decode_group(value)? },
                    None => Self::GroupForgotten { group },
                })
            }
            kind if foreign::is_known(kind) => {
                let group = text(&ConsumerGroupMetadataKey::decode(&mut rest, 0)?.group_id);
                let key = ForeignKey { group, kind, key: Bytes::copy_from_slice(key) };
                Ok(if value.is_some() { Self::ForeignChanged(key) } else { Self::ForeignForgotten(key) })
            }
            kind => Ok(Self::Unknown { kind }),
        }
    }

    /// The record as Kafka 4.3.1 would write it.
    ///
    /// # Errors
    /// If it is of a kind that is only read, or holds a text that is longer than the log's strings may be, which
    /// the coordinator never lets happen.
    pub fn encode(&self) -> Result<RecordBytes, RecordError> {
        match self {
            Self::OffsetCommitted { group, partition, offset }
            | Self::OffsetPending { group, partition, offset, .. } => {
                Ok(RecordBytes { key: offset_key(group, partition)?, value: Some(encode_offset(offset)?) })
            }
            Self::OffsetForgotten { group, partition } => {
                Ok(RecordBytes { key: offset_key(group, partition)?, value: None })
            }
            Self::GroupChanged { group, value } => {
                let value = with_version(GROUP_VERSION, &group_value(value), GROUP_VERSION)?;
                Ok(RecordBytes { key: group_key(group)?, value: Some(value) })
            }
            Self::GroupForgotten { group } => Ok(RecordBytes { key: group_key(group)?, value: None }),
            Self::ForeignForgotten(key) => Ok(RecordBytes { key: key.key.clone(), value: None }),
            Self::ForeignChanged(_) | Self::TransactionEnded { .. } | Self::Unknown { .. } => {
                Err(RecordError::ReadOnly)
            }
        }
    }
}

fn decode_offset(value: &Bytes) -> Result<CommittedOffset, RecordError> {
    let mut rest = value.clone();
    let version = version(&mut rest)?;
    let value = OffsetCommitValue::decode(&mut rest, version)?;
    Ok(CommittedOffset {
        offset: Offset(value.offset),
        leader_epoch: LeaderEpoch(value.leader_epoch),
        metadata: text(&value.metadata),
        committed_at: Timestamp(value.commit_timestamp),
        expires_at: timestamp(value.expire_timestamp),
        topic_id: value.topic_id,
    })
}

fn encode_offset(offset: &CommittedOffset) -> Result<Bytes, RecordError> {
    let version = if offset.expires_at.is_some() { EXPIRING_OFFSET_VERSION } else { OFFSET_VERSION };
    let value = OffsetCommitValue {
        offset: offset.offset.0,
        leader_epoch: offset.leader_epoch.0,
        metadata: Str::from(&*offset.metadata),
        commit_timestamp: offset.committed_at.0,
        expire_timestamp: offset.expires_at.unwrap_or(Timestamp::NONE).0,
        topic_id: offset.topic_id,
        unknown_tags: UnknownTags::default(),
    };
    with_version(version, &value, version)
}

fn offset_key(group: &str, partition: &TopicPartition) -> Result<Bytes, RecordError> {
    let key = OffsetCommitKey {
        group: group.into(),
        topic: Str::from(&*partition.topic),
        partition: partition.partition.0,
    };
    with_version(<OffsetCommitKey as Record>::KEY, &key, 0)
}

fn decode_group(value: &Bytes) -> Result<GroupValue, RecordError> {
    let mut rest = value.clone();
    let version = version(&mut rest)?;
    let value = GroupMetadataValue::decode(&mut rest, version)?;
    Ok(GroupValue {
        protocol_type: Some(text(&value.protocol_type)).filter(|protocol_type| !protocol_type.is_empty()),
        generation: Generation(value.generation),
        protocol: value.protocol.as_ref().map(text),
        leader: value.leader.as_ref().map(text),
        state_since: timestamp(value.current_state_timestamp),
        members: value.members.iter().map(decode_member).collect(),
    })
}

fn decode_member(member: &MemberMetadata) -> MemberValue {
    // Before version 1 there was only the session timeout.
    let has_rebalance_timeout = member.rebalance_timeout != -1;
    MemberValue {
        member_id: text(&member.member_id),
        instance_id: member.group_instance_id.as_ref().map(text),
        client_id: text(&member.client_id),
        client_host: text(&member.client_host),
        rebalance_timeout_ms: if has_rebalance_timeout {
            member.rebalance_timeout
        } else {
            member.session_timeout
        },
        session_timeout_ms: member.session_timeout,
        subscription: Bytes::copy_from_slice(&member.subscription),
        assignment: Bytes::copy_from_slice(&member.assignment),
    }
}

fn group_value(value: &GroupValue) -> GroupMetadataValue {
    GroupMetadataValue {
        protocol_type: Str::from(value.protocol_type.as_deref().unwrap_or_default()),
        generation: value.generation.0,
        protocol: value.protocol.as_deref().map(Str::from),
        leader: value.leader.as_deref().map(Str::from),
        current_state_timestamp: value.state_since.unwrap_or(Timestamp::NONE).0,
        members: value.members.iter().map(member_metadata).collect(),
        unknown_tags: UnknownTags::default(),
    }
}

fn member_metadata(member: &MemberValue) -> MemberMetadata {
    MemberMetadata {
        member_id: Str::from(&*member.member_id),
        group_instance_id: member.instance_id.as_deref().map(Str::from),
        client_id: Str::from(&*member.client_id),
        client_host: Str::from(&*member.client_host),
        rebalance_timeout: member.rebalance_timeout_ms,
        session_timeout: member.session_timeout_ms,
        subscription: member.subscription.clone(),
        assignment: member.assignment.clone(),
        unknown_tags: UnknownTags::default(),
    }
}

fn group_key(group: &str) -> Result<Bytes, RecordError> {
    with_version(<GroupMetadataKey as Record>::KEY, &GroupMetadataKey { group: group.into() }, 0)
}

/// Takes the number that every key and value begin with.
fn version(bytes: &mut Bytes) -> Result<i16, RecordError> {
    bytes.try_get_i16().map_err(|_| RecordError::NoVersion)
}

/// A message after the number that tells its readers what it is: of a key the kind, of a value the version.
fn with_version(number: i16, message: &impl Message, version: i16) -> Result<Bytes, RecordError> {
    let mut bytes = BytesMut::with_capacity(2 + message.encoded_len(version)?);
    bytes.put_i16(number);
    message.encode(&mut bytes, version)?;
    Ok(bytes.freeze())
}

fn text(text: &Str) -> Arc<str> {
    text.as_str().into()
}

fn timestamp(number: i64) -> Option<Timestamp> {
    Some(Timestamp(number)).filter(|timestamp| *timestamp != Timestamp::NONE)
}
