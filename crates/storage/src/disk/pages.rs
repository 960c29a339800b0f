//! Memory for writes past the page cache: a disk takes whole pages from memory that begins on one.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::PAGE;

/// Room for a write that begins on a page, used for one after another.
pub struct Pages {
    memory: Box<[u8]>,
    /// Where in `memory` the first page begins.
    first: usize,
    len: usize,
}

impl Pages {
    /// Room for so many bytes. Only what is written of it becomes memory.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let memory = vec![0; bytes.next_multiple_of(PAGE) + PAGE].into_boxed_slice();
        let address = memory.as_ptr().addr();
        Self { first: address.next_multiple_of(PAGE) - address, memory, len: 0 }
    }

    /// How many bytes were put in.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was put in.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many bytes there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.memory.len() - PAGE
    }

    /// Forgets what was put in.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Puts in more.
    ///
    /// # Panics
    /// If there is no room.
    pub fn extend(&mut self, bytes: &[u8]) {
        let from = self.first + self.len;
        self.memory[from..from + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    /// Puts in so many bytes that somebody else fills.
    pub(crate) fn extend_with(&mut self, len: usize) -> &mut [u8] {
        let from = self.first + self.len;
        self.len += len;
        &mut self.memory[from..from + len]
    }

    /// What was put in.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.memory[self.first..self.first + self.len]
    }

    /// What was put in, to be changed.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.memory[self.first..self.first + self.len]
    }

    /// The pages that were filled to their ends.
    #[must_use]
    pub fn whole(&self) -> &[u8] {
        &self.bytes()[..self.len / PAGE * PAGE]
    }

    /// What was put in, and zeros to the end of the last page.
    pub fn padded(&mut self) -> &[u8] {
        let (end, padded) = (self.first + self.len, self.first + self.len.next_multiple_of(PAGE));
        self.memory[end..padded].fill(0);
        &self.memory[self.first..padded]
    }
}

/// Pages that nobody uses just now. Memory that was used a moment ago costs a fraction of what fresh memory does.
#[derive(Debug)]
pub struct PagePool {
    piece_bytes: usize,
    free: Mutex<Vec<Pages>>,
}

impl PagePool {
    /// Pages with room for a piece of so many bytes each, wherever on a page it begins.
    #[must_use]
    pub fn new(piece_bytes: usize) -> Arc<Self> {
        Arc::new(Self { piece_bytes, free: Mutex::default() })
    }

    /// How long a piece may be, in bytes.
    #[must_use]
    pub const fn piece_bytes(&self) -> usize {
        self.piece_bytes
    }

    /// Empty pages. They come back when the last user drops them; there are as many as are used at once.
    #[must_use]
    pub fn take(&self) -> PooledPages<'_> {
        let mut pages = self.free().pop().unwrap_or_else(|| Pages::new(self.piece_bytes + PAGE));
        pages.clear();
        PooledPages { pool: self, pages: Some(pages) }
    }

    fn free(&self) -> MutexGuard<'_, Vec<Pages>> {
        // Only a list changes under it.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Pages on loan.
#[derive(Debug)]
pub struct PooledPages<'a> {
    pool: &'a PagePool,
    /// There until it is dropped.
    pages: Option<Pages>,
}

impl Deref for PooledPages<'_> {
    type Target = Pages;

    fn deref(&self) -> &Pages {
        self.pages.as_ref().expect("pages go back only when they are dropped")
    }
}

impl DerefMut for PooledPages<'_> {
    fn deref_mut(&mut self) -> &mut Pages {
        self.pages.as_mut().expect("pages go back only when they are dropped")
    }
}

impl Drop for PooledPages<'_> {
    fn drop(&mut self) {
        self.pool.free().extend(self.pages.take());
    }
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pages({} of {} bytes)", self.len, self.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_begin_on_a_page_and_end_on_one_when_padded() {
        let mut pages = Pages::new(PAGE + 1);
        assert_eq!((pages.capacity(), pages.is_empty()), (2 * PAGE, true));
        pages.extend(&[7; PAGE + 1]);
        assert_eq!(pages.whole(), [7; PAGE]);
        assert_eq!(pages.len(), PAGE + 1);
        let padded = pages.padded();
        assert!(padded.as_ptr().addr().is_multiple_of(PAGE));
        assert_eq!((padded.len(), padded[PAGE], padded[PAGE + 1]), (2 * PAGE, 7, 0));
        pages.clear();
        pages.extend_with(2).fill(3);
        assert_eq!(pages.bytes(), [3, 3]);
    }

    #[test]
    fn what_was_lent_comes_back_empty() {
        let pool = PagePool::new(PAGE);
        let address = {
            let mut pages = pool.take();
            pages.extend(b"something");
            pages.bytes().as_ptr()
        };
        let (again, other) = (pool.take(), pool.take());
        assert_eq!((again.bytes().as_ptr(), again.len()), (address, 0));
        assert_ne!(other.bytes().as_ptr(), address);
    }
}
