//! A file of record batches, read from its beginning, one batch at a time.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use bytes::Bytes;
use ottla_protocol::records::{BatchError, BatchHeader, BatchView, HEADER_LEN};

/// A segment, or a snapshot of the metadata.
pub(super) struct BatchFile {
    input: BufReader<File>,
    position: u64,
    len: u64,
}

/// A batch and where it begins.
pub(super) struct Placed {
    pub(super) position: u64,
    pub(super) bytes: Bytes,
}

/// What the file holds next.
pub(super) enum Next {
    Batch(Placed),
    /// The file ends here.
    End,
    /// What is left is the beginning of a batch: so many bytes.
    Torn {
        position: u64,
        left: u64,
    },
    /// What is left is no batch.
    Damaged {
        position: u64,
        error: BatchError,
    },
}

const BUFFER_BYTES: usize = 256 << 10;

impl BatchFile {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self { input: BufReader::with_capacity(BUFFER_BYTES, file), position: 0, len })
    }

    /// The next batch. After anything else there is nothing more to read.
    pub(super) fn next(&mut self) -> io::Result<Next> {
        let (position, left) = (self.position, self.len - self.position);
        if left == 0 {
            return Ok(Next::End);
        }
        let mut head = [0; HEADER_LEN];
        if left < HEADER_LEN as u64 {
            return Ok(Next::Torn { position, left });
        }
        self.input.read_exact(&mut head)?;
        let header = match BatchHeader::parse(&head) {
            Ok(header) => header,
            Err(error) => return Ok(Next::Damaged { position, error }),
        };
        let size = header.size();
        if size as u64 > left {
            return Ok(Next::Torn { position, left });
        }
        // No larger than what the file still holds.
        let mut bytes = vec![0; size];
        bytes[..HEADER_LEN].copy_from_slice(&head);
        self.input.read_exact(&mut bytes[HEADER_LEN..])?;
        self.position += size as u64;
        Ok(Next::Batch(Placed { position, bytes: bytes.into() }))
    }
}

impl Placed {
    /// The batch, over its bytes.
    pub(super) fn view(&self) -> BatchView<'_> {
        BatchView::parse(&self.bytes).expect("its header was read before")
    }
}
