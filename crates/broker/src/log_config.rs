//! A topic's settings as its logs know them.

use ottla_config::TopicConfig;
use ottla_storage::log::LogConfig;

/// The part of a topic's settings that its logs obey.
pub(crate) fn log_config(topic: &TopicConfig, producer_id_expiration_ms: i64) -> LogConfig {
    LogConfig {
        segment_bytes: topic.segment_bytes,
        segment_ms: topic.segment_ms,
        segment_jitter_ms: topic.segment_jitter_ms,
        segment_index_bytes: topic.segment_index_bytes,
        index_interval_bytes: topic.index_interval_bytes,
        max_message_bytes: topic.message_bytes_max,
        cleanup_delete: topic.cleanup.deletes,
        cleanup_compact: topic.cleanup.compacts,
        retention_ms: topic.retention_ms,
        retention_bytes: topic.retention_bytes,
        file_delete_delay_ms: topic.file_delete_delay_ms,
        flush_messages: topic.flush_messages,
        flush_ms: topic.flush_ms,
        producer_id_expiration_ms,
    }
}
