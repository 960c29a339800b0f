//! Snapshot files: the metadata image as records, between a header and a footer (KIP-630).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use ottla_metadata::{MetadataImage, MetadataRecord, Position, encode_record};
use ottla_protocol::Message;
use ottla_protocol::control_records::{
    KRaftVersionRecord, SnapshotFooterRecord, SnapshotHeaderRecord, VotersRecord,
};
use ottla_protocol::records::{BatchBuilder, BatchOptions, Batches, ControlRecordType, NewRecord};
use ottla_storage::disk::Disk;
use ottla_types::{LeaderEpoch, Offset, Timestamp};

use crate::batch::{append_control, append_voters, records};
use crate::directory::{SnapshotId, read_whole, write_snapshot};
use crate::error::{QuorumError, damaged};
use crate::types::Voters;
use crate::voters;

/// A batch of a snapshot is closed when it has so many bytes. Readers take a batch at a time.
const BATCH_BYTES: usize = 512 * 1024;

/// The snapshot that openraft passes around: a file that is there for reading.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    pub(crate) id: SnapshotId,
}

/// What a snapshot file holds.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) image: MetadataImage,
    /// The voters, where they are kept in the log (`kraft.version` 1).
    pub(crate) voters: Option<VotersRecord>,
}

/// Writes a snapshot of `image`, and makes it durable.
pub(crate) fn write(
    disk: &dyn Disk,
    folder: &Path,
    image: &MetadataImage,
    voters: Option<&Voters>,
    now: Timestamp,
) -> Result<SnapshotId, QuorumError> {
    let Position { end_offset, epoch, timestamp } = image.position();
    let id = SnapshotId { end_offset, epoch };
    let name = id.file_name();
    let voters = voters.map(voters::to_record);
    let batches = Writer::write(image, voters.as_ref(), timestamp, now)
        .map_err(|what| damaged(folder.join(&name), what))?;
    write_snapshot(disk, folder, id, &batches)?;
    Ok(id)
}

/// Collects the batches of a snapshot. Its offsets are its own, from 0.
struct Writer {
    epoch: LeaderEpoch,
    now: Timestamp,
    next: Offset,
    batches: Vec<Bytes>,
}

