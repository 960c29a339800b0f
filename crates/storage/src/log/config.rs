//! The settings that a log obeys.

use ottla_types::Offset;

/// The settings of one partition's log; the names are those of the topic's configuration. Whoever builds one has
/// checked the ranges that Kafka gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// `segment.bytes`: a segment is closed before it would grow past this.
    pub segment_bytes: u32,
    /// `segment.ms`: a segment is closed when this time has passed since its first record's timestamp.
    pub segment_ms: i64,
    /// `segment.jitter.ms`: up to so much earlier, so that not all partitions roll at once.
    pub segment_jitter_ms: i64,
    /// `segment.index.bytes`: a segment is closed when its index has reached this size.
    pub segment_index_bytes: u32,
    /// `index.interval.bytes`: how many bytes of records lie between two entries of the index, at least.
    pub index_interval_bytes: u32,
    /// `max.message.bytes`: the largest batch that a producer may append.
    pub max_message_bytes: u32,
    /// Whether `cleanup.policy` has `delete`: retention by time and size applies.
    pub cleanup_delete: bool,
    /// Whether `cleanup.policy` has `compact`: offsets may leave gaps where records were removed.
    pub cleanup_compact: bool,
    /// `retention.ms`; negative for no limit.
    pub retention_ms: i64,
    /// `retention.bytes`; negative for no limit.
    pub retention_bytes: i64,
    /// `file.delete.delay.ms`: how long a removed segment's files stay, for readers that still have them.
    pub file_delete_delay_ms: i64,
    /// `flush.messages`: sync when so many records are not synced.
    pub flush_messages: i64,
    /// `flush.ms`: sync what was written so long ago.
    pub flush_ms: i64,
    /// `producer.id.expiration.ms`: forget a producer that wrote nothing for so long.
    pub producer_id_expiration_ms: i64,
}

impl Default for LogConfig {
    /// Apache Kafka's defaults.
    fn default() -> Self {
        Self {
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 3_600_000,
            segment_jitter_ms: 0,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4096,
            max_message_bytes: 1_048_588,
            cleanup_delete: true,
            cleanup_compact: false,
            retention_ms: 7 * 24 * 3_600_000,
            retention_bytes: -1,
            file_delete_delay_ms: 60_000,
            flush_messages: i64::MAX,
            flush_ms: i64::MAX,
            producer_id_expiration_ms: 86_400_000,
        }
    }
}

impl LogConfig {
    /// By how much earlier than `segment_ms` the segment at `base` is closed. The same seed and segment always
    /// give the same answer.
    pub(super) fn jitter_ms(&self, seed: u64, base: Offset) -> i64 {
        let range = self.segment_jitter_ms.min(self.segment_ms);
        if range <= 0 {
            return 0;
        }
        // SplitMix64's finalizer: neighboring inputs give unrelated outputs.
        let mut mixed = seed ^ (base.0 as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % range as u64) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_in_its_range() {
        let config = LogConfig { segment_ms: 1000, segment_jitter_ms: 100, ..LogConfig::default() };
        let drawn: Vec<i64> = (0..100).map(|base| config.jitter_ms(7, Offset(base))).collect();
        assert!(drawn.iter().all(|ms| (0..100).contains(ms)));
        assert!(drawn.iter().any(|&ms| ms != drawn[0]));
        assert_eq!(LogConfig::default().jitter_ms(7, Offset(0)), 0);
    }
}
