//! Threads at work in a closed loop, one per connection, and the wait for what they do.

use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// How often one looks how far they are.
const POLL: Duration = Duration::from_millis(2);

/// Threads of which none ends before it is told to.
pub(super) struct Crew {
    /// What one of them is called.
    role: &'static str,
    threads: Vec<JoinHandle<Result<()>>>,
}

impl Crew {
    pub(super) fn new(role: &'static str) -> Self {
        Self { role, threads: Vec::new() }
    }

    pub(super) fn add(&mut self, work: impl FnOnce() -> Result<()> + Send + 'static) {
        self.threads.push(thread::spawn(work));
    }

    /// Lets them work for a while.
    pub(super) fn work_for(&mut self, time: Duration) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < time {
            self.expect_all()?;
            thread::sleep(POLL.min(time.saturating_sub(began.elapsed())));
        }
        Ok(())
    }

    /// Lets them work until they have done so many bytes.
    pub(super) fn await_bytes(&mut self, done: impl Fn() -> u64, bytes: u64, limit: Duration) -> Result<()> {
        let began = Instant::now();
        while done() < bytes {
            self.expect_all()?;
            if began.elapsed() > limit {
                let (done, role) = (done(), self.role);
                return Err(Error::Found(format!("the {role}s did {done} of {bytes} bytes in {limit:?}")));
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Waits for their ends, which they were told of.
    pub(super) fn join(&mut self) -> Result<()> {
        self.threads.drain(..).try_for_each(|thread| thread.join().expect("the generator does not panic"))
    }

    fn expect_all(&mut self) -> Result<()> {
        let Some(ended) = self.threads.iter().position(JoinHandle::is_finished) else { return Ok(()) };
        self.threads.swap_remove(ended).join().expect("the generator does not panic")?;
        Err(Error::Found(format!("a {} ended early", self.role)))
    }
}
