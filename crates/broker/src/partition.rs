//! One partition that this node leads.

use std::io;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::{Bytes, BytesMut};
use ottla_config::TopicConfig;
use ottla_net::FileReads;
use ottla_protocol::records::{Codec, Compression, Rules, StoredBatch, TimestampType, TopicCompression};
use ottla_storage::log::{
    Access, Append, AppendError, LeaderBatch, Origin, PartitionLog, Piece, ReadLimits, ReadResult,
};
use ottla_storage::{Reached, StorageError, Unreachable};
use ottla_types::{ErrorCode, LeaderEpoch, Offset, Timestamp, TopicPartition};

use crate::log_config::log_config;

/// Bytes of a batch before its records.
const BATCH_HEADER_LEN: usize = 61;

/// Why a partition could not do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PartitionError {
    /// The records do not fit into a batch.
    #[error("the records cannot be written: {0}")]
    Build(String),
    /// The log refused the batch.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The log could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A file could not be read.
    #[error("a log file cannot be read: {0}")]
    Read(#[from] io::Error),
    /// What was read is not what was written.
    #[error("{0}")]
    Corrupt(String),
}

/// A partition's log, and what this node needs to know beside it.
///
/// There is one replica, so what is durable is committed: the high watermark is the log's durable end.
#[derive(Debug)]
pub(crate) struct Partition {
    name: TopicPartition,
    log: Arc<PartitionLog>,
    leader_epoch: LeaderEpoch,
    settings: ArcSwap<Settings>,
    reads: FileReads,
}

/// A topic's settings in the forms that are needed here.
#[derive(Debug)]
struct Settings {
    topic: Arc<TopicConfig>,
    rules: Rules,
}

impl Partition {
    /// Takes the lead of a partition in this epoch.
    pub(crate) fn lead(
        name: TopicPartition,
        log: Arc<PartitionLog>,
        leader_epoch: LeaderEpoch,
        topic: Arc<TopicConfig>,
        reads: FileReads,
    ) -> Self {
        log.start_leading(leader_epoch);
        let settings = ArcSwap::from_pointee(Settings { rules: rules(&topic), topic });
        Self { name, log, leader_epoch, settings, reads }
    }

    pub(crate) fn name(&self) -> &TopicPartition {
        &self.name
    }

    pub(crate) fn log(&self) -> &Arc<PartitionLog> {
        &self.log
    }

    pub(crate) fn leader_epoch(&self) -> LeaderEpoch {
        self.leader_epoch
    }

    /// The topic's settings.
    pub(crate) fn config(&self) -> Arc<TopicConfig> {
        Arc::clone(&self.settings.load().topic)
    }

    /// Puts other settings of the topic in force, and the broker's say of how long it remembers producers.
    pub(crate) fn set_config(&self, topic: Arc<TopicConfig>, producer_id_expiration_ms: i64) {
        self.log.set_config(log_config(&topic, producer_id_expiration_ms));
        self.settings.store(Arc::new(Settings { rules: rules(&topic), topic }));
    }

    /// How large the records of a batch may be together.
    pub(crate) fn records_bytes_max(&self) -> usize {
        let settings = self.settings.load();
        let batch_max = settings.topic.message_bytes_max.min(settings.topic.segment_bytes);
        (batch_max as usize).saturating_sub(BATCH_HEADER_LEN)
    }

    /// What a batch of a Produce request of this version is checked against.
    pub(crate) fn rules(&self, produce_version: i16) -> Rules {
        Rules { produce_version, ..self.settings.load().rules.clone() }
    }

    pub(crate) fn log_start(&self) -> Offset {
        self.log.log_start_offset()
    }

    pub(crate) fn log_end(&self) -> Offset {
        self.log.log_end_offset()
    }

    /// Readers see what is below.
    pub(crate) fn high_watermark(&self) -> Offset {
        let durable = self.log.durable_end();
        if durable > self.log.high_watermark() {
            self.log.set_high_watermark(durable);
        }
        durable
    }

    /// Readers of committed records see what is below.
    pub(crate) fn last_stable_offset(&self) -> Offset {
        self.high_watermark();
        self.log.last_stable_offset()
    }

    /// Whether a client that believes in `epoch` may go on (KIP-320).
    pub(crate) fn check_epoch(&self, epoch: LeaderEpoch) -> Result<(), ErrorCode> {
        match epoch {
            LeaderEpoch::NONE => Ok(()),
            epoch if epoch < self.leader_epoch => Err(ErrorCode::FencedLeaderEpoch),
            epoch if epoch > self.leader_epoch => Err(ErrorCode::UnknownLeaderEpoch),
            _ => Ok(()),
        }
    }

