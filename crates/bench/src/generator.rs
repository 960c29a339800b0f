//! The generator: raw sockets and prebuilt batches, so that the broker is what is measured.
//!
//! A stock client serializes, batches and copies every record, which costs more than a good broker spends on it. The
//! generator encodes a batch once and patches four bytes of each request. One thread per connection, blocking calls:
//! a request costs a `write`, a `read` and nothing else.

mod connection;
mod consume;
mod crew;
mod open_loop;
mod prepared;
mod produce;
mod topic;

pub(crate) use self::connection::Connection;
pub(crate) use self::consume::Consumers;
pub(crate) use self::open_loop::OpenLoop;
pub(crate) use self::produce::{Producers, Stream};
pub(crate) use self::topic::Topic;
