//! The command line of the interop tests; `cargo xtask interop` calls it.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let options = ottla_interop::Options::parse();
    match ottla_interop::run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let mut stderr = std::io::stderr();
            // Nobody is left to tell when standard error is gone.
            let _ = std::io::Write::write_fmt(&mut stderr, format_args!("interop: {error}\n"));
            ExitCode::FAILURE
        }
    }
}
