//! Ports that nothing listens on, outside the range from which the system takes them for outgoing connections.
//!
//! A port of that range would be free now and taken when the node comes back after a crash; and a client that keeps
//! connecting to it while the node is down can, once in a while, connect to itself.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

use crate::error::{Error, Result};

const FIRST: u16 = 15_000;

/// Where the system's own range begins when it does not say: the default of Linux.
const OUTGOING_FIRST: u16 = 32_768;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// Finds `count` free ports on the loopback address, none of which this process was given before.
pub(crate) fn free(count: usize) -> Result<Vec<u16>> {
    let end = outgoing_first().max(FIRST + 1_000);
    let span = end - FIRST;
    // Processes that run side by side begin in different places.
    let start = u16::try_from(std::process::id() % u32::from(span)).unwrap_or(0);
    let mut ports = Vec::new();
    for _ in 0..span {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let offset = (u32::from(start) * 7 + u32::from(step)) % u32::from(span);
        let port = FIRST + u16::try_from(offset).unwrap_or(0);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            ports.push(port);
        }
        if ports.len() == count {
            return Ok(ports);
        }
    }
    Err(Error::found(format!("no {count} free ports between {FIRST} and {end}")))
}

fn outgoing_first() -> u16 {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    range.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(OUTGOING_FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice() {
        let mut ports = free(20).unwrap();
        ports.extend(free(20).unwrap());
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 40);
        assert!(ports.iter().all(|port| *port >= FIRST));
    }
}
