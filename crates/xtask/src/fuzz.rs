//! Coverage-guided fuzzing with stable Rust: each program of `crates/fuzz`, instrumented and linked with libFuzzer.
//!
//! `cargo fuzz` would need a nightly compiler for its sanitizer. Ours is the compiler's bounds checks and overflow
//! checks, the allocator that counts, and libFuzzer's own limits on memory and time.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::process::{cargo, output, root, run};

/// What makes the compiler count the edges that an input takes, and tell the fuzzer what is compared with what.
const INSTRUMENTATION: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Beside what Rust's allocator has, which the targets count themselves: a process never needs more.
const MEMORY_MAX_MB: u32 = 2048;

/// An input that takes longer has found something.
const INPUT_SECONDS_MAX: u32 = 20;

/// Searches for so long with each target, or with one of them. All targets are tried even if one finds something.
pub(crate) fn fuzz(time: Duration, only: Option<&str>) -> Result<()> {
    let folder = root().join("target").join("fuzz");
    let seeds = folder.join("seeds");
    let mut write = cargo(&["run", "--quiet", "--locked", "--package", "ottla-fuzz", "--", "seeds"]);
    run(write.arg(&seeds))?;
    let targets = targets(&seeds, only)?;
    let programs = build(&folder, &targets)?;
    let mut found = Vec::new();
    for target in &targets {
        found.extend(search(&folder, &programs, target, time)?);
    }
    if found.is_empty() { Ok(()) } else { Err(Error::Found(found.join("\n"))) }
}

/// There are seeds for every target.
fn targets(seeds: &Path, only: Option<&str>) -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(seeds).map_err(Error::file(seeds))? {
        targets.push(entry.map_err(Error::file(seeds))?.file_name().to_string_lossy().into_owned());
    }
    targets.sort();
    let Some(only) = only else { return Ok(targets) };
    if targets.iter().any(|target| target == only) {
        return Ok(vec![only.to_owned()]);
    }
    Err(Error::Found(format!("there is no target {only}; there are {}", targets.join(", "))))
}

/// Builds targets and returns the folder of their programs. With a compilation target that is named, build
/// scripts and macros stay as they are: they have no fuzzer to call.
fn build(folder: &Path, targets: &[String]) -> Result<PathBuf> {
    let host = output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let host = host.trim();
    let mut command =
        cargo(&["build", "--quiet", "--locked", "--profile", "fuzz", "--package", "ottla-fuzz"]);
    command.args(targets.iter().flat_map(|target| ["--bin", target]));
    command.args(["--features", "libfuzzer", "--target", host, "--target-dir"]).arg(folder);
    run(command.env("RUSTFLAGS", INSTRUMENTATION).env_remove("CARGO_ENCODED_RUSTFLAGS"))?;
    Ok(folder.join(host).join("fuzz"))
}

/// What one search found, as text for a person. Inputs that reach something new stay in `corpus` for the next one.
fn search(folder: &Path, programs: &Path, target: &str, time: Duration) -> Result<Option<String>> {
    let corpus = folder.join("corpus").join(target);
    let crashes = folder.join("crashes");
    for folder in [&corpus, &crashes] {
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
    }
    let log = folder.join(format!("{target}.log"));
    let mut command = Command::new(programs.join(target));
    command.arg(&corpus).arg(folder.join("seeds").join(target));
    command.arg(format!("-max_total_time={}", time.as_secs().max(1)));
    command.arg(format!("-rss_limit_mb={MEMORY_MAX_MB}"));
    command.arg(format!("-timeout={INPUT_SECONDS_MAX}"));
    command.arg(format!("-artifact_prefix={}/{target}-", crashes.display()));
    command.args(["-print_final_stats=1", "-verbosity=1"]);
    let file = File::create(&log).map_err(Error::file(&log))?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
    let status = command.status().map_err(|source| Error::Start { command: target.to_owned(), source })?;
    let said = fs::read(&log).map_err(Error::file(&log))?;
    let said = String::from_utf8_lossy(&said);
    if status.success() {
        eprintln!("{target}: {}", summary(&said));
        return Ok(None);
    }
    Ok(Some(finding(target, &log, &said)))
}

/// How many inputs were run, and how much code they reached.
fn summary(said: &str) -> String {
    let number = |name: &str| {
        said.lines().filter_map(|line| line.strip_prefix(name)).next_back().map_or("?", str::trim)
    };
    let last = said.lines().rfind(|line| line.contains(" cov: ")).unwrap_or_default();
    let mut words = last.split_whitespace().skip_while(|word| *word != "cov:");
    let edges = words.nth(1).unwrap_or("?");
    format!(
        "{} inputs, {} a second, {edges} edges, {} MB at most; nothing found",
        number("stat::number_of_executed_units:"),
        number("stat::average_exec_per_sec:"),
        number("stat::peak_rss_mb:"),
    )
}

fn finding(target: &str, log: &Path, said: &str) -> String {
    const MARK: &str = "Test unit written to ";
    let reason =
        said.lines().skip_while(|line| !line.contains("panicked at")).take(2).collect::<Vec<_>>().join(" ");
    let reason = if reason.is_empty() {
        said.lines().rfind(|line| line.contains("ERROR: libFuzzer")).unwrap_or("it stopped").to_owned()
    } else {
        reason
    };
    let input = said.lines().find_map(|line| line.split_once(MARK)).map(|(_, path)| path.trim());
    let replay = match input {
        Some(input) => format!("replay it with: cargo run -p ottla-fuzz -- replay {target} {input}"),
        None => "it left no input".to_owned(),
    };
    format!("{target}: {reason}\n  {replay}\n  all that it said is in {}", log.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_summed_up() {
        let said = "#2\tINITED cov: 12 ft: 13\n#900\tDONE   cov: 34 ft: 50 corp: 3/9b\n\
            ###### Recommended dictionary. ######\n\
            stat::number_of_executed_units: 900\nstat::average_exec_per_sec:     450\nstat::peak_rss_mb: 61\n";
        assert_eq!(summary(said), "900 inputs, 450 a second, 34 edges, 61 MB at most; nothing found");
    }

    #[test]
    fn a_crash_is_told_with_the_command_that_replays_it() {
        let said = "thread '<unnamed>' (1) panicked at crates/x.rs:3:4:\ntoo bad\nstack\n\
            artifact_prefix='/t/'; Test unit written to /t/requests-crash-1\n";
        assert_eq!(
            finding("requests", Path::new("/t/log"), said),
            "requests: thread '<unnamed>' (1) panicked at crates/x.rs:3:4: too bad\n  \
             replay it with: cargo run -p ottla-fuzz -- replay requests /t/requests-crash-1\n  \
             all that it said is in /t/log"
        );
    }
}
