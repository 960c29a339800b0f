//! SIGINT and SIGTERM end the run, not the cleaning up.
//!
//! A signal kills whatever this process has started. The workload under way then fails, as it would with any broker that
//! is gone; its node and data are cleared away as after any failure, and nothing is begun any more.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, set_parent_process_death_signal};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::cpu::parent_of;
use crate::error::{Error, Result};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// A child may have been on its way when the others were killed.
const AGAIN_EVERY: Duration = Duration::from_millis(50);

/// Cleaning up takes no longer, or something else is wrong.
const CLEANUP_MAX: Duration = Duration::from_secs(20);

/// What a shell says of a program that SIGINT has ended.
const EXIT_CODE: i32 = 130;

/// Begins to listen for signals.
pub(crate) fn listen() -> Result<()> {
    // Who is killed together with the task that started it does not go on alone. Where this cannot be asked for, the
    // signals of a terminal still come.
    let _ = set_parent_process_death_signal(Some(Signal::TERM));
    let runtime =
        Builder::new_current_thread().enable_io().build().map_err(Error::file("the signal thread"))?;
    let (interrupt, terminate) = {
        let _context = runtime.enter();
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    };
    let mut interrupt = interrupt.map_err(Error::file("SIGINT"))?;
    let mut terminate = terminate.map_err(Error::file("SIGTERM"))?;
    thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () }
        });
        INTERRUPTED.store(true, Ordering::Relaxed);
        let began = Instant::now();
        while began.elapsed() < CLEANUP_MAX {
            kill_children();
            thread::sleep(AGAIN_EVERY);
        }
        std::process::exit(EXIT_CODE);
    });
    Ok(())
}

/// Fails once a signal has come.
pub(crate) fn check() -> Result<()> {
    if INTERRUPTED.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) }
}

fn kill_children() {
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let id = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok());
        let Some(id) = id.and_then(Pid::from_raw) else { continue };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if parent_of(&stat) == Some(std::process::id()) {
            // Whoever has ended by himself in the meantime is as good.
            let _ = kill_process(id, Signal::KILL);
        }
    }
}
