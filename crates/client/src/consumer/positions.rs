//! Which partitions a consumer reads, and how far it has come.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ottla_types::{LeaderEpoch, Offset, Timestamp, TopicPartition};

use super::record::ConsumerRecord;
use crate::OffsetSpec;
use crate::group_offsets::CommittedOffset;

/// Tells apart what was asked before and after a position was changed by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(u64);

/// Where a partition's reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nobody has looked yet where the group left off.
    Uncommitted,
    /// It has to be looked up.
    Sought(OffsetSpec),
    /// Here: the next record that the program gets.
    At(Offset),
}

#[derive(Debug)]
struct Reader {
    place: Place,
    stamp: Stamp,
    /// The epoch of the last record that the program got.
    leader_epoch: Option<LeaderEpoch>,
    /// What has come and was not handed out yet.
    chunks: VecDeque<Chunk>,
    is_paused: bool,
    /// Not asked for before this time.
    rests_until: Timestamp,
    high_watermark: Option<Offset>,
}

/// The records of one answer.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) records: VecDeque<ConsumerRecord>,
    /// The memory that they take.
    pub(super) bytes: usize,
    /// Where the next answer goes on: behind the last batch, also where its records were not for the program.
    pub(super) next_offset: Offset,
}

/// The partitions of a consumer.
#[derive(Debug)]
pub(super) struct Positions {
    readers: BTreeMap<TopicPartition, Reader>,
    next_stamp: u64,
    /// Whose turn it is, so that no partition starves the others.
    turn: Option<TopicPartition>,
    /// How much may wait for the program.
    buffer_bytes_max: usize,
}

/// How many answers may wait for the program, for each partition: one that it reads from, and one behind it.
const CHUNKS_MAX: usize = 2;

impl Positions {
    pub(super) const fn new(buffer_bytes_max: usize) -> Self {
        Self { readers: BTreeMap::new(), next_stamp: 0, turn: None, buffer_bytes_max }
    }

    /// The partitions that are read.
    pub(super) fn partitions(&self) -> impl Iterator<Item = &TopicPartition> {
        self.readers.keys()
    }

    pub(super) fn contains(&self, partition: &TopicPartition) -> bool {
        self.readers.contains_key(partition)
    }

    /// From now on exactly these are read; those that were before go on where they are.
    pub(super) fn assign(
        &mut self,
        partitions: &BTreeSet<TopicPartition>,
        is_in_group: bool,
        reset: OffsetSpec,
    ) {
        self.readers.retain(|partition, _| partitions.contains(partition));
        for partition in partitions {
            if !self.readers.contains_key(partition) {
                let place = if is_in_group { Place::Uncommitted } else { Place::Sought(reset) };
                self.put(partition.clone(), place);
            }
        }
    }

    /// Also reads these, from where the group left off.
    pub(super) fn add(&mut self, partitions: BTreeSet<TopicPartition>) {
        for partition in partitions {
            self.put(partition, Place::Uncommitted);
        }
    }

    /// No longer reads these.
    pub(super) fn revoke(&mut self, partitions: &BTreeSet<TopicPartition>) {
        self.readers.retain(|partition, _| !partitions.contains(partition));
    }

    /// Goes on at an offset.
    pub(super) fn seek(&mut self, partition: &TopicPartition, offset: Offset) {
        self.put(partition.clone(), Place::At(offset));
    }

    /// Goes on at an offset that has to be looked up.
    pub(super) fn seek_to(&mut self, partition: &TopicPartition, spec: OffsetSpec) {
        self.put(partition.clone(), Place::Sought(spec));
    }

    pub(super) fn set_paused(&mut self, partition: &TopicPartition, is_paused: bool) {
        if let Some(reader) = self.readers.get_mut(partition) {
            reader.is_paused = is_paused;
        }
    }

    /// The next record that the program gets, if that is known.
    pub(super) fn position(&self, partition: &TopicPartition) -> Option<Offset> {
        match self.readers.get(partition)?.place {
            Place::At(offset) => Some(offset),
            Place::Uncommitted | Place::Sought(_) => None,
        }
    }