impl Writer {
    fn write(
        image: &MetadataImage,
        voters: Option<&VotersRecord>,
        last_timestamp: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Bytes>, String> {
        let mut writer = Self { epoch: image.position().epoch, now, next: Offset::ZERO, batches: Vec::new() };
        let mut header = writer.batch(true);
        let record =
            SnapshotHeaderRecord { last_contained_log_timestamp: last_timestamp.0, ..Default::default() };
        append_control(&mut header, now, ControlRecordType::SnapshotHeader, &record)?;
        match voters {
            Some(voters) => append_voters(&mut header, now, voters)?,
            None => {
                let version = KRaftVersionRecord::default();
                append_control(&mut header, now, ControlRecordType::KraftVersion, &version)?;
            }
        }
        writer.finish(header)?;
        writer.image(image)?;
        let mut footer = writer.batch(true);
        append_control(
            &mut footer,
            now,
            ControlRecordType::SnapshotFooter,
            &SnapshotFooterRecord::default(),
        )?;
        writer.finish(footer)?;
        Ok(writer.batches)
    }

    fn image(&mut self, image: &MetadataImage) -> Result<(), String> {
        let mut batch = self.batch(false);
        for record in image.to_records() {
            let value =
                encode_record(&record, image.metadata_version()).map_err(|error| error.to_string())?;
            let record = NewRecord { timestamp: self.now, key: None, value: Some(&value), headers: &[] };
            batch.append(&record).map_err(|error| error.to_string())?;
            if batch.size() >= BATCH_BYTES {
                self.finish(batch)?;
                batch = self.batch(false);
            }
        }
        if batch.record_count() > 0 { self.finish(batch) } else { Ok(()) }
    }

    fn batch(&self, is_control: bool) -> BatchBuilder {
        let (base_offset, leader_epoch) = (self.next, self.epoch);
        BatchBuilder::new(BatchOptions { base_offset, leader_epoch, is_control, ..BatchOptions::default() })
    }

    fn finish(&mut self, batch: BatchBuilder) -> Result<(), String> {
        self.next = self.next.plus(batch.record_count().into());
        self.batches.push(batch.finish().map_err(|error| error.to_string())?);
        Ok(())
    }
}

/// Reads a snapshot.
pub(crate) fn read(disk: &dyn Disk, folder: &Path, id: SnapshotId) -> Result<Contents, QuorumError> {
    let path = folder.join(id.file_name());
    let mut contents = Contents { image: MetadataImage::default(), voters: None };
    let mut position = Position { end_offset: id.end_offset, epoch: id.epoch, timestamp: Timestamp(0) };
    let found = walk(disk, &path, |item| match item {
        Item::Header(header) => {
            position.timestamp = Timestamp(header.last_contained_log_timestamp);
            Ok(())
        }
        Item::Voters(voters) => {
            contents.voters = Some(voters);
            Ok(())
        }
        Item::Metadata(record) => contents.image.apply(&record).map_err(|error| error.to_string()),
    });
    found?.ok_or_else(|| damaged(&path, "the file is gone"))?;
    contents.image.set_position(position);
    Ok(contents)
}

/// What `kafka-storage format` left for the first controller to write: the records of `bootstrap.checkpoint`.
pub fn read_bootstrap(disk: &dyn Disk, log_dir: &Path) -> Result<Vec<MetadataRecord>, QuorumError> {
    let path = log_dir.join("bootstrap.checkpoint");
    let mut bootstrap = Vec::new();
    walk(disk, &path, |item| {
        if let Item::Metadata(record) = item {
            bootstrap.push(record);
        }
        Ok(())
    })?;
    Ok(bootstrap)
}

enum Item {
    Header(SnapshotHeaderRecord),
    Voters(VotersRecord),
    Metadata(MetadataRecord),
}

fn walk(
    disk: &dyn Disk,
    path: &PathBuf,
    mut visit: impl FnMut(Item) -> Result<(), String>,
) -> Result<Option<()>, QuorumError> {
    let Some(bytes) = read_whole(disk, path)? else { return Ok(None) };
    let mut batches = Batches::new(&bytes);
    let mut is_whole = false;
    for batch in &mut batches {
        let batch = batch.map_err(|error| damaged(path, error))?;
        batch.check_crc().map_err(|error| damaged(path, error))?;
        let is_control = batch.header().attributes.is_control();
        for record in records(&batch).map_err(|what| damaged(path, what))? {
            let record = record.map_err(|error| damaged(path, error))?;
            let value = bytes.slice_ref(record.value.unwrap_or_default());
            let item = if is_control {
                match ControlRecordType::from_key(record.key).map_err(|error| damaged(path, error))? {
                    ControlRecordType::SnapshotHeader => {
                        SnapshotHeaderRecord::decode_all(value, 0).map(Item::Header)
                    }
                    ControlRecordType::KraftVoters => VotersRecord::decode_all(value, 0).map(Item::Voters),
                    ControlRecordType::SnapshotFooter => {
                        is_whole = true;
                        continue;
                    }
                    _ => continue,
                }
            } else {
                MetadataRecord::decode(value).map(|(record, _)| Item::Metadata(record))
            };
            visit(item.map_err(|error| damaged(path, error))?).map_err(|what| damaged(path, what))?;
        }
    }
    if !is_whole || !batches.rest().is_empty() {
        return Err(damaged(path, "the snapshot has no end"));
    }
    Ok(Some(()))
}

/// A new cluster's first snapshot, which holds its voters and nothing else, as `kafka-storage format
/// --standalone` writes it.
pub(crate) fn write_first(
    disk: &Arc<dyn Disk>,
    folder: &Path,
    voters: &Voters,
    now: Timestamp,
) -> Result<SnapshotId, QuorumError> {
    let mut image = MetadataImage::default();
    image.set_position(Position { timestamp: now, ..Position::default() });
    write(&**disk, folder, &image, Some(voters), now)
}
