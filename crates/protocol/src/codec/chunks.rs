//! Encoded messages in pieces, for one vectored write.

use bytes::{BufMut, BytesMut};

use crate::Piece;
use crate::frame::LEN_LEN;

/// A byte field at least this long is shared; copying a shorter one costs less than another entry in a vectored
/// write.
pub(super) const SHARED_LEN_MIN: usize = 1024;

/// What is copied is cut into pieces of about this length, so that a long message is not copied again and again
/// while it grows.
const OWN_LEN: usize = 256 << 10;

/// Encoded messages as a list of pieces for one vectored write: the large byte fields as they are, and between
/// them what was encoded.
#[derive(Debug)]
pub struct Chunks {
    done: Vec<Done>,
    tail: BytesMut,
    /// Bytes that may still be copied into these chunks.
    own_left: usize,
    /// More than that was to be copied; the rest is left out.
    is_overfull: bool,
}

impl Default for Chunks {
    fn default() -> Self {
        Self::within(usize::MAX)
    }
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

    /// Nothing yet, and never more than so many bytes that are not shared: an encoding that would need more of
    /// them fails, and takes no more memory than these.
    #[must_use]
    pub fn within(own_bytes_max: usize) -> Self {
        Self { done: Vec::new(), tail: BytesMut::new(), own_left: own_bytes_max, is_overfull: false }
    }

    /// Copies small things to the end.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        match self.own_left.checked_sub(bytes.len()) {
            Some(left) => self.own_left = left,
            None => {
                self.is_overfull = true;
                // From here on nothing fits, so that no later piece stands where an earlier one is missing.
                self.own_left = 0;
                return;
            }
        }
        self.tail.put_slice(bytes);
        if self.tail.len() >= OWN_LEN {
            self.done.push(Done::Own(std::mem::take(&mut self.tail)));
        }
    }

    /// The bytes that are not shared.
    #[must_use]
    pub fn own_bytes(&self) -> usize {
        let own = |done: &Done| if let Done::Own(bytes) = done { bytes.len() } else { 0 };
        self.done.iter().map(own).sum::<usize>() + self.tail.len()
    }

    /// Whether something was left out.
    pub(crate) fn is_overfull(&self) -> bool {
        self.is_overfull
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