    /// What the last answer said: up to where the partition is committed.
    pub(super) fn high_watermark(&self, partition: &TopicPartition) -> Option<Offset> {
        self.readers.get(partition)?.high_watermark
    }

    /// Where the group would go on if it were committed now.
    pub(super) fn to_commit(&self) -> BTreeMap<TopicPartition, CommittedOffset> {
        let committed = |(partition, reader): (&TopicPartition, &Reader)| match reader.place {
            Place::At(offset) => {
                let leader_epoch = reader.leader_epoch;
                let committed = CommittedOffset { offset, leader_epoch, metadata: String::new() };
                Some((partition.clone(), committed))
            }
            Place::Uncommitted | Place::Sought(_) => None,
        };
        self.readers.iter().filter_map(committed).collect()
    }

    /// The partitions for which nobody has looked where the group left off.
    pub(super) fn uncommitted(&self) -> Vec<(TopicPartition, Stamp)> {
        let is_wanted = |(_, reader): &(&TopicPartition, &Reader)| reader.place == Place::Uncommitted;
        self.readers.iter().filter(is_wanted).map(|(name, reader)| (name.clone(), reader.stamp)).collect()
    }

    /// The partitions whose position has to be looked up.
    pub(super) fn sought(&self, now: Timestamp) -> BTreeMap<TopicPartition, (OffsetSpec, Stamp)> {
        let sought = |(name, reader): (&TopicPartition, &Reader)| match reader.place {
            Place::Sought(spec) if reader.rests_until <= now => Some((name.clone(), (spec, reader.stamp))),
            _ => None,
        };
        self.readers.iter().filter_map(sought).collect()
    }

    /// A position was found, by looking up what was wanted at the time of `stamp`.
    pub(super) fn found(&mut self, partition: &TopicPartition, stamp: Stamp, offset: Offset) {
        self.resolve(partition, stamp, Place::At(offset));
    }

    /// A position has to be looked up in another way than at the time of `stamp`.
    pub(super) fn lost(&mut self, partition: &TopicPartition, stamp: Stamp, spec: OffsetSpec) {
        self.resolve(partition, stamp, Place::Sought(spec));
    }

    /// The partitions that can be asked for, and from which offset: none while too much waits for the program.
    pub(super) fn fetchable(&self, now: Timestamp) -> BTreeMap<TopicPartition, (Offset, Stamp)> {
        // What waits in a paused partition stays there, and must not hold up the others.
        let running = self.readers.values().filter(|reader| !reader.is_paused);
        let buffered: usize = running.flat_map(|reader| &reader.chunks).map(|chunk| chunk.bytes).sum();
        if buffered >= self.buffer_bytes_max {
            return BTreeMap::new();
        }
        let fetchable = |(partition, reader): (&TopicPartition, &Reader)| {
            let Place::At(offset) = reader.place else { return None };
            if reader.is_paused || reader.chunks.len() >= CHUNKS_MAX || reader.rests_until > now {
                return None;
            }
            let offset = reader.chunks.back().map_or(offset, |chunk| chunk.next_offset);
            Some((partition.clone(), (offset, reader.stamp)))
        };
        self.readers.iter().filter_map(fetchable).collect()
    }

