//! Measures commits on the disk under a folder, and so where the line lies between writing a partition's bytes a
//! second time into the write-ahead log and syncing its own files: `WalOptions::direct_bytes_min`.
//!
//! ```text
//! cargo run --release -p ottla-storage --example commit_line -- FOLDER
//! ```
//!
//! Takes about a minute, and some GB while it runs. A machine that does other work gives other figures.

#![allow(clippy::print_stdout, reason = "figures are what this program is for")]

mod bench;

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use ottla_storage::wal::WalOptions;

use self::bench::{Bench, Figures, Load};

const LOGGED: usize = usize::MAX;
const DIRECT: usize = 0;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: commit_line FOLDER")?;
    let folder = Path::new(&folder);
    println!("one appender at a time, 4 KiB batches");
    let load = Load { appenders: 1, partitions: 1, batch_bytes: 4 << 10, depth: 1 };
    report("  log, first lap (grows)", run(folder, load, LOGGED, false)?);
    report("  log, recycled segments", run(folder, load, LOGGED, true)?);
    report("  partition's file", run(folder, load, DIRECT, true)?);
    for (partitions, kib) in [
        (1, 16),
        (1, 64),
        (1, 256),
        (1, 1024),
        (1, 4096),
        (4, 64),
        (4, 256),
        (4, 1024),
        (16, 16),
        (16, 64),
        (16, 256),
    ] {
        println!("{partitions} partitions at once, {kib} KiB each");
        let load = Load { appenders: partitions, partitions, batch_bytes: kib << 10, depth: 1 };
        report("  log", run(folder, load, LOGGED, true)?);
        report("  direct", run(folder, load, DIRECT, true)?);
    }
    for kib in [64, 1024] {
        println!("8 appenders, 8 partitions, {kib} KiB batches, 4 in flight each");
        let load = Load { appenders: 8, partitions: 8, batch_bytes: kib << 10, depth: 4 };
        for direct in [LOGGED, 256 << 10, 512 << 10, 1 << 20, 2 << 20, DIRECT] {
            let name = match direct {
                LOGGED => "  log".to_owned(),
                DIRECT => "  direct".to_owned(),
                _ => format!("  direct from {} KiB on", direct >> 10),
            };
            report(&name, run(folder, load, direct, true)?);
        }
    }
    Ok(())
}

fn run(folder: &Path, load: Load, direct_bytes_min: usize, grown: bool) -> Result<Figures, Box<dyn Error>> {
    let options = WalOptions { direct_bytes_min, ..WalOptions::default() };
    let bench = Bench::start(folder, options, load, grown)?;
    let figures = bench.measure(Duration::from_secs(1));
    bench.stop()?;
    Ok(figures)
}

fn report(name: &str, figures: Figures) {
    let Figures { mib_per_s, commits_per_s, p50, p99, max } = figures;
    println!(
        "{name:<28} {mib_per_s:>7.0} MiB/s {commits_per_s:>7.0} appends/s   p50 {p50:>8.0?}  p99 {p99:>8.0?}  max {max:>8.0?}"
    );
}
