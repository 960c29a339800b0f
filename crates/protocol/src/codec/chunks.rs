//! Encoded messages in pieces, for one vectored write.

use bytes::{BufMut, BytesMut};

use crate::Piece;
use crate::frame::LEN_LEN;

/// A byte field at least this long is shared; copying a shorter one costs less than another entry in a vectored
/// write.
pub(super) const SHARED_LEN_MIN: usize = 1024;

/// Encoded messages as a list of pieces for one vectored write: the large byte fields as they are, and between
/// them what was encoded.
#[derive(Debug, Default)]
pub struct Chunks {
    done: Vec<Done>,
    tail: BytesMut,
}

/// What nothing is appended to any more. Our own bytes can still be changed: a frame's length comes last.
#[derive(Debug)]
enum Done {
    Own(BytesMut),
    Shared(Piece),
}

impl Done {
    fn len(&self) -> usize {
        match self {
            Self::Own(bytes) => bytes.len(),
            Self::Shared(piece) => piece.len(),
        }
    }
}

/// Where a frame begins.
pub(crate) struct FrameStart {
    done: usize,
    offset: usize,
}

impl Chunks {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where small things go: the end.
    pub fn tail(&mut self) -> &mut BytesMut {
        &mut self.tail
    }

    /// Appends a piece without copying it.
    pub fn push(&mut self, piece: Piece) {
        if !self.tail.is_empty() {
            self.done.push(Done::Own(self.tail.split()));
        }
        self.done.push(Done::Shared(piece));
    }

    /// All pieces, in order; none is empty.
    #[must_use]
    pub fn finish(self) -> Vec<Piece> {
        let tail = (!self.tail.is_empty()).then_some(Done::Own(self.tail));
        let piece = |done| match done {
            Done::Own(bytes) => Piece::Bytes(bytes.freeze()),
            Done::Shared(piece) => piece,
        };
        self.done.into_iter().chain(tail).map(piece).collect()
    }

    /// Leaves room for a frame's length.
    pub(crate) fn begin_frame(&mut self) -> FrameStart {
        let start = FrameStart { done: self.done.len(), offset: self.tail.len() };
        self.tail.put_bytes(0, LEN_LEN);
        start
    }

    /// Puts the length of what came since in its place. An error is the length that is too large for one.
    pub(crate) fn end_frame(&mut self, start: &FrameStart) -> Result<(), usize> {
        let later: usize = self.done[start.done..].iter().map(Done::len).sum();
        let len = later + self.tail.len() - start.offset - LEN_LEN;
        let prefix = i32::try_from(len).map_err(|_| len)?.to_be_bytes();
        let bytes = match self.done.get_mut(start.done) {
            Some(Done::Own(bytes)) => bytes,
            Some(Done::Shared(_)) => unreachable!("a frame begins with its length, which is our own"),
            None => &mut self.tail,
        };
        bytes[start.offset..start.offset + LEN_LEN].copy_from_slice(&prefix);
        Ok(())
    }
}
