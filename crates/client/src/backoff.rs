//! How long to wait before the next attempt.

use std::time::Duration;

/// Waits that double with each failure, up to a bound, and differ from client to client (KIP-580).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failure.
    pub initial: Duration,
    /// The longest wait.
    pub max: Duration,
}

/// Waits lie within this part of what the doubling says, on either side.
const JITTER_PERCENT: u64 = 20;

impl Backoff {
    /// The wait after `failures` failures in a row, the first being 1. `chance` is 64 random bits: clients that
    /// failed together must not come back together.
    #[must_use]
    pub fn delay(&self, failures: u32, chance: u64) -> Duration {
        let doubled =
            self.initial.saturating_mul(1u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
        let base = u64::try_from(doubled.min(self.max).as_millis()).unwrap_or(u64::MAX / 200);
        let percent = 100 - JITTER_PERCENT + chance % (2 * JITTER_PERCENT + 1);
        Duration::from_millis(base.saturating_mul(percent) / 100)
    }
}

impl Default for Backoff {
    /// 100 milliseconds to one second, as Kafka's clients have it.
    fn default() -> Self {
        Self { initial: Duration::from_millis(100), max: Duration::from_secs(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_stay_near_it() {
        let backoff = Backoff::default();
        let waits = |chance| [1, 2, 3, 4, 5, 40].map(|n| backoff.delay(n, chance).as_millis());
        assert_eq!(waits(20), [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(waits(0), [80, 160, 320, 640, 800, 800]);
        assert_eq!(waits(40), [120, 240, 480, 960, 1200, 1200]);
    }
}
