//! Lines in the log about connections that were refused or closed: one for each, as long as there are not too many.
//!
//! A client decides how often it is refused. So each address has a few lines a period for each kind of reason, and all of
//! them together have some more; what was not written is counted, and the next line says how much that was. The kind
//! counts because a client that does one thing wrong a thousand times must not hide what another one behind the
//! same address does wrong once.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The time for which lines are counted together.
const PERIOD: Duration = Duration::from_secs(10);
/// Lines of one address and kind in a period.
const PER_KIND_MAX: usize = 10;
/// Lines of one address in a period.
const PER_ADDRESS_MAX: usize = 50;
/// Lines of all addresses in a period.
const TOTAL_MAX: usize = 200;

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
    by_address: HashMap<IpAddr, OfAddress>,
    left_out: u64,
}

/// The lines that an address has had in this period.
#[derive(Debug, Default)]
struct OfAddress {
    written: usize,
    by_kind: HashMap<&'static str, usize>,
}

impl OfAddress {
    fn may_write(&self, kind: &'static str) -> bool {
        self.written < PER_ADDRESS_MAX && self.by_kind.get(kind).is_none_or(|&count| count < PER_KIND_MAX)
    }
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
            1 => f.write_str(" (one line about a connection was left out before)"),
            count => write!(f, " ({count} lines about connections were left out before)"),
        }
    }
}

impl Complaints {
    /// Asks for a line about a client, for a reason of this kind; `None` if it has had enough of them.
    pub(crate) fn line(&self, address: IpAddr, kind: &'static str) -> Option<Line> {
        let now = Instant::now();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.since.is_none_or(|since| now.saturating_duration_since(since) >= PERIOD) {
            counted.since = Some(now);
            counted.written = 0;
            counted.by_address.clear();
        }
        let may_write = counted.by_address.get(&address).is_none_or(|of_address| of_address.may_write(kind));
        if !may_write || counted.written >= TOTAL_MAX {
            counted.left_out += 1;
            return None;
        }
        counted.written += 1;
        let of_address = counted.by_address.entry(address).or_default();
        of_address.written += 1;
        *of_address.by_kind.entry(kind).or_default() += 1;
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
        let written = (0..1_000).filter(|_| complaints.line(address(1), "garbage").is_some()).count();
        assert_eq!(written, PER_KIND_MAX);
        let line = complaints.line(address(2), "garbage").unwrap();
        assert_eq!(line.to_string(), " (990 lines about connections were left out before)");
        assert_eq!(complaints.line(address(2), "garbage").unwrap().to_string(), "");
        assert!(complaints.line(address(1), "TLS").is_some(), "something else is wrong there, too");
        tokio::time::advance(PERIOD).await;
        assert!(complaints.line(address(1), "garbage").is_some(), "a new period");
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_has_no_more_lines_of_all_kinds_than_it_may_have() {
        let complaints = Complaints::default();
        let kinds = ["a", "b", "c", "d", "e", "f", "g"];
        let lines = kinds.iter().flat_map(|kind| (0..PER_KIND_MAX).map(move |_| *kind));
        let written = lines.filter(|kind| complaints.line(address(1), kind).is_some()).count();
        assert_eq!(written, PER_ADDRESS_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn many_addresses_have_no_more_lines_than_all_may_have() {
        let complaints = Complaints::default();
        let written = (0..10_000).filter(|&last| complaints.line(address(last), "garbage").is_some()).count();
        assert_eq!(written, TOTAL_MAX);
        assert!(complaints.counted.lock().unwrap().by_address.len() <= TOTAL_MAX);
    }
}
