//! The content of one file: what programs see, what the device holds, and what lies between.

use std::collections::{BTreeMap, BTreeSet};

use crate::Chance;

/// What a device writes whole or not at all.
const SECTOR: usize = 512;
/// What the file system allocates.
const PAGE: usize = 4096;

/// A file.
#[derive(Debug, Default)]
pub(super) struct FileNode {
    /// What reads return: the page cache.
    content: Vec<u8>,
    /// What a power loss leaves for certain, as far as no unsynced change touches it.
    durable: Vec<u8>,
    unsynced: Vec<Unsynced>,
    /// The pages that writes have touched; the others are holes and take no room.
    allocated: BTreeSet<usize>,
    pub(super) modified_ms: i64,
}

#[derive(Debug)]
enum Unsynced {
    Write { position: usize, data: Vec<u8> },
    SetLen { from: usize, to: usize },
}

impl FileNode {
    /// A file whose whole content survived.
    pub(super) fn durable(content: Vec<u8>, modified_ms: i64) -> Self {
        let allocated = (0..content.len().div_ceil(PAGE)).collect();
        Self { durable: content.clone(), content, unsynced: Vec::new(), allocated, modified_ms }
    }

    pub(super) fn len(&self) -> usize {
        self.content.len()
    }

    /// How many bytes of the device it occupies.
    pub(super) fn room(&self) -> u64 {
        (self.allocated.len() * PAGE) as u64
    }

    /// How many bytes more it would occupy after this write.
    pub(super) fn room_for(&self, position: usize, len: usize) -> u64 {
        let fresh = pages(position, len).filter(|page| !self.allocated.contains(page)).count();
        (fresh * PAGE) as u64
    }

    pub(super) fn read(&self, buffer: &mut [u8], position: usize) -> usize {
        let available = self.content.get(position..).unwrap_or_default();
        let len = available.len().min(buffer.len());
        buffer[..len].copy_from_slice(&available[..len]);
        len
    }

    pub(super) fn write(&mut self, position: usize, data: Vec<u8>) {
        if data.is_empty() {
            return;
        }
        self.allocated.extend(pages(position, data.len()));
        put(&mut self.content, position, &data);
        self.unsynced.push(Unsynced::Write { position, data });
    }

    pub(super) fn set_len(&mut self, to: usize) {
        self.allocated.split_off(&to.div_ceil(PAGE));
        let from = self.content.len();
        if from == to {
            return;
        }
        self.content.resize(to, 0);
        self.unsynced.push(Unsynced::SetLen { from, to });
    }

    /// Extends the file and takes the room up to there.
    pub(super) fn allocate(&mut self, len: usize) {
        self.set_len(len.max(self.len()));
        self.reserve(len);
    }

    /// Takes the room up to there.
    pub(super) fn reserve(&mut self, len: usize) {
        self.allocated.extend(pages(0, len));
    }

    pub(super) fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            match change {
                Unsynced::Write { position, data } => put(&mut self.durable, position, &data),
                Unsynced::SetLen { to, .. } => self.durable.resize(to, 0),
            }
        }
    }

    /// What Linux does when the device refuses: the pages count as clean from then on, some of them with content
    /// that the device never got. The kernel may then drop them and read the old content again. The length is
    /// another matter: it is the journal's, which gets it with the next sync that succeeds.
    pub(super) fn fail_sync(&mut self, chance: &mut Chance) {
        self.durable = self.survivors(chance);
        let (from, to) = (self.durable.len(), self.content.len());
        self.unsynced.clear();
        if from != to {
            self.unsynced.push(Unsynced::SetLen { from, to });
        }
        if chance.percent(50) {
            self.content.clone_from(&self.durable);
            self.content.resize(to, 0);
        }
    }

    /// One of the contents that the file may have after a power loss.
    ///
    /// The device has, of each sector, the content at some moment since the last sync, because a page is written
    /// back as a whole: a later write to a sector never arrives without an earlier one. Different sectors are
    /// independent, and so is the length. Where the length arrived and the data did not, there are zeros or worse.
    pub(super) fn survivors(&self, chance: &mut Chance) -> Vec<u8> {
        if self.unsynced.is_empty() {
            return self.durable.clone();
        }
        let percent_kept = *chance.pick(&[0, 10, 50, 90, 100]);
        let grain = *chance.pick(&[SECTOR, PAGE]);
        let len = self.surviving_len(percent_kept, chance);
        let mut image = self.durable.clone();
        let known = image.len();
        image.resize(len.max(known), 0);
        if chance.percent(30) {
            image[known..].fill_with(|| chance.bits() as u8);
        }
        let touched = self.count_changes(grain);
        let kept: BTreeMap<usize, usize> = touched
            .into_iter()
            .map(|(block, changes)| match percent_kept {
                0 => (block, 0),
                percent if chance.percent(percent) => (block, changes),
                _ => (block, chance.index(changes + 1)),
            })
            .collect();
        self.replay(&mut image, grain, kept);
        image.truncate(len);
        image
    }

    /// A length that the file had at some moment since the last sync.
    fn surviving_len(&self, percent_kept: u64, chance: &mut Chance) -> usize {
        let mut len = self.durable.len();
        let mut lens = vec![len];
        for change in &self.unsynced {
            len = match change {
                Unsynced::Write { position, data } => len.max(position + data.len()),
                Unsynced::SetLen { to, .. } => *to,
            };
            lens.push(len);
        }
        match percent_kept {
            0 => lens[0],
            100 => len,
            _ => *chance.pick(&lens),
        }
    }

    /// How many unsynced changes touch each block.
    fn count_changes(&self, grain: usize) -> BTreeMap<usize, usize> {
        let mut touched = BTreeMap::new();
        for change in &self.unsynced {
            for block in change.blocks(grain) {
                *touched.entry(block).or_insert(0) += 1;
            }
        }
        touched
    }

    /// Applies to each block as many of its changes as it keeps.
    fn replay(&self, image: &mut [u8], grain: usize, mut kept: BTreeMap<usize, usize>) {
        for change in &self.unsynced {
            for block in change.blocks(grain) {
                let left = kept.get_mut(&block).expect("each touched block was counted");
                if *left == 0 {
                    continue;
                }
                *left -= 1;
                let (from, to) = (block * grain, ((block + 1) * grain).min(image.len()));
                if from < to {
                    change.apply(&mut image[from..to], from);
                }
            }
        }
    }
}

