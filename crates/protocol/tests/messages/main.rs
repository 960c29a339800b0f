//! What holds for every message in every version.

mod any_message;
mod generator;
mod kafka_vectors;
mod round_trip;
