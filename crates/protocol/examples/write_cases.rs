//! Writes produced batches and topics' settings from seeds, for `testdata/BatchValidator.java` to judge.

#![allow(clippy::print_stdout, reason = "printing is what this program does")]
#![allow(clippy::unwrap_used, reason = "what it writes is valid")]

#[path = "../tests/records/any_batch.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod any_batch;
#[path = "../tests/records/any_case.rs"]
mod any_case;
#[path = "../tests/records/text.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod text;

fn main() {
    for seed in 0..1500 {
        println!("{}", any_case::any_case(seed));
    }
}
