//! Entries as batches: control batches for leaders and voters, plain batches for metadata records.

use bytes::Bytes;
use openraft::{CommittedLeaderId, LogId};
use ottla_protocol::Message;
use ottla_protocol::control_records::leader_change::Voter as LeaderVoter;
use ottla_protocol::control_records::{KRaftVersionRecord, LeaderChangeMessage, VotersRecord};
use ottla_protocol::metadata_records::{MetadataRecord, NoOpRecord};
use ottla_protocol::records::{
    BatchBuilder, BatchHeader, BatchOptions, BatchView, Codec, ControlRecordType, NewRecord, Records,
};
use ottla_types::{BrokerId, LeaderEpoch, Offset, Timestamp};

use crate::types::{Content, Entry, Proposal, RaftLogIdOf};
use crate::voters::{self, KRAFT_VERSION};

/// A batch that has its place in the log.
#[derive(Debug, Clone)]
pub(crate) struct StoredBatch {
    pub(crate) bytes: Bytes,
    pub(crate) base_offset: Offset,
    pub(crate) next_offset: Offset,
    pub(crate) timestamp: Timestamp,
}

/// What a leader knows when it writes an entry.
pub(crate) struct Leader<'a> {
    pub(crate) id: BrokerId,
    pub(crate) voters: &'a [BrokerId],
    pub(crate) now: Timestamp,
}

/// Writes an entry as the batch that begins at `base_offset`.
pub(crate) fn encode(entry: &Entry, base_offset: Offset, leader: &Leader<'_>) -> Result<StoredBatch, String> {
    let is_control = !matches!(entry.content, Content::Records(_));
    let leader_epoch = epoch_of(&entry.log_id);
    let mut batch =
        BatchBuilder::new(BatchOptions { base_offset, leader_epoch, is_control, ..BatchOptions::default() });
    let mut timestamp = leader.now;
    match &entry.content {
        Content::LeaderChange => {
            let voter = |id: &BrokerId| LeaderVoter { voter_id: id.0, ..Default::default() };
            let message = LeaderChangeMessage {
                leader_id: leader.id.0,
                voters: leader.voters.iter().map(voter).collect(),
                granting_voters: vec![voter(&leader.id)],
                ..Default::default()
            };
            append_control(&mut batch, timestamp, ControlRecordType::LeaderChange, &message)?;
        }
        Content::Voters(voters) => append_voters(&mut batch, timestamp, &voters::to_record(voters))?,
        Content::Records(proposal) => {
            timestamp = proposal.timestamp;
            // Records that were made for another place say the wrong thing here: nothing stands in their
            // stead.
            let nothing = encoded_no_op();
            let values = if proposal.base == base_offset { &proposal.values } else { &vec![nothing] };
            for value in values {
                let record = NewRecord { timestamp, key: None, value: Some(value), headers: &[] };
                batch.append(&record).map_err(|error| error.to_string())?;
            }
        }
    }
    let next_offset = base_offset.plus(batch.record_count().into());
    let bytes = batch.finish().map_err(|error| error.to_string())?;
    Ok(StoredBatch { bytes, base_offset, next_offset, timestamp })
}

/// Adds the version of the quorum's protocol and its voters to a control batch.
pub(crate) fn append_voters(
    batch: &mut BatchBuilder,
    timestamp: Timestamp,
    voters: &VotersRecord,
) -> Result<(), String> {
    let version = KRaftVersionRecord { k_raft_version: KRAFT_VERSION, ..Default::default() };
    append_control(batch, timestamp, ControlRecordType::KraftVersion, &version)?;
    append_control(batch, timestamp, ControlRecordType::KraftVoters, voters)
}

pub(crate) fn append_control(
    batch: &mut BatchBuilder,
    timestamp: Timestamp,
    kind: ControlRecordType,
    message: &impl Message,
) -> Result<(), String> {
    let value = message.to_bytes(0).map_err(|error| error.to_string())?;
    batch.append_control(timestamp, kind, &value).map_err(|error| error.to_string())?;
    Ok(())
}

fn encoded_no_op() -> Bytes {
    let record = MetadataRecord::NoOp(NoOpRecord::default());
    ottla_metadata::encode_record(&record, ottla_metadata::MetadataVersion::MINIMUM)
        .expect("a record without fields can be written")
}

/// Reads a batch as the entry with this index. Its checksum was looked at when it came in.
pub(crate) fn decode(bytes: Bytes, index: u64) -> Result<Entry, String> {
    let view = BatchView::parse(&bytes).map_err(|error| error.to_string())?;
    let header = *view.header();
    let content = if header.attributes.is_control() {
        match voters_in(&view)? {
            Some(record) => Content::Voters(voters::from_record(&record)),
            None => Content::LeaderChange,
        }
    } else {
        let mut values = Vec::with_capacity(header.record_count.max(0) as usize);
        for record in records(&view)? {
            let record = record.map_err(|error| error.to_string())?;
            values.push(
                record.value.map(|value| bytes.slice_ref(value)).ok_or("a metadata record has no value")?,
            );
        }
        Content::Records(Proposal { base: header.base_offset, values, timestamp: header.max_timestamp })
    };
    let batch = StoredBatch {
        base_offset: header.base_offset,
        next_offset: header.next_offset(),
        timestamp: header.max_timestamp,
        bytes,
    };
    Ok(Entry { log_id: log_id(header.leader_epoch, index), content, batch: Some(batch) })
}

/// The voters that a control batch names, if it does.
pub(crate) fn voters_in(view: &BatchView<'_>) -> Result<Option<VotersRecord>, String> {
    let mut voters = None;
    for record in records(view)? {
        let record = record.map_err(|error| error.to_string())?;
        let kind = ControlRecordType::from_key(record.key).map_err(|error| error.to_string())?;
        if kind == ControlRecordType::KraftVoters {
            let value = Bytes::copy_from_slice(record.value.unwrap_or_default());
            voters = Some(VotersRecord::decode_all(value, 0).map_err(|error| error.to_string())?);
        }
    }
    Ok(voters)
}

/// The records of a batch of the metadata log, which are never compressed.
pub(crate) fn records<'a>(view: &BatchView<'a>) -> Result<Records<'a>, String> {
    match view.header().attributes.codec() {
        Ok(Codec::None) => Ok(Records::new(view.header(), view.body())),
        Ok(codec) => {
            Err(format!("the batch at offset {} is compressed ({codec:?})", view.header().base_offset))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Checks that `bytes` begin with a whole batch that is what it was when it was written.
pub(crate) fn check_front(bytes: &[u8]) -> Result<BatchHeader, String> {
    let view = BatchView::parse_front(bytes).map_err(|error| error.to_string())?;
    view.check_crc().map_err(|error| error.to_string())?;
    let header = *view.header();
    if header.leader_epoch < LeaderEpoch(0)
        || header.base_offset < Offset::ZERO
        || header.last_offset_delta < 0
    {
        return Err(format!("offset {} or epoch {} makes no sense", header.base_offset, header.leader_epoch));
    }
    Ok(header)
}

/// An entry's id out of its epoch and index.
pub(crate) fn log_id(epoch: LeaderEpoch, index: u64) -> RaftLogIdOf {
    let term = u64::try_from(epoch.0).expect("epochs below zero were refused when they were read");
    LogId::new(CommittedLeaderId::new(term, BrokerId::default()), index)
}

/// The epoch of the leader that wrote an entry.
pub(crate) fn epoch_of(log_id: &RaftLogIdOf) -> LeaderEpoch {
    LeaderEpoch(i32::try_from(log_id.leader_id.term).expect("a term rises by one with each election"))
}
