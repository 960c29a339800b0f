//! Which partition a record goes to, where its sender does not say.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_types::PartitionIndex;

/// The partition of a key, as Kafka's own clients choose it: records with the same key go to the same partition,
/// whichever client sends them.
#[must_use]
pub fn partition_of_key(key: &[u8], partition_count: usize) -> PartitionIndex {
    let positive = murmur2(key) & 0x7fff_ffff;
    let index = u64::from(positive) % (partition_count.max(1) as u64);
    PartitionIndex(i32::try_from(index).expect("the remainder of a number below 2^31"))
}

/// MurmurHash2 (Appleby), 32 bits, with the seed that Kafka's clients have agreed on.
fn murmur2(bytes: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const FACTOR: u32 = 0x5bd1_e995;
    let mut hash = SEED ^ bytes.len() as u32;
    let mut words = bytes.chunks_exact(4);
    for word in &mut words {
        let word = u32::from_le_bytes(word.try_into().expect("chunks of four"));
        let mixed = word.wrapping_mul(FACTOR);
        let mixed = (mixed ^ (mixed >> 24)).wrapping_mul(FACTOR);
        hash = hash.wrapping_mul(FACTOR) ^ mixed;
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        for (place, &byte) in rest.iter().enumerate() {
            hash ^= u32::from(byte) << (8 * place);
        }
        hash = hash.wrapping_mul(FACTOR);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(FACTOR);
    hash ^ (hash >> 15)
}

/// Records without a key stay with one partition until a batch's worth has gone there (KIP-794): full batches cost
/// less than many small ones.
#[derive(Debug)]
pub(super) struct Sticky {
    batch_bytes: usize,
    /// The state of the generator that draws partitions.
    chance: u64,
    current: BTreeMap<Arc<str>, (PartitionIndex, usize)>,
}

impl Sticky {
    pub(super) const fn new(batch_bytes: usize, seed: u64) -> Self {
        Self { batch_bytes, chance: seed, current: BTreeMap::new() }
    }

    /// The partition for the topic's next record, one of `choices`.
    pub(super) fn choose(&mut self, topic: &Arc<str>, choices: &[PartitionIndex]) -> PartitionIndex {
        if let Some(&(current, _)) = self.current.get(topic)
            && choices.contains(&current)
        {
            return current;
        }
        let drawn = self.draw(choices);
        self.current.insert(Arc::clone(topic), (drawn, 0));
        drawn
    }

    /// So many bytes went where [`Self::choose`] said.
    pub(super) fn added(&mut self, topic: &Arc<str>, bytes: usize) {
        if let Some((_, sent)) = self.current.get_mut(topic) {
            *sent += bytes;
            if *sent >= self.batch_bytes {
                self.current.remove(topic);
            }
        }
    }

    fn draw(&mut self, choices: &[PartitionIndex]) -> PartitionIndex {
        // SplitMix64: any generator would do.
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let index = ((mixed >> 32) * choices.len() as u64) >> 32;
        choices.get(index as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use ottla_testkit::Chance;

    use super::*;

    #[test]
    fn keys_hash_as_with_apache_kafka() {
        for (key, hash) in [
            (&b"21"[..], -973_932_308),
            (b"foobar", -790_332_482),
            (b"a-little-bit-long-string", -985_981_536),
            (b"a-little-bit-longer-string", -1_486_304_829),
            (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            (b"abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key) as i32, hash);
        }
    }

    #[test]
    fn keys_of_every_length_hash_as_with_apache_kafka() {
        // Apache Kafka's own test sums the hashes of 100 keys of each length up to 1000, drawn from Java's
        // SplittableRandom, which is the same generator as here.
        let mut chance = Chance::from_seed(0);
        let mut sum = 0u64;
        let mut key = Vec::new();
        for len in 0..=1000usize {
            for _ in 0..100 {
                key.clear();
                while key.len() < len {
                    let word = chance.bits().to_le_bytes();
                    key.extend_from_slice(&word[..word.len().min(len - key.len())]);
                }
                sum += u64::from(murmur2(&key));
            }
        }
        assert_eq!(sum, 0xc3b8_cf7c_99fc);
    }

    #[test]
    fn records_without_a_key_change_partition_after_a_batch() {
        let topic: Arc<str> = Arc::from("t");
        let choices: Vec<_> = (0..4).map(PartitionIndex).collect();
        let mut sticky = Sticky::new(100, 7);
        let mut seen = BTreeMap::<PartitionIndex, usize>::new();
        for _ in 0..100 {
            let first = sticky.choose(&topic, &choices);
            for _ in 0..10 {
                assert_eq!(sticky.choose(&topic, &choices), first);
                sticky.added(&topic, 10);
            }
            *seen.entry(first).or_default() += 1;
        }
        assert_eq!(seen.len(), 4, "{seen:?}");
        let stays = sticky.choose(&topic, &choices[..1]);
        assert_eq!(stays, PartitionIndex(0));
    }
}
