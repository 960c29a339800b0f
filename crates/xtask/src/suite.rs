//! The whole suite, part by part, with the time that each part took.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::process::{cargo, output, run, run_package};
use crate::{fuzz, tidy};

/// One part of the suite.
struct Part {
    name: &'static str,
    run: fn() -> Result<()>,
}

/// How long each fuzz target gets here: enough to see that it searches. `cargo xtask fuzz` is for finding something.
const FUZZ_TIME: Duration = Duration::from_secs(5);

/// How many seeds are crashed here. `cargo xtask crash` runs 20,000.
const CRASH_SEEDS: &str = "--seeds=400";

const PARTS: &[Part] = &[
    Part { name: "formatting", run: || run(&mut cargo(&["fmt", "--all", "--check"])) },
    Part { name: "structure", run: tidy::check },
    Part { name: "lints", run: lints },
    Part {
        name: "unit and integration tests",
        run: || run(&mut cargo(&["test", "--workspace", "--locked"])),
    },
    Part { name: "first command of the README", run: first_command },
    Part { name: "crashes", run: || run_package("ottla-crash", &[], &[CRASH_SEEDS.to_owned()]) },
    Part { name: "interop", run: || run_package("ottla-interop", &[], &[]) },
    Part { name: "benchmark", run: || run_package("ottla-bench", &[], &["--short".to_owned()]) },
    Part { name: "fuzzing", run: || fuzz::fuzz(FUZZ_TIME, None) },
];

/// Runs every part and stops at the first that fails.
pub(crate) fn test() -> Result<()> {
    let began = Instant::now();
    for (index, part) in PARTS.iter().enumerate() {
        eprintln!("== {} of {}: {}", index + 1, PARTS.len(), part.name);
        let part_began = Instant::now();
        (part.run)()?;
        eprintln!("== {} passed in {:.1} s", part.name, part_began.elapsed().as_secs_f64());
    }
    eprintln!("== everything passed in {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// Repairs what repairs itself.
pub(crate) fn fix() -> Result<()> {
    run(&mut cargo(&["clippy", "--fix", "--workspace", "--all-targets", "--allow-dirty", "--allow-staged"]))?;
    run(&mut cargo(&["fmt", "--all"]))
}

/// `cargo run` in the workspace's root means the node, whatever other programs the workspace has.
fn first_command() -> Result<()> {
    let said = output(&mut cargo(&["run", "--quiet", "--locked", "--", "--version"]))?;
    match said.starts_with("ottla ") {
        true => Ok(()),
        false => Err(Error::Found(format!("`cargo run -- --version` is not the node's, but says: {said}"))),
    }
}

fn lints() -> Result<()> {
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
}
