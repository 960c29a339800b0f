//! What holds for every message in every version.

mod any_message;
mod generator;
mod hostile;
mod kafka_vectors;
mod log_records;
mod round_trip;
mod rules;
