//! What is asked of a log that was opened after a crash.

use std::sync::Arc;

use ottla_protocol::records::{Batches, StoredBatch};
use ottla_storage::StorageError;
use ottla_storage::log::{Access, AppendError, PartitionLog, Piece, ReadLimits};
use ottla_types::{LeaderEpoch, Offset};

use crate::history::{History, Stop, Written};
use crate::tally::Tally;

impl History {
    /// Looks at everything. After a clean stop, or where the page cache has survived, `everything` that was written has
    /// to be there. What is found is what the next life begins with.
    pub(crate) fn check_survivors(
        &mut self,
        log: &Arc<PartitionLog>,
        everything: bool,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let outcome = self.survivors_of(log, everything);
        let survivors = outcome.map_err(|what| format!("{}: {what}", self.name))?;
        tally.logs_checked += 1;
        tally.batches_checked += survivors.len() as u64;
        self.start = log.log_start_offset();
        self.start_asked = self.start;
        self.start_acknowledged = self.start;
        match survivors.last() {
            Some(last) => (self.producer, self.sequence) = (last.producer, last.sequence + 1),
            // Where nothing is left, what is remembered of the producer is anybody's guess.
            None => (self.producer, self.sequence) = (self.producer + 1, 0),
        }
        self.current = survivors;
        Ok(())
    }

    fn survivors_of(&mut self, log: &Arc<PartitionLog>, everything: bool) -> Result<Vec<Written>, String> {
        let start = log.log_start_offset();
        if start > self.start.max(self.start_asked) {
            return Err(format!("the log lost its beginning: it starts at {start}"));
        }
        if start < self.start_acknowledged {
            return Err(format!("records below {} were deleted and are back", self.start_acknowledged));
        }
        let found = read_all(log, start).map_err(|stop| match stop {
            Stop::Broken(what) => what,
            Stop::Disk(error) => format!("the log cannot be read: {error}"),
            Stop::NoRoom => "reading needs no room".to_owned(),
        })?;
        let survivors = self.recognize(&found)?;
        for written in self.current.iter().filter(|batch| batch.next > start) {
            let is_acknowledged = written.next <= self.acknowledged_to;
            if (is_acknowledged || everything) && !survivors.contains(written) {
                let how =
                    if is_acknowledged { "acknowledged" } else { "written, and nothing can have taken it" };
                return Err(format!("{written:?} was {how}, and is gone; left are {survivors:?}"));
            }
        }
        if log.durable_end() != log.log_end_offset() {
            return Err(format!("the start left {} not durable", log.durable_end()));
        }
        self.check_indexes(log, &survivors)?;
        self.lead(log);
        self.check_producers(log, &survivors)?;
        Ok(survivors)
    }

    /// Nothing is there that was never written, and there are no gaps.
    fn recognize(&self, found: &[Vec<u8>]) -> Result<Vec<Written>, String> {
        let mut survivors: Vec<Written> = Vec::new();
        for bytes in found {
            let header =
                *StoredBatch::parse(&bytes.clone().into()).map_err(|error| error.to_string())?.header();
            let ever = self.ever.get(&(header.base_offset, header.leader_epoch));
            let written = ever.into_iter().flatten().find(|written| written.bytes == *bytes);
            let Some(written) = written else {
                let (base, epoch) = (header.base_offset, header.leader_epoch);
                return Err(format!("a batch at {base} of epoch {epoch} was never written"));
            };
            if let Some(last) = survivors.last()
                && (last.next != written.base || last.epoch > written.epoch)
            {
                return Err(format!("{written:?} cannot follow {last:?}"));
            }
            let is_cut = |(to, epoch): &&(Offset, LeaderEpoch)| written.base >= *to && written.epoch < *epoch;
            if let Some((to, epoch)) = self.cuts.iter().find(is_cut) {
                return Err(format!("{written:?} was cut off at {to} by epoch {epoch}, and is back"));
            }
            survivors.push(written.clone());
        }
        Ok(survivors)
    }

    fn check_indexes(&self, log: &PartitionLog, survivors: &[Written]) -> Result<(), String> {
        for written in survivors {
            let limits = ReadLimits {
                upper: log.log_end_offset(),
                max_bytes: 1,
                at_least_one: true,
                access: Access::Waiting,
            };
            let from = written.base.max(log.log_start_offset());
            let read = log.read(from, &limits).map_err(|error| error.to_string())?;
            if bytes_of(&read.pieces).map_err(|error| error.to_string())? != written.bytes {
                return Err(format!("another batch than {written:?} is found at offset {from}"));
            }
        }
        for written in survivors.iter().step_by(3) {
            let is_later =
                |other: &&Written| other.time >= written.time && other.base >= log.log_start_offset();
            let first = survivors.iter().find(is_later).map(|first| first.base);
            let found = log.offset_for_timestamp(written.time).map_err(|error| error.to_string())?;
            let found = found.map(|found| found.offset);
            if found != first {
                return Err(format!("at {} is {found:?} instead of {first:?}", written.time));
            }
        }
        Ok(())
    }

    /// The last batch of the log is known to be a duplicate, and what leaves a gap after it is refused.
    fn check_producers(&self, log: &Arc<PartitionLog>, survivors: &[Written]) -> Result<(), String> {
        let Some(last) = survivors.last() else { return Ok(()) };
        let again = StoredBatch::parse(&last.bytes.clone().into()).map_err(|error| error.to_string())?;
        match self.hand_in(log, again) {
            Ok(appended) if appended.is_duplicate && appended.base_offset == last.base => {}
            other => return Err(format!("{last:?} comes again and is answered with {other:?}")),
        }
        match self.hand_in(log, self.batch(last.producer, last.sequence + 2, 1)) {
            Err(AppendError::Producer(_)) => Ok(()),
            other => Err(format!("a gap after {last:?} is answered with {other:?}")),
        }
    }
}

/// All batches from `from` on.
pub(crate) fn read_all(log: &PartitionLog, from: Offset) -> Result<Vec<Vec<u8>>, Stop> {
    let mut found = Vec::new();
    let mut next = from;
    loop {
        let limits = ReadLimits {
            upper: log.log_end_offset(),
            max_bytes: 1000,
            at_least_one: true,
            access: Access::Waiting,
        };
        let before = next;
        let read = log.read(next, &limits)?;
        for view in Batches::new(&bytes_of(&read.pieces)?) {
            let broken = |error| Stop::Broken(format!("at offset {next} there is no batch: {error}"));
            let view = view.map_err(broken)?;
            view.check_crc().map_err(broken)?;
            next = view.header().next_offset();
            found.push(view.bytes().to_vec());
        }
        if next == before {
            return Ok(found);
        }
    }
}

fn bytes_of(pieces: &[Piece]) -> Result<Vec<u8>, StorageError> {
    let mut bytes = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Memory(part) => bytes.extend_from_slice(part),
            Piece::File { file, position, len } => {
                let start = bytes.len();
                bytes.resize(start + len, 0);
                let read = file.read_at(&mut bytes[start..], *position)?;
                // A file that is shorter than what was promised of it shows as a batch that is none.
                bytes.truncate(start + read);
            }
        }
    }
    Ok(bytes)
}
