//! Trying again: how often, and for how long.

use std::time::Duration;

use tokio::time::Instant;

use crate::{Backoff, Error, Result};

/// The attempts of one call.
#[derive(Debug)]
pub(crate) struct Retry {
    backoff: Backoff,
    deadline: Instant,
    failures: u32,
}

impl Retry {
    pub(crate) fn new(backoff: Backoff, within: Duration) -> Self {
        Self { backoff, deadline: Instant::now() + within, failures: 0 }
    }

    /// Waits until the next attempt is due; gives the error back if it is not worth one, or if time is up.
    pub(crate) async fn again(&mut self, error: Error) -> Result<()> {
        self.failures += 1;
        let due = Instant::now() + self.backoff.delay(self.failures, rand::random());
        if !error.is_retriable() || due > self.deadline {
            return Err(error);
        }
        tracing::debug!(%error, failures = self.failures, "trying again");
        tokio::time::sleep_until(due).await;
        Ok(())
    }
}
