//! What the records of a partition are: the cluster's own topics hold messages that can be read.

use std::path::Path;

use bytes::{Buf, Bytes};
use clap::ValueEnum;
use ottla_protocol::Message;
use ottla_protocol::control_records::{
    KRaftVersionRecord, LeaderChangeMessage, SnapshotFooterRecord, SnapshotHeaderRecord, VotersRecord,
};
use ottla_protocol::embedded::{ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use ottla_protocol::metadata_records::MetadataRecord;
use ottla_protocol::offsets_records::{GroupMetadataValue, OffsetsRecord};
use ottla_protocol::records::{ControlRecordType, EndTxn, Record};
use ottla_protocol::share_state_records::ShareStateRecord;
use ottla_protocol::transaction_records::TransactionRecord;
use serde_json::{Value, json};

/// The protocol type of a group whose members are consumers.
const CONSUMERS: &str = "consumer";

/// What the records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Content {
    /// Whatever a program wrote
    Data,
    /// Offsets and groups: __consumer_offsets
    Offsets,
    /// The cluster's metadata: __cluster_metadata
    Metadata,
    /// Transactions: __transaction_state
    Transactions,
    /// The state of share groups: __share_group_state
    ShareState,
}

/// A record's key and value, as far as they are known to mean something.
pub(super) struct Decoded {
    pub(super) key: Value,
    pub(super) value: Value,
}

/// Reads a record of a log whose keys say what the record is.
macro_rules! keyed {
    ($kind:ident, $record:ident, $value:ident) => {{
        let key = $record.key.map(Bytes::copy_from_slice).ok_or("the record has no key")?;
        let version = $value.as_ref().and_then(|value| value.first_chunk()).map_or(0, |at| i16::from_be_bytes(*at));
        let decoded = $kind::decode(key, $value).map_err(|error| error.to_string())?;
        let (key_type, key) = decoded.key_to_json().map_err(|error| error.to_string())?;
        let value = match decoded.value_to_json(version).map_err(|error| error.to_string())? {
            Some(data) => json!({ "version": version, "data": parsed(&data)? }),
            None => Value::Null,
        };
        let key = json!({ "type": key_type, "data": parsed(&key)? });
        Ok::<_, String>((decoded, Decoded { key, value }))
    }};
}

