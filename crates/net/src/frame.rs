//! Cuts the bytes of a connection into frames: four bytes of length, big endian, then so many bytes.

use bytes::{Buf, Bytes, BytesMut};

/// Bytes of the length field before each frame.
pub(crate) const PREFIX_LEN: usize = 4;

/// What a buffer holds before anything is known about the frame that is coming.
const FIRST_READ_BYTES: usize = 4 * 1024;
/// How far a buffer reaches beyond the current frame, so that small pipelined requests come in together.
const READ_AHEAD_BYTES: usize = 64 * 1024;
/// The largest buffer that is made for a frame of which nothing is known but the lengths of those before it.
const EXPECTED_BYTES_MAX: usize = 1024 * 1024;

/// A length field that no frame can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The length is negative or zero: nothing that Kafka sends.
    #[error("a frame announced {0} bytes; a request has at least 8")]
    TooSmall(i32),
    /// The length is above `socket.request.max.bytes`.
    #[error(
        "a frame announced {len} bytes, more than socket.request.max.bytes={max}; raise that setting or send smaller requests"
    )]
    TooLarge {
        /// What the length field said.
        len: i32,
        /// The limit.
        max: usize,
    },
}

/// What has arrived on a connection and is not yet taken.
///
/// The buffer never reserves more than twice of what has arrived, or the size of a frame that this connection
/// has completed before: a length field alone takes no memory.
#[derive(Debug)]
pub(crate) struct FrameBuffer {
    buffer: BytesMut,
    frame_len_max: usize,
    /// The largest frame that arrived whole: so much this connection has shown that it sends.
    completed_len_max: usize,
    /// How long the next frame will be, going by those before it: the longest of late.
    expected_len: usize,
}

