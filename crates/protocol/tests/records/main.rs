//! Record batches against Apache Kafka, against `kafka-protocol`, and against bytes that are none.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod any_batch;
mod hostile;
mod kafka_protocol_records;
mod kafka_vectors;
mod kafka_verdicts;
mod round_trip;
mod text;
