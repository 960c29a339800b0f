//! Batches that nobody thought of.

use bytes::Bytes;
use ottla_protocol::records::{BatchBuilder, BatchOptions, Codec, Compression, Header, NewRecord, Producer};
use ottla_types::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mask = if self.one_in(2) { 0xff } else { 0x0f };
        (0..len).map(|_| self.next() as u8 & mask).collect()
    }

    /// Small sizes mostly, and now and then one at the edge of a length's next byte or of a block.
    fn content(&mut self) -> Option<Vec<u8>> {
        let len = match self.below(12) {
            0 => return None,
            1 => 0,
            2 => 63 + self.below(3),
            3 if self.one_in(4) => 8191 + self.below(3),
            4 if self.one_in(20) => 32_768 + self.below(40_000),
            _ => self.below(60),
        };
        Some(self.bytes(len))
    }
}

/// A record that owns what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnedRecord {
    pub(crate) timestamp: Timestamp,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl OwnedRecord {
    pub(crate) fn headers(&self) -> Vec<Header<'_>> {
        self.headers.iter().map(|(key, value)| Header { key, value: value.as_deref() }).collect()
    }
}

/// A batch from a seed: how it is made, what is in it, and its bytes.
#[derive(Debug)]
pub(crate) struct AnyBatch {
    pub(crate) options: BatchOptions,
    pub(crate) records: Vec<OwnedRecord>,
    pub(crate) bytes: Bytes,
}

impl AnyBatch {
    /// One that a broker takes from a producer if the clock is near [`AnyBatch::NOW`].
    pub(crate) fn produced(seed: u64, codec: Codec) -> Self {
        let mut random = Random(seed);
        let is_idempotent = random.one_in(2);
        let mut options = BatchOptions { compression: Compression::new(codec), ..BatchOptions::default() };
        if is_idempotent {
            options.producer = Producer {
                id: ProducerId((random.next() >> 1) as i64),
                epoch: ProducerEpoch(random.below(32_768) as i16),
                base_sequence: Sequence((random.next() >> 33) as i32),
            };
            options.is_transactional = random.one_in(2);
        }
        Self::with(options, &mut random)
    }

    /// One as it may lie in a log.
    pub(crate) fn stored(seed: u64, codec: Codec) -> Self {
        let mut random = Random(seed);
        let options = Self::produced(seed, codec).options;
        let time = Timestamp(Self::NOW.0 + random.below(1_000_000) as i64);
        Self::with(
            BatchOptions {
                base_offset: Offset((random.next() >> random.below(60).max(2)) as i64),
                leader_epoch: LeaderEpoch(random.below(1000) as i32 - 1),
                append_time: random.one_in(3).then_some(time),
                delete_horizon: random.one_in(4).then_some(time),
                ..options
            },
            &mut random,
        )
    }

    pub(crate) const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn with(options: BatchOptions, random: &mut Random) -> Self {
        let count = if random.one_in(8) { 1 + random.below(400) } else { 1 + random.below(12) };
        let records = (0..count).map(|_| Self::record(random)).collect::<Vec<_>>();
        let mut builder = BatchBuilder::new(options);
        for record in &records {
            let OwnedRecord { timestamp, key, value, .. } = record;
            let (key, value, headers) = (key.as_deref(), value.as_deref(), &*record.headers());
            builder.append(&NewRecord { timestamp: *timestamp, key, value, headers }).unwrap();
        }
        Self { options, records, bytes: builder.finish().unwrap() }
    }

    fn record(random: &mut Random) -> OwnedRecord {
        let timestamp = match random.below(20) {
            0 => Timestamp::NONE,
            1 => Timestamp(0),
            _ => Self::NOW.plus_ms(random.below(100_000) as i64 - 50_000),
        };
        let headers = if random.one_in(3) { random.below(5) } else { 0 };
        let headers = (0..headers)
            .map(|_| {
                let len = random.below(4);
                (random.bytes(len).iter().map(|byte| b'a' + byte % 3).collect(), random.content())
            })
            .collect();
        OwnedRecord { timestamp, key: random.content(), value: random.content(), headers }
    }
}