impl FrameBuffer {
    pub(crate) fn new(frame_len_max: usize) -> Self {
        Self { buffer: BytesMut::new(), frame_len_max, completed_len_max: 0, expected_len: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// The first bytes that have arrived, whatever they are.
    pub(crate) fn arrived(&self) -> &[u8] {
        &self.buffer
    }

    /// The length of the frame that comes next, without its prefix, once the prefix is there.
    pub(crate) fn next_len(&self) -> Result<Option<usize>, FrameError> {
        let Some(prefix) = self.buffer.first_chunk::<PREFIX_LEN>() else { return Ok(None) };
        let len = i32::from_be_bytes(*prefix);
        match usize::try_from(len) {
            Err(_) | Ok(0..8) => Err(FrameError::TooSmall(len)),
            Ok(wanted) if wanted > self.frame_len_max => {
                Err(FrameError::TooLarge { len, max: self.frame_len_max })
            }
            Ok(wanted) => Ok(Some(wanted)),
        }
    }

    /// The next frame without its prefix, if it is there whole.
    pub(crate) fn peek(&self) -> Result<Option<&[u8]>, FrameError> {
        Ok(self.next_len()?.and_then(|len| self.buffer.get(PREFIX_LEN..PREFIX_LEN + len)))
    }

    /// Takes the frame that [`FrameBuffer::peek`] showed.
    pub(crate) fn take(&mut self) -> Bytes {
        let len = self.next_len().ok().flatten().expect("peek has seen a whole frame");
        self.completed_len_max = self.completed_len_max.max(len);
        self.expected_len = len.max(self.expected_len - self.expected_len / 8);
        self.buffer.advance(PREFIX_LEN);
        self.buffer.split_to(len).freeze()
    }

    /// The buffer with room for at least one more byte.
    pub(crate) fn room(&mut self) -> &mut BytesMut {
        let arrived = self.buffer.len();
        let earned = (2 * arrived).max(self.completed_len_max + PREFIX_LEN).max(FIRST_READ_BYTES);
        let wanted = match self.next_len() {
            Ok(Some(len)) if arrived < PREFIX_LEN + len => PREFIX_LEN + len,
            _ => arrived + FIRST_READ_BYTES,
        };
        // A frame that goes into its buffer whole is never moved; several small ones share a buffer.
        let whole = (self.expected_len + PREFIX_LEN).min(EXPECTED_BYTES_MAX);
        let ahead = (4 * self.expected_len).min(READ_AHEAD_BYTES).max(whole);
        let target = wanted.max(ahead).min(earned.max(ahead));
        if self.buffer.capacity() <= arrived || self.buffer.capacity() < target {
            self.buffer.reserve(target.saturating_sub(arrived).max(1));
        }
        &mut self.buffer
    }

    /// Gives the memory back while nothing is expected.
    pub(crate) fn release(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }

    /// The memory that is held now.
    #[cfg(test)]
    fn capacity(&self) -> usize {
        self.buffer.capacity()
    }
}

#[cfg(test)]
mod tests {
    use bytes::BufMut;

    use super::*;

    fn frame(len: usize) -> Vec<u8> {
        let mut bytes = (len as i32).to_be_bytes().to_vec();
        bytes.resize(PREFIX_LEN + len, 7);
        bytes
    }

    fn arrive(buffer: &mut FrameBuffer, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = buffer.room();
            let taken = bytes.len().min(room.capacity() - room.len());
            assert!(taken > 0, "a buffer with room takes at least a byte");
            room.put_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
        }
    }

    #[test]
    fn frames_come_out_as_they_went_in_however_they_are_cut() {
        let sent = [frame(8), frame(70_000), frame(9), frame(1000)].concat();
        for cut in [1, 3, 4, 5, 100, 4096, 65_536, sent.len()] {
            let mut buffer = FrameBuffer::new(100_000);
            let mut lens = Vec::new();
            for piece in sent.chunks(cut) {
                arrive(&mut buffer, piece);
                while buffer.peek().unwrap().is_some() {
                    lens.push(buffer.take().len());
                }
            }
            assert_eq!(lens, [8, 70_000, 9, 1000], "cut into {cut}");
            assert!(buffer.is_empty());
        }
    }

    #[test]
    fn an_announced_length_alone_takes_no_memory() {
        let mut buffer = FrameBuffer::new(100 << 20);
        arrive(&mut buffer, &(90i32 << 20).to_be_bytes());
        buffer.room();
        assert!(buffer.capacity() <= 2 * FIRST_READ_BYTES, "{}", buffer.capacity());
    }

    #[test]
    fn a_buffer_grows_with_what_arrives() {
        let mut buffer = FrameBuffer::new(100 << 20);
        let sent = frame(10 << 20);
        for piece in sent.chunks(1000) {
            arrive(&mut buffer, piece);
            assert!(buffer.capacity() <= 4 * buffer.arrived().len() + 2 * FIRST_READ_BYTES);
        }
        assert_eq!(buffer.peek().unwrap().unwrap().len(), 10 << 20);
    }

    #[test]
    fn frames_of_a_steady_size_are_not_moved_while_they_arrive() {
        let mut buffer = FrameBuffer::new(100 << 20);
        arrive(&mut buffer, &frame(70_000));
        drop(buffer.take());
        let sent = frame(70_000);
        arrive(&mut buffer, &sent[..50_000]);
        let at = buffer.arrived().as_ptr();
        arrive(&mut buffer, &sent[50_000..]);
        assert_eq!(buffer.arrived().as_ptr(), at);
        assert_eq!(buffer.take().len(), 70_000);
    }

    #[test]
    fn a_connection_that_sent_a_large_frame_long_ago_gets_small_buffers() {
        let mut buffer = FrameBuffer::new(100 << 20);
        arrive(&mut buffer, &frame(10 << 20));
        drop(buffer.take());
        for _ in 0..100 {
            arrive(&mut buffer, &frame(100));
            drop(buffer.take());
        }
        buffer.release();
        assert!(buffer.room().capacity() <= FIRST_READ_BYTES);
    }

    #[test]
    fn lengths_that_no_request_has_are_refused() {
        for (len, expected) in [
            (-1, FrameError::TooSmall(-1)),
            (0, FrameError::TooSmall(0)),
            (7, FrameError::TooSmall(7)),
            (i32::MIN, FrameError::TooSmall(i32::MIN)),
            (101, FrameError::TooLarge { len: 101, max: 100 }),
            (i32::MAX, FrameError::TooLarge { len: i32::MAX, max: 100 }),
        ] {
            let mut buffer = FrameBuffer::new(100);
            arrive(&mut buffer, &i32::to_be_bytes(len));
            assert_eq!(buffer.peek(), Err(expected));
        }
    }
}
