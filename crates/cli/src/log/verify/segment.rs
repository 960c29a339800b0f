//! One segment: its batches, and its indexes against them.

use std::io;
use std::path::{Path, PathBuf};

use ottla_protocol::records::{BatchError, BatchHeader, Records, decompress_bytes};
use ottla_storage::log::{FileKind, FileName};
use ottla_types::{Offset, Timestamp};

use super::findings::Findings;
use crate::log::batch_file::{BatchFile, Next, Placed};
use crate::log::index_file::{self, OffsetEntry, TimeEntry};

/// The most that one batch may take when it is decompressed.
const BATCH_BYTES_MAX: usize = 1 << 30;

/// Where a segment ends.
pub(super) struct End {
    /// The offset after its last batch.
    pub(super) offset: Offset,
    /// The file goes on with a part of a batch, and how.
    pub(super) tear: Option<String>,
}

/// Checks a segment. `watch` sees each batch whose header can be read, in order. If something may go on where the
/// segment ends, its indexes may know more of that than the file does.
pub(super) fn verify(
    folder: &Path,
    base: Offset,
    may_go_on: bool,
    findings: &mut Findings,
    mut watch: impl FnMut(&Placed, &BatchHeader, &mut Findings),
) -> io::Result<End> {
    let path = FileName::live(base, FileKind::Log).path(folder);
    let mut indexes = Indexes::open(folder, base, findings)?;
    let mut file = BatchFile::open(&path)?;
    let mut end = base;
    let mut tear = None;
    loop {
        match file.next()? {
            Next::Batch(batch) => {
                let header = *batch.view().header();
                findings.batches += 1;
                findings.bytes += batch.bytes.len() as u64;
                check_batch(&path, &batch, end, findings);
                indexes.see(&batch, &header, end, findings);
                watch(&batch, &header, findings);
                end = header.next_offset().max(end);
            }
            Next::End => break,
            Next::Torn { position, left } => {
                tear = Some(torn(position, left));
                break;
            }
            Next::Damaged { position, error } => {
                findings.add(&path, format!("no batch at position {position}: {error}"));
                break;
            }
        }
    }
    indexes.check_times(end, findings);
    if !may_go_on {
        indexes.end(findings);
    }
    findings.segments += 1;
    Ok(End { offset: end, tear })
}

fn torn(position: u64, left: u64) -> String {
    format!("ends inside a batch: {left} bytes from position {position} on")
}

/// Checks a file of batches that has no indexes: a snapshot of the metadata.
pub(super) fn verify_snapshot(path: &Path, findings: &mut Findings) -> io::Result<()> {
    let mut file = BatchFile::open(path)?;
    let mut end = Offset::ZERO;
    loop {
        match file.next()? {
            Next::Batch(batch) => {
                findings.batches += 1;
                findings.bytes += batch.bytes.len() as u64;
                check_batch(path, &batch, end, findings);
                end = batch.view().header().next_offset();
            }
            Next::End => return Ok(()),
            Next::Torn { position, left } => {
                findings.add(path, torn(position, left));
                return Ok(());
            }
            Next::Damaged { position, error } => {
                findings.add(path, format!("no batch at position {position}: {error}"));
                return Ok(());
            }
        }
    }
}

/// Checks a batch for itself, and against the end of those before it.
fn check_batch(path: &Path, batch: &Placed, end: Offset, findings: &mut Findings) {
    let view = batch.view();
    let header = view.header();
    let (first, last) = (header.base_offset, header.last_offset());
    let mut wrong = |what: String| {
        findings.add(path, format!("batch {first}..{last} at position {}: {what}", batch.position));
    };
    if let Err(error) = view.check_crc() {
        return wrong(error.to_string());
    }
    if first < end {
        wrong(format!("begins before offset {end}, where those before it end"));
    }
    if header.last_offset_delta < 0 {
        return wrong(format!(
            "its last offset lies {} before its first",
            -i64::from(header.last_offset_delta)
        ));
    }
    match count_records(batch, header) {
        Ok(count) => findings.records += count,
        Err(what) => wrong(what),
    }
}

fn count_records(batch: &Placed, header: &BatchHeader) -> Result<u64, String> {
    let text = |error: BatchError| error.to_string();
    let codec = header.attributes.codec().map_err(text)?;
    let body = decompress_bytes(codec, &batch.bytes.slice_ref(batch.view().body()), BATCH_BYTES_MAX)
        .map_err(|error| error.to_string())?;
    let mut count = 0;
    let mut next = header.base_offset;
    for record in Records::new(header, &body) {
        let offset = record.map_err(text)?.offset;
        if offset < next || offset > header.last_offset() {
            return Err(format!("record {count} has offset {offset}, which does not belong there"));
        }
        next = offset.next();
        count += 1;
    }
    Ok(count)
}

