//! Writes batches from seeds, and what is in them, as lines that `testdata/BatchWriter.java read` compares with what
//! Apache Kafka reads.

#![allow(clippy::print_stdout, reason = "printing is what this program does")]
#![allow(clippy::unwrap_used, reason = "what it writes is valid")]

use ottla_protocol::records::Codec;

#[path = "../tests/records/any_batch.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod any_batch;
#[path = "../tests/records/text.rs"]
mod text;

fn main() {
    for codec in Codec::ALL {
        for seed in 0..400 {
            for (kind, batch) in [
                ("stored", any_batch::AnyBatch::stored(seed, codec)),
                ("produced", any_batch::AnyBatch::produced(seed, codec)),
            ] {
                println!("batch\t{codec}, {kind}, seed {seed}\t{}", text::hex(&batch.bytes));
                print!("{}", text::describe(&batch.bytes).unwrap());
            }
        }
    }
}
