//! Walking over the batches of a segment's file.

use std::sync::Arc;

use ottla_protocol::records::{BatchError, BatchHeader, BatchView, HEADER_LEN};

use super::batch::has_sound_offsets;
use super::index::{Access, read_up_to};
use crate::StorageError;
use crate::disk::File;

/// A batch's place in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) position: u64,
    pub(super) header: BatchHeader,
}

impl Place {
    pub(super) fn end(&self) -> u64 {
        self.position + self.header.size() as u64
    }
}

/// Why a walk ended before the end of the file.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScanError {
    #[error("at position {position}: {problem}")]
    Batch { position: u64, problem: BatchError },
    #[error("the batch at position {position} is cut off")]
    CutOff { position: u64 },
    #[error("the offsets of the batch at position {position} cannot be")]
    Offsets { position: u64 },
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl ScanError {
    /// The error as one of a file that was thought to be whole.
    pub(super) fn in_file(self, path: &std::path::Path) -> StorageError {
        match self {
            Self::Storage(error) => error,
            other => StorageError::corrupt(path, other.to_string()),
        }
    }
}

fn place(head: &[u8; HEADER_LEN], position: u64) -> Result<Place, ScanError> {
    let header = BatchHeader::parse(head).map_err(|problem| ScanError::Batch { position, problem })?;
    if has_sound_offsets(&header) {
        Ok(Place { position, header })
    } else {
        Err(ScanError::Offsets { position })
    }
}

/// How much is read at once when only headers are wanted. Small batches come many at a time, of large ones little
/// more than the header is read.
const PAGE_LEN: usize = 4096;

/// Walks over headers, without looking at what they head.
#[derive(Debug)]
pub(super) struct HeaderScan {
    file: Arc<dyn File>,
    access: Access,
    position: u64,
    end: u64,
    page: Vec<u8>,
    page_start: u64,
}

impl HeaderScan {
    /// Starts at `position`, where a batch must begin, and goes on to `end`.
    pub(super) fn new(file: Arc<dyn File>, position: u64, end: u64, access: Access) -> Self {
        Self { file, access, position, end, page: Vec::new(), page_start: 0 }
    }

    /// The next batch; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Place>, ScanError> {
        let position = self.position;
        if position >= self.end {
            return Ok(None);
        }
        if self.end - position < HEADER_LEN as u64 {
            return Err(ScanError::CutOff { position });
        }
        let head = self.head_at(position)?;
        let place = place(&head, position)?;
        if place.end() > self.end {
            return Err(ScanError::CutOff { position });
        }
        self.position = place.end();
        Ok(Some(place))
    }

    fn head_at(&mut self, position: u64) -> Result<[u8; HEADER_LEN], ScanError> {
        let held = position.checked_sub(self.page_start).and_then(|skip| usize::try_from(skip).ok());
        let held = held.and_then(|skip| self.page.get(skip..skip + HEADER_LEN));
        if let Some(head) = held {
            return Ok(head.try_into().expect("the slice is as long as a header"));
        }
        let want = PAGE_LEN.min(usize::try_from(self.end - position).unwrap_or(usize::MAX));
        self.page.resize(want, 0);
        let read =
            read_up_to(&*self.file, &mut self.page, position, self.access).map_err(StorageError::from)?;
        self.page.truncate(read);
        self.page_start = position;
        match self.page.first_chunk() {
            Some(head) => Ok(*head),
            None if self.access == Access::Cached => Err(StorageError::WouldBlock.into()),
            None => Err(ScanError::CutOff { position }),
        }
    }
}

/// How much is read at once when everything is wanted.
const CHUNK_LEN: usize = 1 << 20;

/// Walks over whole batches and compares each with its checksum.
#[derive(Debug)]
pub(super) struct BatchScan {
    file: Arc<dyn File>,
    position: u64,
    end: u64,
    chunk: Vec<u8>,
    chunk_start: u64,
}

impl BatchScan {
    /// Starts at `position`, where a batch must begin, and goes on to `end`.
    pub(super) fn new(file: Arc<dyn File>, position: u64, end: u64) -> Self {
        Self { file, position, end, chunk: Vec::new(), chunk_start: position }
    }

    /// The next batch; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(Place, BatchView<'_>)>, ScanError> {
        let position = self.position;
        if position >= self.end {
            return Ok(None);
        }
        self.hold(HEADER_LEN)?;
        let head = self.held().first_chunk().ok_or(ScanError::CutOff { position })?;
        let place = place(head, position)?;
        // The length is only believed as far as the file reaches.
        if place.end() > self.end {
            return Err(ScanError::CutOff { position });
        }
        self.hold(place.header.size())?;
        self.position = place.end();
        let start = (position - self.chunk_start) as usize;
        let batch = self.chunk.get(start..start + place.header.size());
        let batch = BatchView::parse(batch.ok_or(ScanError::CutOff { position })?);
        let batch = batch.and_then(|batch| batch.check_crc().map(|()| batch));
        let batch = batch.map_err(|problem| ScanError::Batch { position, problem })?;
        Ok(Some((place, batch)))
    }

    fn held(&self) -> &[u8] {
        self.chunk.get((self.position - self.chunk_start) as usize..).unwrap_or_default()
    }

    /// Reads on until `len` bytes from the current position are in memory, or all there are.
    fn hold(&mut self, len: usize) -> Result<(), ScanError> {
        if self.held().len() >= len {
            return Ok(());
        }
        let kept = self.held().len();
        let start = self.chunk.len() - kept;
        self.chunk.drain(..start);
        self.chunk_start = self.position;
        let left = usize::try_from(self.end - self.position).unwrap_or(usize::MAX);
        self.chunk.resize(len.max(CHUNK_LEN).min(left), 0);
        let at = self.position + kept as u64;
        let read = read_up_to(&*self.file, &mut self.chunk[kept..], at, Access::Waiting);
        self.chunk.truncate(kept + read.map_err(StorageError::from)?);
        Ok(())
    }
}
