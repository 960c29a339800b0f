//! What a fetch needs beside the log itself: sessions, the reading of many partitions, and the wait for more.

pub(crate) mod read;
pub(crate) mod session;