    /// Where a fetcher's log parted from this one, if the last epoch that it fetched ends here before its offset.
    pub(crate) fn divergence(
        &self,
        last_fetched: LeaderEpoch,
        offset: Offset,
    ) -> Option<(LeaderEpoch, Offset)> {
        if last_fetched == LeaderEpoch::NONE {
            return None;
        }
        let end = self.log.end_offset_for_epoch(last_fetched)?;
        (end.epoch < last_fetched || end.end < offset).then_some((end.epoch, end.end))
    }

    /// Appends a batch that has been validated. The append happens before this returns, or is queued behind one
    /// that is under way; the future says where.
    pub(crate) fn append(
        &self,
        batch: StoredBatch,
        frame_bytes: usize,
        origin: Origin,
        now: Timestamp,
    ) -> Append {
        let leader_epoch = self.leader_epoch;
        self.log.append_as_leader(LeaderBatch { batch, frame_bytes, leader_epoch, origin }, now)
    }

    /// Appends a batch of this node's own; where the log ends then.
    pub(crate) async fn append_own(&self, now: Timestamp, batch: &Bytes) -> Result<Offset, PartitionError> {
        let batch = StoredBatch::parse(batch).map_err(|error| PartitionError::Build(error.to_string()))?;
        let frame_bytes = batch.size();
        Ok(self.append(batch, frame_bytes, Origin::Coordinator, now).await?.last_offset.next())
    }

    /// Resolves when everything below `offset` is committed.
    pub(crate) async fn committed(&self, offset: Offset) -> Result<(), Unreachable> {
        self.log.wait_durable(offset).await
    }

    /// Reads from `offset` on what is below `upper`. Where that would wait for a device, it is done elsewhere.
    pub(crate) async fn read(
        &self,
        offset: Offset,
        upper: Offset,
        max_bytes: usize,
        at_least_one: bool,
    ) -> Result<ReadResult, StorageError> {
        let limits = ReadLimits { upper, max_bytes, at_least_one, access: Access::Cached };
        match self.log.read(offset, &limits) {
            Err(StorageError::WouldBlock) => {
                let log = Arc::clone(&self.log);
                let limits = ReadLimits { access: Access::Waiting, ..limits };
                self.reads.run(move || log.read(offset, &limits)).await
            }
            read => read,
        }
    }

    /// Reads everything from `offset` on, committed or not, into memory, about `bytes` of it.
    pub(crate) async fn read_whole(&self, offset: Offset, bytes: usize) -> Result<Bytes, PartitionError> {
        let mut whole = BytesMut::new();
        for piece in self.read(offset, self.log_end(), bytes, true).await?.pieces {
            match piece {
                Piece::Memory(bytes) => whole.extend_from_slice(&bytes),
                Piece::File { file, position, len } => {
                    whole.extend_from_slice(&self.reads.read(file, position, len).await?);
                }
            }
        }
        Ok(whole.freeze())
    }

    /// Gives up everything below `offset`; where the log starts then, and the wait until that is durable.
    pub(crate) async fn delete_records_before(
        &self,
        offset: Offset,
    ) -> Result<(Offset, Reached), StorageError> {
        let log = Arc::clone(&self.log);
        let start = self.reads.run(move || log.delete_records_before(offset)).await?;
        Ok((start, self.log.wait_start_durable(start)))
    }

    /// Asks the log something whose answer may wait for a device.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&PartitionLog) -> T + Send + 'static,
    ) -> T {
        let log = Arc::clone(&self.log);
        self.reads.run(move || question(&log)).await
    }
}

/// What a topic's settings ask of the batches that producers send.
fn rules(topic: &TopicConfig) -> Rules {
    Rules {
        produce_version: i16::MAX,
        timestamp_type: match topic.timestamp_type {
            ottla_config::TimestampType::CreateTime => TimestampType::CreateTime,
            ottla_config::TimestampType::LogAppendTime => TimestampType::LogAppendTime,
        },
        timestamp_before_max_ms: topic.timestamp_before_ms_max,
        timestamp_after_max_ms: topic.timestamp_after_ms_max,
        compression: compression(topic.compression),
        is_compacted: topic.cleanup.compacts,
        batch_bytes_max: topic.message_bytes_max as usize,
        ..Rules::default()
    }
}

fn compression(setting: ottla_config::Compression) -> TopicCompression {
    use ottla_config::Compression as Setting;
    let at_level = |codec, level| {
        Compression::with_level(codec, level).expect("the setting's range is that of the codec")
    };
    TopicCompression::Fixed(match setting {
        Setting::Producer => return TopicCompression::Producer,
        Setting::Uncompressed => Compression::new(Codec::None),
        Setting::Gzip(None) => Compression::new(Codec::Gzip),
        Setting::Gzip(Some(level)) => at_level(Codec::Gzip, level.into()),
        Setting::Snappy => Compression::new(Codec::Snappy),
        Setting::Lz4(level) => at_level(Codec::Lz4, level.into()),
        Setting::Zstd(level) => at_level(Codec::Zstd, level),
    })
}