impl Unsynced {
    fn range(&self) -> (usize, usize) {
        match self {
            Self::Write { position, data } => (*position, position + data.len()),
            Self::SetLen { from, to } => (*from.min(to), *from.max(to)),
        }
    }

    fn blocks(&self, grain: usize) -> impl Iterator<Item = usize> + use<> {
        let (from, to) = self.range();
        from / grain..to.div_ceil(grain)
    }

    /// Applies what falls into `block`, which begins at `start`.
    fn apply(&self, block: &mut [u8], start: usize) {
        let (from, to) = self.range();
        let (from, to) = (from.max(start), to.min(start + block.len()));
        if from >= to {
            return;
        }
        let target = &mut block[from - start..to - start];
        match self {
            Self::Write { position, data } => target.copy_from_slice(&data[from - position..to - position]),
            // Cut off, or not there yet: either way it reads as zeros when the file is longer.
            Self::SetLen { .. } => target.fill(0),
        }
    }
}

fn put(content: &mut Vec<u8>, position: usize, data: &[u8]) {
    let end = position + data.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[position..end].copy_from_slice(data);
}

fn pages(position: usize, len: usize) -> std::ops::Range<usize> {
    position / PAGE..(position + len).div_ceil(PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(file: &FileNode) -> BTreeSet<Vec<u8>> {
        (0..400).map(|seed| file.survivors(&mut Chance::from_seed(seed))).collect()
    }

    #[test]
    fn what_was_synced_survives_whatever_happens_after_it() {
        let mut file = FileNode::default();
        file.write(0, b"synced".to_vec());
        file.sync();
        file.write(6, b" and not".to_vec());
        let outcomes = outcomes(&file);
        assert!(outcomes.iter().all(|content| content.starts_with(b"synced")));
        assert!(outcomes.contains(b"synced".as_slice()) && outcomes.contains(b"synced and not".as_slice()));
        // The length arrived, the data did not.
        assert!(outcomes.contains(b"synced\0\0\0\0\0\0\0\0".as_slice()));
    }

    #[test]
    fn of_two_writes_to_two_sectors_either_may_be_lost() {
        let mut file = FileNode::default();
        file.set_len(2 * SECTOR);
        file.sync();
        file.write(0, vec![1; SECTOR]);
        file.write(SECTOR, vec![2; SECTOR]);
        let outcomes: BTreeSet<_> = outcomes(&file).into_iter().map(|c| (c[0], c[2 * SECTOR - 1])).collect();
        assert_eq!(outcomes, [(0, 0), (0, 2), (1, 0), (1, 2)].into());
    }

    #[test]
    fn a_later_write_to_a_sector_never_arrives_without_an_earlier_one() {
        let mut file = FileNode::default();
        file.set_len(2);
        file.sync();
        file.write(0, vec![1]);
        file.write(1, vec![2]);
        assert_eq!(outcomes(&file), [vec![0, 0], vec![1, 0], vec![1, 2]].into());
    }

    #[test]
    fn a_cut_that_was_not_synced_may_come_undone() {
        let mut file = FileNode::default();
        file.write(0, b"abcdef".to_vec());
        file.sync();
        file.set_len(3);
        let outcomes = outcomes(&file);
        assert!(outcomes.contains(b"abc".as_slice()) && outcomes.contains(b"abcdef".as_slice()));
    }

    #[test]
    fn after_a_failed_sync_another_one_proves_nothing() {
        let lost = (0..100).any(|seed| {
            let mut file = FileNode::default();
            file.write(0, b"x".to_vec());
            file.fail_sync(&mut Chance::from_seed(seed));
            file.sync();
            file.survivors(&mut Chance::from_seed(seed)) != b"x"
        });
        assert!(lost);
    }

    #[test]
    fn holes_take_no_room() {
        let mut file = FileNode::default();
        file.set_len(1 << 20);
        assert_eq!(file.room(), 0);
        file.write(PAGE - 1, vec![1, 2]);
        assert_eq!(file.room(), 2 * PAGE as u64);
        assert_eq!(file.room_for(0, 3 * PAGE), PAGE as u64);
        file.set_len(1);
        assert_eq!(file.room(), PAGE as u64);
        file.reserve(3 * PAGE);
        assert_eq!((file.len(), file.room_for(0, 3 * PAGE)), (1, 0));
        file.set_len(1);
        assert_eq!(file.room(), PAGE as u64);
    }
}
