//! The command line of the benchmark; `cargo xtask bench` calls it.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let options = ottla_bench::Options::parse();
    match ottla_bench::run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let mut stderr = std::io::stderr();
            // Nobody is left to tell when standard error is gone.
            let _ = std::io::Write::write_fmt(&mut stderr, format_args!("bench: {error}\n"));
            ExitCode::FAILURE
        }
    }
}
