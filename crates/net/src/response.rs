//! What is sent back, and how it gets into the socket with as few copies as there can be.

use std::io::{self, IoSlice};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use ottla_storage::disk::{File, Lane};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::connection::SLOWEST_BYTES_PER_SECOND;
use crate::memory::Reservation;

/// Parts handed to one `writev`: enough that a reply of many batches goes out in few calls.
const SLICES_MAX: usize = 64;
/// How much of a file is in memory at a time for one connection.
const FILE_WINDOW_BYTES: usize = 256 * 1024;

/// A part of a reply.
#[derive(Clone, Debug)]
pub enum Chunk {
    /// Bytes in memory, shared and not copied.
    Bytes(Bytes),
    /// Bytes that are still in a file, which must not lose them before they are sent.
    File {
        /// The file.
        file: Arc<dyn File>,
        /// Where in it they begin.
        position: u64,
        /// How many.
        len: usize,
    },
}

impl Chunk {
    /// How many bytes it is.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::File { len, .. } => *len,
        }
    }

    /// Whether it is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A reply as it goes out: a whole frame, its length in front.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// Sent one after another.
    pub chunks: Vec<Chunk>,
    /// Bytes of it that were made for this reply alone: those that count as memory of the request. Pieces of files,
    /// and bytes that somebody else holds as well, do not.
    pub own_bytes: usize,
}

impl Response {
    /// How many bytes it is.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Chunk::len).sum()
    }

    /// Whether it is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<Vec<Bytes>> for Response {
    fn from(parts: Vec<Bytes>) -> Self {
        let own_bytes = parts.iter().map(Bytes::len).sum();
        Self { chunks: parts.into_iter().map(Chunk::Bytes).collect(), own_bytes }
    }
}

/// Reads files that are not in the page cache, away from the threads that serve connections.
#[derive(Clone, Debug)]
pub struct FileReads {
    lanes: Arc<[Arc<dyn Lane>]>,
    next: Arc<AtomicUsize>,
}

impl FileReads {
    /// Reads over these lanes in turn.
    #[must_use]
    pub fn new(lanes: Vec<Arc<dyn Lane>>) -> Self {
        assert!(!lanes.is_empty(), "someone must do the reading");
        Self { lanes: lanes.into(), next: Arc::default() }
    }

    /// Runs `work`, which may wait for a device, on one of the lanes.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let (sender, receiver) = oneshot::channel();
        let lane = self.next.fetch_add(1, Ordering::Relaxed) % self.lanes.len();
        self.lanes[lane].submit(Box::new(move || {
            // Nobody waits any more if the connection was closed meanwhile.
            let _ = sender.send(work());
        }));
        receiver.await.expect("a lane runs every job before it ends")
    }

    /// Reads `len` bytes, or fewer at the end of the file.
    pub async fn read(&self, file: Arc<dyn File>, position: u64, len: usize) -> io::Result<Vec<u8>> {
        self.run(move || {
            let mut buffer = vec![0; len];
            let read = file.read_at(&mut buffer, position)?;
            buffer.truncate(read);
            Ok(buffer)
        })
        .await
    }
}

/// Replies up to this size are written before anybody would notice what they take.
const UNCOUNTED_BYTES: usize = 64 * 1024;

/// Replies that are ready to be written, in order.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    chunks: std::collections::VecDeque<Chunk>,
    /// The memory of replies that are not small, until all are written.
    held: Vec<Reservation>,
}

impl Outbox {
    /// Adds the reply to a request that has taken this memory.
    pub(crate) fn push(&mut self, response: Response, mut memory: Reservation) {
        if response.own_bytes > UNCOUNTED_BYTES {
            memory.answered(response.own_bytes);
            self.held.push(memory);
        }
        self.chunks.extend(response.chunks.into_iter().filter(|chunk| !chunk.is_empty()));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Writes everything; [`io::ErrorKind::TimedOut`] if the client takes nothing for as long as `stall`, or a reply
    /// that holds much memory too slowly.
    pub(crate) async fn flush(
        &mut self,
        stream: &TcpStream,
        reads: &FileReads,
        stall: Duration,
    ) -> io::Result<()> {
        if self.held.is_empty() {
            return self.flush_all(stream, reads, stall).await;
        }
        // What others wait for must not be held for ever by taking a byte now and then.
        let own: usize = self.held.iter().map(Reservation::made_bytes).sum();
        let paced = stall + Duration::from_secs(own as u64 / SLOWEST_BYTES_PER_SECOND);
        let flushed = timeout(paced, self.flush_all(stream, reads, stall)).await;
        let flushed = flushed.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        self.held.clear();
        flushed
    }

    async fn flush_all(&mut self, stream: &TcpStream, reads: &FileReads, stall: Duration) -> io::Result<()> {
        while let Some(front) = self.chunks.front_mut() {
            match front {
                Chunk::Bytes(_) => self.write_memory(stream, stall).await?,
                Chunk::File { file, position, len } => {
                    let window = (*len).min(FILE_WINDOW_BYTES);
                    let bytes = read_window(file, *position, window, reads).await?;
                    *position += bytes.len() as u64;
                    *len -= bytes.len();
                    if *len == 0 {
                        self.chunks.pop_front();
                    }
                    self.chunks.push_front(Chunk::Bytes(bytes.into()));
                    self.write_memory(stream, stall).await?;
                }
            }
        }
        Ok(())
    }

    /// Writes the chunks at the front that are in memory, at least one byte of them.
    async fn write_memory(&mut self, stream: &TcpStream, stall: Duration) -> io::Result<()> {
        let written = loop {
            let mut slices = [IoSlice::new(&[]); SLICES_MAX];
            let mut count = 0;
            for (slice, chunk) in slices.iter_mut().zip(&self.chunks) {
                let Chunk::Bytes(bytes) = chunk else { break };
                *slice = IoSlice::new(bytes);
                count += 1;
            }
            match stream.try_write_vectored(&slices[..count]) {
                Ok(written) => break written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    timeout(stall, stream.writable()).await.map_err(|_| io::ErrorKind::TimedOut)??;
                }
                Err(error) => return Err(error),
            }
        };
        self.consume(written)
    }

    fn consume(&mut self, mut written: usize) -> io::Result<()> {
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        while written > 0 {
            let Some(Chunk::Bytes(bytes)) = self.chunks.front_mut() else { break };
            if written < bytes.len() {
                bytes::Buf::advance(bytes, written);
                break;
            }
            written -= bytes.len();
            self.chunks.pop_front();
        }
        Ok(())
    }
}

/// The next bytes of a file: from the page cache at once, or from the device by way of a lane.
async fn read_window(
    file: &Arc<dyn File>,
    position: u64,
    len: usize,
    reads: &FileReads,
) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; len];
    let read = match file.read_cached_at(&mut buffer, position) {
        Ok(read) => {
            buffer.truncate(read);
            buffer
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            reads.read(Arc::clone(file), position, len).await?
        }
        Err(error) => return Err(error),
    };
    if read.is_empty() {
        // The length is already promised to the client, so the connection cannot go on.
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a log file is shorter than it was"));
    }
    Ok(read)
}