impl Content {
    /// What a file holds, by the name of its folder.
    pub(super) fn of(path: &Path) -> Self {
        let folder = if path.is_dir() { Some(path) } else { path.parent() };
        // `..` and `.` have no name; the folder that they lead to has.
        let folder = folder.map(|folder| folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
        let name =
            folder.as_deref().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
        match name.rsplit_once('-').map(|(topic, _)| topic) {
            Some("__consumer_offsets") => Self::Offsets,
            Some("__cluster_metadata") => Self::Metadata,
            Some("__transaction_state") => Self::Transactions,
            Some("__share_group_state") => Self::ShareState,
            _ if path.file_name().is_some_and(|name| name == "bootstrap.checkpoint") => Self::Metadata,
            _ => Self::Data,
        }
    }

    /// Reads a record; `None` if it has no meaning that is known here, and the reason if it should have one.
    pub(super) fn decode(self, record: &Record<'_>) -> Result<Option<Decoded>, String> {
        let bytes = |part: Option<&[u8]>| part.map(Bytes::copy_from_slice);
        let value = bytes(record.value);
        match self {
            Self::Data => Ok(None),
            Self::Metadata => {
                let (record, version) =
                    MetadataRecord::decode(value.unwrap_or_default()).map_err(|error| error.to_string())?;
                let json = record.to_json(version).map_err(|error| error.to_string())?;
                let name = kafka_name(record.name());
                let value = json!({ "type": name, "version": version, "data": parsed(&json)? });
                Ok(Some(Decoded { key: Value::Null, value }))
            }
            Self::Offsets => {
                let (record, mut decoded) = keyed!(OffsetsRecord, record, value)?;
                if let OffsetsRecord::GroupMetadata { value: Some(group), .. } = record {
                    decode_members(&group, &mut decoded.value);
                }
                Ok(Some(decoded))
            }
            Self::Transactions => Ok(Some(keyed!(TransactionRecord, record, value)?.1)),
            Self::ShareState => Ok(Some(keyed!(ShareStateRecord, record, value)?.1)),
        }
    }
}

/// Reads a control record.
pub(super) fn decode_control(record: &Record<'_>) -> Result<Decoded, String> {
    let kind = ControlRecordType::from_key(record.key).map_err(|fault| fault.to_string())?;
    let value = Bytes::copy_from_slice(record.value.unwrap_or_default());
    let (name, value) = match kind {
        ControlRecordType::Abort | ControlRecordType::Commit => {
            let marker = EndTxn::from_record(record.key, record.value).map_err(|fault| fault.to_string())?;
            let name = if kind == ControlRecordType::Commit { "COMMIT" } else { "ABORT" };
            (name, json!({ "coordinatorEpoch": marker.map(|marker| marker.coordinator_epoch) }))
        }
        ControlRecordType::LeaderChange => ("LEADER_CHANGE", message::<LeaderChangeMessage>(value)?),
        ControlRecordType::SnapshotHeader => ("SNAPSHOT_HEADER", message::<SnapshotHeaderRecord>(value)?),
        ControlRecordType::SnapshotFooter => ("SNAPSHOT_FOOTER", message::<SnapshotFooterRecord>(value)?),
        ControlRecordType::KraftVersion => ("KRAFT_VERSION", message::<KRaftVersionRecord>(value)?),
        ControlRecordType::KraftVoters => ("KRAFT_VOTERS", message::<VotersRecord>(value)?),
        ControlRecordType::Unknown(_) => ("UNKNOWN", Value::Null),
    };
    Ok(Decoded { key: json!({ "type": name, "id": kind.id() }), value })
}

/// A message whose first field is its version.
fn message<M: Message>(bytes: Bytes) -> Result<Value, String> {
    let version = bytes.first_chunk().map_or(0, |version| i16::from_be_bytes(*version)).min(M::VERSIONS.last);
    let message = M::decode_all(bytes, version).map_err(|error| error.to_string())?;
    parsed(&message.to_json(version).map_err(|error| error.to_string())?)
}

/// `TopicRecord` is what Kafka's tools call `TOPIC_RECORD`.
fn kafka_name(name: &str) -> String {
    let mut shown = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !shown.is_empty() {
            shown.push('_');
        }
        shown.push(letter.to_ascii_uppercase());
    }
    shown
}

/// What the members of a classic group of consumers said and were told travels as bytes inside the group's record:
/// puts in their place what they mean. Bytes that do not mean what they should stay as they are.
fn decode_members(group: &GroupMetadataValue, shown: &mut Value) {
    if &*group.protocol_type != CONSUMERS {
        return;
    }
    for (index, member) in group.members.iter().enumerate() {
        let Some(shown) = shown.pointer_mut(&format!("/data/members/{index}")) else { continue };
        if let Some(subscription) = embedded::<ConsumerProtocolSubscription>(member.subscription.clone()) {
            shown["subscription"] = subscription;
        }
        if let Some(assignment) = embedded::<ConsumerProtocolAssignment>(member.assignment.clone()) {
            shown["assignment"] = assignment;
        }
    }
}

/// A message behind its version. A newer one than is known may have more fields behind.
fn embedded<M: Message>(mut bytes: Bytes) -> Option<Value> {
    let version = bytes.try_get_i16().ok()?.min(M::VERSIONS.last);
    let message = M::decode(&mut bytes, version).ok()?;
    parsed(&message.to_json(version).ok()?).ok()
}

fn parsed(json: &str) -> Result<Value, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}
