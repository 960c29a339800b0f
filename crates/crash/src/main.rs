//! `cargo xtask crash`: seeds one after another, on all cores, with a summary; or one seed with all that it did.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people at a terminal")]

use std::panic;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use ottla_crash::{Broken, Planted, Tally, run, run_log};

/// How many seeds a planted error may take to be found.
const PLANTED_SEEDS_MAX: u64 = 2_000;
/// How often the progress is shown.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// Crash log directories and look at what is left of them.
///
/// First every planted error has to be found, then every seed has to pass.
#[derive(Parser)]
#[command(name = "cargo xtask crash")]
struct Arguments {
    /// How many seeds to run. Each has five crash points or more.
    #[arg(long, default_value_t = 20_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Run this seed alone and print what was done to the disk if it fails.
    #[arg(long)]
    seed: Option<u64>,
    /// With `--seed`: plant this error.
    #[arg(long, value_parser = planted_of, requires = "seed")]
    planted: Option<Planted>,
    /// Crash a single log that is synced in place, instead of a whole directory.
    #[arg(long, conflicts_with = "planted")]
    one_log: bool,
}

fn planted_of(name: &str) -> Result<Planted, String> {
    let names = || Planted::ALL.map(Planted::name).join(", ");
    Planted::by_name(name).ok_or_else(|| format!("there is none of that name; there are {}", names()))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.seed {
        return repeat(seed, &arguments);
    }
    // What panics is told with its seed.
    panic::set_hook(Box::new(|_| {}));
    let is_found = arguments.one_log || Planted::ALL.map(find).into_iter().all(|is_found| is_found);
    let is_whole = search(&arguments);
    if is_found && is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Arguments {
    fn run(&self, seed: u64) -> Result<Tally, Broken> {
        if self.one_log { run_log(seed) } else { run(seed, self.planted) }
    }
}

/// Runs one seed and tells everything.
fn repeat(seed: u64, arguments: &Arguments) -> ExitCode {
    match arguments.run(seed) {
        Ok(tally) => {
            println!("{tally}\nseed {seed} passes");
            ExitCode::SUCCESS
        }
        Err(Broken { what, history }) => {
            println!("{history}\nseed {seed}: {what}");
            ExitCode::FAILURE
        }
    }
}

/// Whether a planted error is found, and by which seed.
fn find(planted: Planted) -> bool {
    let found = (0..PLANTED_SEEDS_MAX).find_map(|seed| Some((seed, run(seed, Some(planted)).err()?)));
    let name = planted.name();
    match &found {
        Some((seed, broken)) => {
            println!("planted error {name}: found by seed {seed}: {}", shorten(&broken.what));
            println!("  see it with: cargo xtask crash --seed {seed} --planted {name}");
        }
        None => println!("planted error {name}: NOT found by {PLANTED_SEEDS_MAX} seeds"),
    }
    found.is_some()
}

/// Runs all seeds. Whether all of them pass.
fn search(arguments: &Arguments) -> bool {
    let &Arguments { from, seeds, one_log, .. } = arguments;
    let began = Instant::now();
    let next = AtomicU64::new(from);
    let has_failed = AtomicBool::new(false);
    let total = Mutex::new((Tally::default(), began));
    let work = || {
        while let seed = next.fetch_add(1, Ordering::Relaxed)
            && seed < from + seeds
        {
            match arguments.run(seed) {
                Ok(tally) => add(&total, tally, seeds, began),
                Err(Broken { what, .. }) => {
                    has_failed.store(true, Ordering::Relaxed);
                    println!("seed {seed}: {}", shorten(&what));
                    let subject = if one_log { " --one-log" } else { "" };
                    println!("  repeat it with: cargo xtask crash --seed {seed}{subject}");
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            scope.spawn(work);
        }
    });
    let (tally, _) = total.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    println!("{tally}");
    let failed = seeds - tally.seeds;
    println!("{failed} of {seeds} seeds failed, in {:.1} s", began.elapsed().as_secs_f64());
    !has_failed.into_inner()
}

fn add(total: &Mutex<(Tally, Instant)>, more: Tally, seeds: u64, began: Instant) {
    let mut total = total.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (tally, shown) = &mut *total;
    *tally += more;
    if shown.elapsed() >= PROGRESS_EVERY {
        *shown = Instant::now();
        let seconds = began.elapsed().as_secs();
        eprintln!("  {} of {seeds} seeds, {} crash points, {seconds} s", tally.seeds, tally.crashes());
    }
}

fn shorten(what: &str) -> String {
    const MOST: usize = 300;
    match what.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &what[..end]),
        None => what.to_owned(),
    }
}
