//! Runs the commands as people do: the program itself, against real nodes and the files that they leave.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod files;
mod json;
mod node;
mod readme;
mod records;
