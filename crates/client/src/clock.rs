//! The time that the logic is told.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ottla_types::Timestamp;
use tokio::time::Instant;

/// The wall clock as it stood when the client started, carried on by a clock that never jumps. It stands still
/// when a test pauses tokio's time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    base: Timestamp,
    started: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { base: Timestamp(0).after(since_epoch), started: Instant::now() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.base.after(self.started.elapsed())
    }

    /// When the time will be `at`; now, if it has been already.
    pub(crate) fn instant(&self, at: Timestamp) -> Instant {
        let ms = u64::try_from(at.ms_since(self.base)).unwrap_or(0);
        self.started + Duration::from_millis(ms)
    }
}
