//! Work in the background: emptying segments, writing new ones out of the way, and the end of a run.

use std::io;
use std::sync::Arc;

use super::ring::{Ring, Segment};
use super::writer::Shared;
use crate::disk::{Open, Pages};

/// How much of a new segment is written at a time. In between, other work gets its turn.
const GROWTH_BYTES: usize = 1 << 20;

impl Shared {
    pub(super) fn schedule_recycling(self: &Arc<Self>) {
        self.in_background(Self::recycle);
    }

    /// Makes durable in place what the older half of the full segments holds, so that they can be overwritten.
    fn recycle(self: &Arc<Self>) {
        if let Err(error) = self.empty_segments() {
            self.go_offline(Arc::new(error), &[]);
        }
        // Also after a failure: what waits for room must hear of it.
        if self.queue.end_recycling() {
            self.schedule_commit();
        }
    }

    fn empty_segments(&self) -> io::Result<()> {
        let through = {
            let ring = self.ring();
            ring.sealed_generation(ring.sealed().saturating_sub(1) / 2)
        };
        let Some(through) = through else { return Ok(()) };
        let due = self.coverage().due(through);
        for files in due {
            files.flush_much();
            self.sync_in_place(&*files)?;
        }
        let oldest = self.coverage().oldest();
        let mut ring = self.ring();
        let needed = oldest.unwrap_or_else(|| ring.active_generation());
        ring.release_below(needed);
        Ok(())
    }

    pub(super) fn schedule_growth(self: &Arc<Self>) {
        self.in_background(Self::begin_growth);
    }

    fn begin_growth(self: &Arc<Self>) {
        if !self.queue.is_open() {
            return;
        }
        let Some(number) = self.ring().begin_growth() else { return };
        let opened = self.disk.open(&self.dir.join(Ring::file_name(number)), Open::Truncated);
        // If it fails, the log works with the segments that it has, and says itself what is wrong with the disk.
        let Ok(file) = opened else { return self.ring().end_growth(None) };
        let segment = Segment { file, number, generation: 0 };
        let mut zeros = Pages::new(GROWTH_BYTES);
        zeros.extend_with(GROWTH_BYTES).fill(0);
        self.in_background(move |shared| shared.grow(segment, zeros, 0));
    }

    /// Writes the next piece of a new segment.
    fn grow(self: &Arc<Self>, segment: Segment, zeros: Pages, written: u64) {
        let len = self.ring().segment_bytes();
        let is_through = written == len;
        let outcome = if !self.queue.is_open() {
            Err(io::Error::other("nobody needs it any more"))
        } else if is_through {
            self.disk.sync_dir(&self.dir)
        } else {
            let zeros = &zeros.bytes()[..GROWTH_BYTES.min((len - written) as usize)];
            let room = if written == 0 { segment.file.allocate(len) } else { Ok(()) };
            let piece = room.and_then(|()| segment.file.write_pages_at(zeros, written));
            piece.and_then(|()| segment.file.sync_data())
        };
        match outcome {
            Ok(()) if is_through => {
                self.ring().end_growth(Some(segment));
                self.begin_growth();
            }
            Ok(()) => {
                let written = (written + GROWTH_BYTES as u64).min(len);
                self.in_background(move |shared| shared.grow(segment, zeros, written));
            }
            Err(_) => {
                // A spare that cannot be had is done without; a failed sync of it took nothing with it.
                let _ = self.disk.remove_file(&self.dir.join(Ring::file_name(segment.number)));
                self.ring().end_growth(None);
            }
        }
    }

    pub(super) fn schedule_end(self: &Arc<Self>) {
        self.in_background(Self::end);
    }

    /// Everything is committed and nothing more comes: makes it durable in place and removes the log.
    fn end(self: &Arc<Self>) {
        if self.ring().is_growing() {
            // The growth that is under way has its next turn before this one and gives up in it.
            self.schedule_end();
            return;
        }
        match self.sync_and_remove() {
            Ok(()) => self.tell_closed(Ok(())),
            Err(error) => self.go_offline(Arc::new(error), &[]),
        }
    }

    fn sync_and_remove(&self) -> io::Result<()> {
        let files = self.coverage().files();
        for files in files {
            self.sync_in_place(&*files)?;
        }
        self.check_online()?;
        self.ring().end()
    }
}
