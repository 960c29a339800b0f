//! What waits for a commit. Appenders put in, the sync lane takes out.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::change::{Change, Entry};

/// The queue, and what the lanes have to tell each other about it.
#[derive(Debug)]
pub(super) struct Queue {
    inner: Mutex<Inner>,
    bytes_max: usize,
}

#[derive(Debug, Default)]
struct Inner {
    entries: Vec<Entry>,
    /// The size of what is queued or being committed.
    bytes: usize,
    /// Whether a commit is queued on the sync lane, or is running.
    is_scheduled: bool,
    /// Whether the commit waits until a segment was emptied.
    is_stalled: bool,
    /// Whether segments are being emptied.
    is_recycling: bool,
    end: End,
    waiting_for_room: Vec<Waker>,
}

/// Whether anything more may come in.
#[derive(Clone, Debug, Default)]
enum End {
    #[default]
    Open,
    Closing,
    Offline(Arc<io::Error>),
}

/// What a commit that found no room for everything leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// Another commit: more is queued.
    Commit,
    /// Nothing: the next entry schedules one.
    Rest,
    /// Everything is committed and nothing more will come.
    Close,
}

impl Queue {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { inner: Mutex::default(), bytes_max }
    }

    /// Queues an entry. True if the caller has to schedule a commit.
    pub(super) fn push(&self, entry: Entry) -> Result<bool, Arc<io::Error>> {
        let mut inner = self.lock();
        inner.end.check()?;
        inner.bytes += bytes(&entry.change);
        inner.entries.push(entry);
        Ok(inner.schedule())
    }

    /// Takes everything that is queued.
    pub(super) fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut self.lock().entries)
    }

    /// These are committed.
    pub(super) fn settle<'a>(&self, entries: impl IntoIterator<Item = &'a Entry>) {
        let bytes: usize = entries.into_iter().map(|entry| bytes(&entry.change)).sum();
        let mut inner = self.lock();
        inner.bytes -= bytes;
        let woken =
            if inner.bytes < self.bytes_max { std::mem::take(&mut inner.waiting_for_room) } else { vec![] };
        drop(inner);
        woken.into_iter().for_each(Waker::wake);
    }

    /// A commit has ended.
    pub(super) fn after_commit(&self) -> After {
        let mut inner = self.lock();
        if !inner.entries.is_empty() {
            return After::Commit;
        }
        inner.is_scheduled = false;
        if matches!(inner.end, End::Closing) { After::Close } else { After::Rest }
    }

    /// The commit found no room for these: they come first again, once a segment was emptied. True if the caller
    /// has to see to that.
    pub(super) fn stall(&self, mut entries: Vec<Entry>) -> bool {
        let mut inner = self.lock();
        entries.append(&mut inner.entries);
        inner.entries = entries;
        inner.is_stalled = true;
        !std::mem::replace(&mut inner.is_recycling, true)
    }

    /// Segments should be emptied soon. True if the caller has to see to that.
    pub(super) fn begin_recycling(&self) -> bool {
        !std::mem::replace(&mut self.lock().is_recycling, true)
    }

    /// Segments were emptied. True if a commit was waiting for that and the caller has to schedule it.
    pub(super) fn end_recycling(&self) -> bool {
        let mut inner = self.lock();
        inner.is_recycling = false;
        std::mem::take(&mut inner.is_stalled)
    }

    /// Nothing more comes in. True if the caller has to schedule a last commit.
    pub(super) fn close(&self) -> Result<bool, Arc<io::Error>> {
        let mut inner = self.lock();
        inner.end.check()?;
        inner.end = End::Closing;
        Ok(inner.schedule())
    }

    /// Nothing more comes in because of the error. Returns what was queued.
    pub(super) fn go_offline(&self, error: &Arc<io::Error>) -> Vec<Entry> {
        let mut inner = self.lock();
        if !matches!(inner.end, End::Offline(_)) {
            inner.end = End::Offline(Arc::clone(error));
        }
        let entries = std::mem::take(&mut inner.entries);
        let woken = std::mem::take(&mut inner.waiting_for_room);
        drop(inner);
        woken.into_iter().for_each(Waker::wake);
        entries
    }

    /// Whether entries may still come in.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.lock().end, End::Open)
    }

    /// Why nothing comes in any more, if something failed.
    pub(super) fn offline(&self) -> Option<Arc<io::Error>> {
        match &self.lock().end {
            End::Offline(error) => Some(Arc::clone(error)),
            End::Open | End::Closing => None,
        }
    }

    /// Whether as much is queued as may be.
    pub(super) fn is_full(&self) -> bool {
        self.lock().is_full(self.bytes_max)
    }

    fn has_room(&self, waker: &Waker) -> bool {
        let mut inner = self.lock();
        if !inner.is_full(self.bytes_max) {
            return true;
        }
        if !inner.waiting_for_room.iter().any(|known| known.will_wake(waker)) {
            inner.waiting_for_room.push(waker.clone());
        }
        false
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing under this lock can panic half-way through a change.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl End {
    fn check(&self) -> Result<(), Arc<io::Error>> {
        match self {
            Self::Open => Ok(()),
            Self::Closing => Err(Arc::new(io::Error::other("the log directory is being closed"))),
            Self::Offline(error) => Err(Arc::clone(error)),
        }
    }
}

impl Inner {
    fn is_full(&self, bytes_max: usize) -> bool {
        self.bytes >= bytes_max && !matches!(self.end, End::Offline(_))
    }

    /// While a commit waits for room, the recycling schedules it.
    fn schedule(&mut self) -> bool {
        !std::mem::replace(&mut self.is_scheduled, true)
    }
}

/// How much of the bound an entry takes.
fn bytes(change: &Change) -> usize {
    /// What an entry without a batch occupies, roughly.
    const ENTRY_BYTES: usize = 64;
    ENTRY_BYTES + if let Change::Batch(batch) = change { batch.len() } else { 0 }
}

/// The wait until less is queued than the bound; see [`super::Wal::room`].
#[derive(Debug)]
pub struct QueueRoom {
    pub(super) queue: Arc<Queue>,
}

impl Future for QueueRoom {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.queue.has_room(context.waker()) { Poll::Ready(()) } else { Poll::Pending }
    }
}
