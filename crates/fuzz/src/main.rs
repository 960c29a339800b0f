//! Writes the seeds of all targets, and runs inputs that a fuzzer found.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people at a terminal")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use ottla_fuzz::TARGETS;

const USAGE: &str = "usage: ottla-fuzz seeds FOLDER | ottla-fuzz replay TARGET FILE...";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match &arguments[..] {
        ["seeds", folder] => write_seeds(Path::new(folder)),
        ["replay", target, files @ ..] => replay(target, files),
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ottla-fuzz: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A folder for each target, in place of what was there.
fn write_seeds(folder: &Path) -> Result<(), Box<dyn Error>> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    for target in TARGETS {
        let folder = folder.join(target.name);
        fs::create_dir_all(&folder)?;
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(folder.join(format!("{number:04}")), seed)?;
        }
    }
    Ok(())
}

fn replay(name: &str, files: &[&str]) -> Result<(), Box<dyn Error>> {
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.ok_or_else(|| {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        format!("there is no target {name}; there are {}", names.join(", "))
    })?;
    for file in files {
        let input = fs::read(file).map_err(|error| format!("{file}: {error}"))?;
        (target.run)(&input);
        println!("{file}: {} bytes, nothing found", input.len());
    }
    Ok(())
}