/// The indexes of a segment, on their way along its batches.
struct Indexes {
    base: Offset,
    offsets: Cursor<OffsetEntry>,
    times: Cursor<TimeEntry>,
    /// The largest timestamp of the batches seen so far.
    latest: Timestamp,
}

struct Cursor<E> {
    path: PathBuf,
    entries: Vec<E>,
    next: usize,
}

impl<E: Copy> Cursor<E> {
    fn peek(&self) -> Option<E> {
        self.entries.get(self.next).copied()
    }
}

impl Indexes {
    fn open(folder: &Path, base: Offset, findings: &mut Findings) -> io::Result<Self> {
        // A missing index is built anew at the next start, so nothing is lost.
        let path = FileName::live(base, FileKind::OffsetIndex).path(folder);
        let offsets = if path.exists() { Some(index_file::offsets(&path, base)?) } else { None };
        let offsets = cursor(path, offsets, findings);
        let path = FileName::live(base, FileKind::TimeIndex).path(folder);
        let times = if path.exists() { Some(index_file::times(&path, base)?) } else { None };
        let times = cursor(path, times, findings);
        for (index, pair) in offsets.entries.windows(2).enumerate() {
            if pair[1].offset <= pair[0].offset || pair[1].position <= pair[0].position {
                findings
                    .add(&offsets.path, format!("entry {} does not rise above the one before", index + 1));
            }
        }
        for (index, pair) in times.entries.windows(2).enumerate() {
            if pair[1].offset < pair[0].offset || pair[1].timestamp < pair[0].timestamp {
                findings.add(&times.path, format!("entry {} does not rise above the one before", index + 1));
            }
        }
        Ok(Self { base, offsets, times, latest: Timestamp::NONE })
    }

    /// The next batch, behind batches that end at `end`. A reader who looks for an offset starts at the position of
    /// the last entry that does not lie beyond it: so all before that position must lie before that offset.
    fn see(&mut self, batch: &Placed, header: &BatchHeader, end: Offset, findings: &mut Findings) {
        while let Some(entry) = self.offsets.peek().filter(|entry| entry.position <= batch.position) {
            self.offsets.next += 1;
            let OffsetEntry { offset, position } = entry;
            let entry = || format!("offset {offset} at position {position}");
            if position < batch.position {
                findings.add(&self.offsets.path, format!("{}: no batch begins there", entry()));
            } else if offset < end || offset < header.base_offset {
                let what = format!("{}: the batch there begins with {}", entry(), header.base_offset);
                findings.add(&self.offsets.path, what);
            }
        }
        // A reader who looks for a time skips everything up to the entry's offset: none of it may be later.
        self.check_times(header.base_offset, findings);
        self.latest = self.latest.max(header.max_timestamp);
    }

    fn check_times(&mut self, seen_until: Offset, findings: &mut Findings) {
        while let Some(entry) = self.times.peek().filter(|entry| entry.offset < seen_until) {
            self.times.next += 1;
            if entry.timestamp >= Timestamp(0) && entry.timestamp < self.latest {
                findings.add(
                    &self.times.path,
                    format!(
                        "timestamp {} up to offset {}: there is a later one, {}",
                        entry.timestamp, entry.offset, self.latest
                    ),
                );
            }
        }
    }

    /// There is nothing more that entries could be about.
    fn end(&self, findings: &mut Findings) {
        let beyond = self.offsets.entries.len() - self.offsets.next;
        if beyond > 0 {
            findings.add(&self.offsets.path, format!("{beyond} entries point behind the end of the segment"));
        }
        let beyond = &self.times.entries[self.times.next..];
        // An empty segment's index may name its base offset, so that the time of what came before is known.
        let is_wrong = |entry: &&TimeEntry| entry.offset > self.base && entry.timestamp >= Timestamp(0);
        let beyond = beyond.iter().filter(is_wrong).count();
        if beyond > 0 {
            findings.add(
                &self.times.path,
                format!("{beyond} entries name offsets behind the end of the segment"),
            );
        }
    }
}

fn cursor<E>(path: PathBuf, index: Option<index_file::Entries<E>>, findings: &mut Findings) -> Cursor<E> {
    let mut entries = Vec::new();
    if let Some(index) = index {
        if index.left_over > 0 {
            findings.add(&path, format!("the last {} bytes are no whole entry", index.left_over));
        }
        entries = index.entries;
    }
    Cursor { path, entries, next: 0 }
}