    /// When a partition that rests can be asked for again.
    pub(super) fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        self.readers.values().map(|reader| reader.rests_until).filter(|&until| until > now).min()
    }

    /// An answer came to what was asked at the time of `stamp`, from `offset` on.
    pub(super) fn fetched(&mut self, partition: &TopicPartition, stamp: Stamp, offset: Offset, chunk: Chunk) {
        let Some(reader) = self.readers.get_mut(partition).filter(|reader| reader.stamp == stamp) else {
            return;
        };
        let Place::At(position) = reader.place else { return };
        let expected = reader.chunks.back().map_or(position, |chunk| chunk.next_offset);
        if expected != offset {
            return;
        }
        if chunk.records.is_empty() && reader.chunks.is_empty() {
            reader.place = Place::At(chunk.next_offset);
        } else {
            reader.chunks.push_back(chunk);
        }
    }

    pub(super) fn note_high_watermark(&mut self, partition: &TopicPartition, high_watermark: Offset) {
        if let Some(reader) = self.readers.get_mut(partition) {
            reader.high_watermark = Some(high_watermark);
        }
    }

    /// Leaves a partition alone for a while.
    pub(super) fn rest(&mut self, partition: &TopicPartition, until: Timestamp) {
        if let Some(reader) = self.readers.get_mut(partition) {
            reader.rests_until = until;
        }
    }

    /// Hands out up to `count` records, the partitions in turn.
    pub(super) fn take(&mut self, count: usize) -> Vec<ConsumerRecord> {
        let mut taken = Vec::new();
        let turn = self.turn.take();
        let is_after = |partition: &&TopicPartition| turn.as_ref().is_none_or(|turn| *partition > turn);
        let (mut order, before): (Vec<_>, Vec<_>) = self.readers.keys().partition(is_after);
        order.extend(before);
        let order: Vec<TopicPartition> = order.into_iter().cloned().collect();
        for partition in order {
            let Some(reader) = self.readers.get_mut(&partition).filter(|reader| !reader.is_paused) else {
                continue;
            };
            let before = taken.len();
            reader.take(count, &mut taken);
            if taken.len() > before {
                self.turn = Some(partition);
            }
            if taken.len() >= count {
                break;
            }
        }
        taken
    }

    fn put(&mut self, partition: TopicPartition, place: Place) {
        self.next_stamp += 1;
        let before = self.readers.get(&partition);
        let reader = Reader {
            place,
            stamp: Stamp(self.next_stamp),
            leader_epoch: None,
            chunks: VecDeque::new(),
            is_paused: before.is_some_and(|before| before.is_paused),
            rests_until: Timestamp::NONE,
            high_watermark: before.and_then(|before| before.high_watermark),
        };
        self.readers.insert(partition, reader);
    }

    fn resolve(&mut self, partition: &TopicPartition, stamp: Stamp, place: Place) {
        if self.readers.get(partition).is_some_and(|reader| reader.stamp == stamp) {
            self.put(partition.clone(), place);
        }
    }
}

