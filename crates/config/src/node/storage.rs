//! Directories, and the work that goes on in them.

use crate::values::Values;

/// Directories and the work on them. What may differ by topic is in [`TopicConfig`](crate::TopicConfig).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageConfig {
    /// The directories that hold the data, as they were given; at least one.
    pub log_dirs: Vec<String>,
    /// The directory that holds the metadata log.
    pub metadata_log_dir: String,
    /// Whether acknowledgements wait for the disk.
    pub is_durable: bool,
    /// Size of each directory's write-ahead log.
    pub wal_bytes: u64,
    /// Space that each directory keeps written in advance.
    pub reserve_bytes: u64,
    /// Time between two looks for segments that are to go.
    pub retention_check_ms: i64,
    /// Time between two looks for logs to sync, where acknowledgements do not wait for it.
    pub flush_check_ms: i64,
    /// Time between two writes of the recovery points.
    pub recovery_point_checkpoint_ms: i64,
    /// Time between two writes of the partitions' first offsets.
    pub log_start_checkpoint_ms: i64,
    /// Time between two writes of the high watermarks.
    pub high_watermark_checkpoint_ms: i64,
    /// How long after the start the first rounds of that work wait.
    pub initial_delay_ms: i64,
}

impl StorageConfig {
    pub(super) fn read(values: &Values) -> Self {
        let log_dirs = values.optional_list("log.dirs").unwrap_or_else(|| values.list("log.dir"));
        let first = log_dirs.first().cloned().unwrap_or_default();
        Self {
            metadata_log_dir: values.optional_text("metadata.log.dir").unwrap_or(first),
            log_dirs,
            is_durable: values.boolean("ottla.durable"),
            wal_bytes: values.number("ottla.wal.size.bytes"),
            reserve_bytes: values.number("ottla.disk.reserve.bytes"),
            retention_check_ms: values.whole("log.retention.check.interval.ms"),
            flush_check_ms: values.whole("log.flush.scheduler.interval.ms"),
            recovery_point_checkpoint_ms: values.whole("log.flush.offset.checkpoint.interval.ms"),
            log_start_checkpoint_ms: values.whole("log.flush.start.offset.checkpoint.interval.ms"),
            high_watermark_checkpoint_ms: values.whole("replica.high.watermark.checkpoint.interval.ms"),
            initial_delay_ms: values.whole("log.initial.task.delay.ms"),
        }
    }
}
