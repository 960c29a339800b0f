//! Lines in the log about connections that were refused or closed: one for each, as long as there are not too many.
//!
//! A client decides how often it is refused. So each address has a few lines a period, and all of them together have
//! some more; what was not written is counted, and the next line says how much that was.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The time for which lines are counted together.
const PERIOD: Duration = Duration::from_secs(10);
/// Lines of one address in a period.
const PER_ADDRESS_MAX: usize = 10;
/// Lines of all addresses in a period.
const TOTAL_MAX: usize = 100;

/// Counts lines about connections. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Complaints {
    counted: Arc<Mutex<Counted>>,
}

#[derive(Debug, Default)]
struct Counted {
    since: Option<Instant>,
    written: usize,
    /// Of at most [`TOTAL_MAX`] addresses: those that have had a line in this period.
    by_address: HashMap<IpAddr, usize>,
    left_out: u64,
}

/// A line may be written. At its end it says how many were not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    left_out: u64,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.left_out {
            0 => Ok(()),
            1 => f.write_str(" (one line like this was left out before)"),
            count => write!(f, " ({count} lines like this were left out before)"),
        }
    }
}

impl Complaints {
    /// Asks for a line about a client; `None` if it has had enough of them.
    pub(crate) fn line(&self, address: IpAddr) -> Option<Line> {
        let now = Instant::now();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.since.is_none_or(|since| now.saturating_duration_since(since) >= PERIOD) {
            counted.since = Some(now);
            counted.written = 0;
            counted.by_address.clear();
        }
        let of_address = counted.by_address.get(&address).copied().unwrap_or(0);
        if of_address >= PER_ADDRESS_MAX || counted.written >= TOTAL_MAX {
            counted.left_out += 1;
            return None;
        }
        counted.written += 1;
        counted.by_address.insert(address, of_address + 1);
        Some(Line { left_out: std::mem::take(&mut counted.left_out) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: usize) -> IpAddr {
        IpAddr::from([10, 0, (last >> 8) as u8, last as u8])
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_floods_is_silenced_and_others_are_heard() {
        let complaints = Complaints::default();
        let written = (0..1_000).filter(|_| complaints.line(address(1)).is_some()).count();
        assert_eq!(written, PER_ADDRESS_MAX);
        let line = complaints.line(address(2)).unwrap();
        assert_eq!(line.to_string(), " (990 lines like this were left out before)");
        assert_eq!(complaints.line(address(2)).unwrap().to_string(), "");
        tokio::time::advance(PERIOD).await;
        assert!(complaints.line(address(1)).is_some(), "a new period");
    }

    #[tokio::test(start_paused = true)]
    async fn many_addresses_have_no_more_lines_than_all_may_have() {
        let complaints = Complaints::default();
        let written = (0..10_000).filter(|&last| complaints.line(address(last)).is_some()).count();
        assert_eq!(written, TOTAL_MAX);
        assert!(complaints.counted.lock().unwrap().by_address.len() <= TOTAL_MAX);
    }
}