impl Reader {
    fn take(&mut self, count: usize, taken: &mut Vec<ConsumerRecord>) {
        while taken.len() < count {
            let Some(chunk) = self.chunks.front_mut() else { return };
            match chunk.records.pop_front() {
                Some(record) => {
                    self.place = Place::At(record.offset.next());
                    self.leader_epoch = Some(record.leader_epoch);
                    taken.push(record);
                }
                None => {
                    self.place = Place::At(chunk.next_offset);
                    self.chunks.pop_front();
                }
            }
        }
        // What lies behind the last record, and was not for the program, is read as well.
        if let Some(chunk) = self.chunks.front().filter(|chunk| chunk.records.is_empty()) {
            self.place = Place::At(chunk.next_offset);
            self.chunks.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use ottla_protocol::records::TimestampType;

    use super::*;

    const NOW: Timestamp = Timestamp(1000);
    /// A record counts as one byte here.
    const BUFFER_BYTES_MAX: usize = 100;

    fn chunk(partition: &TopicPartition, offsets: std::ops::Range<i64>, next: i64) -> Chunk {
        let record = |offset| ConsumerRecord {
            partition: partition.clone(),
            offset: Offset(offset),
            leader_epoch: LeaderEpoch(3),
            timestamp: NOW,
            timestamp_type: TimestampType::CreateTime,
            key: None,
            value: Some(Bytes::new()),
            headers: Vec::new(),
        };
        let records: VecDeque<_> = offsets.map(record).collect();
        Chunk { bytes: records.len(), records, next_offset: Offset(next) }
    }

    fn fetch(positions: &mut Positions, partition: &TopicPartition, chunk: Chunk) {
        let (offset, stamp) = positions.fetchable(NOW)[partition];
        positions.fetched(partition, stamp, offset, chunk);
    }

    fn reading(count: i32) -> (Positions, Vec<TopicPartition>) {
        let mut positions = Positions::new(BUFFER_BYTES_MAX);
        let partitions: Vec<_> = (0..count).map(|index| TopicPartition::new("t", index)).collect();
        positions.assign(&partitions.iter().cloned().collect(), false, OffsetSpec::Latest);
        for (partition, (_, stamp)) in positions.sought(NOW) {
            positions.found(&partition, stamp, Offset(10));
        }
        (positions, partitions)
    }

    #[test]
    fn the_position_is_that_of_the_program_and_not_of_the_buffer() {
        let (mut positions, partitions) = reading(1);
        let first = &partitions[0];
        fetch(&mut positions, first, chunk(first, 10..14, 20));
        assert_eq!(positions.fetchable(NOW)[first].0, Offset(20));
        fetch(&mut positions, first, chunk(first, 20..22, 22));
        assert!(positions.fetchable(NOW).is_empty(), "two answers wait already");
        assert_eq!(positions.take(3).len(), 3);
        assert_eq!(positions.position(first), Some(Offset(13)));
        assert_eq!(positions.take(1).len(), 1);
        assert_eq!(positions.position(first), Some(Offset(20)), "what is not for the program is passed over");
        assert_eq!(positions.take(10).len(), 2);
        assert_eq!(positions.to_commit()[first].offset, Offset(22));
        assert_eq!(positions.to_commit()[first].leader_epoch, Some(LeaderEpoch(3)));
    }

    #[test]
    fn an_answer_to_what_is_no_longer_wanted_is_dropped() {
        let (mut positions, partitions) = reading(1);
        let first = &partitions[0];
        let (offset, stamp) = positions.fetchable(NOW)[first];
        positions.seek(first, Offset(5));
        positions.fetched(first, stamp, offset, chunk(first, 10..12, 12));
        assert!(positions.take(10).is_empty());
        assert_eq!(positions.position(first), Some(Offset(5)));
        positions.seek_to(first, OffsetSpec::Earliest);
        positions.found(first, stamp, Offset(99));
        assert_eq!(positions.position(first), None);
        positions.revoke(&BTreeSet::from([first.clone()]));
        positions.found(first, stamp, Offset(99));
        assert_eq!(positions.partitions().count(), 0);
    }

    #[test]
    fn nothing_is_asked_for_while_too_much_waits() {
        let (mut positions, partitions) = reading(3);
        let [first, second, third] = &partitions[..] else { unreachable!() };
        fetch(&mut positions, first, chunk(first, 10..69, 69));
        fetch(&mut positions, second, chunk(second, 10..50, 50));
        assert_eq!(positions.fetchable(NOW).len(), 3, "there is room for one more");
        fetch(&mut positions, third, chunk(third, 10..11, 11));
        assert!(positions.fetchable(NOW).is_empty());
        positions.set_paused(first, true);
        assert_eq!(positions.fetchable(NOW).len(), 2, "a paused partition holds up no other");
        positions.set_paused(first, false);
        assert_eq!(positions.take(100).len(), 100);
        assert_eq!(positions.fetchable(NOW).len(), 3);
    }

    #[test]
    fn partitions_are_read_in_turn() {
        let (mut positions, partitions) = reading(3);
        for partition in &partitions {
            fetch(&mut positions, partition, chunk(partition, 10..20, 20));
        }
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.extend(positions.take(5).iter().map(|record| record.partition.partition.0));
        }
        seen.dedup();
        assert_eq!(seen, [0, 1, 2]);
        positions.set_paused(&partitions[0], true);
        assert!(positions.take(100).iter().all(|record| record.partition != partitions[0]));
        assert!(!positions.fetchable(NOW).contains_key(&partitions[0]));
    }
}
