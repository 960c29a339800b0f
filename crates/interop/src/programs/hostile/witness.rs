//! The well-behaved client, and the eye on the node's memory.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::error::{Result, ensure};
use crate::target::{Node, resident_bytes};
use crate::wire::{self, Connection};

const PAUSE: Duration = Duration::from_millis(20);

/// What was seen while it ran.
pub(super) struct Seen {
    pub(super) served: u64,
    pub(super) longest: Duration,
    pub(super) resident_before: u64,
    pub(super) resident_most: u64,
}

/// A thread that writes and reads a record again and again.
pub(super) struct Witness {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Seen>>,
}

impl Witness {
    pub(super) fn start(node: &Node) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (port, status, seen_stop) = (node.port(), node.status_file()?, Arc::clone(&stop));
        let resident = move || fs::read_to_string(&status).ok().as_deref().and_then(resident_bytes);
        let thread = thread::spawn(move || watch(port, &seen_stop, resident));
        Ok(Self { stop, thread })
    }

    /// Ends it, and says what it has seen.
    pub(super) fn finish(self) -> Result<Seen> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

fn watch(port: u16, stop: &AtomicBool, resident: impl Fn() -> Option<u64>) -> Result<Seen> {
    let batch = wire::plain_batch(b"still here");
    let mut connection = Connection::open(port)?;
    // The first calls load what is loaded late.
    for _ in 0..20 {
        connection.produce("witness", 0, &batch)?;
    }
    let before = resident().unwrap_or(0);
    let mut seen =
        Seen { served: 0, longest: Duration::ZERO, resident_before: before, resident_most: before };
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        let error = connection.produce("witness", 0, &batch)?;
        ensure(error == 0, || format!("a produce was answered with error {error}"))?;
        let fetched = connection.fetch("witness", 0, 0, 100_000)?;
        ensure(fetched.error == 0 && fetched.bytes > 0, || {
            format!("a fetch was answered with error {} and {} bytes", fetched.error, fetched.bytes)
        })?;
        seen.longest = seen.longest.max(began.elapsed());
        seen.served += 1;
        seen.resident_most = seen.resident_most.max(resident().unwrap_or(0));
        thread::sleep(PAUSE);
    }
    Ok(seen)
}
