//! Sockets, and the memory that requests may take.

use crate::values::Values;

/// Sockets and requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkConfig {
    /// Size of a socket's send buffer. `None`: the system's choice.
    pub send_buffer_bytes: Option<u32>,
    /// Size of a socket's receive buffer. `None`: the system's choice.
    pub receive_buffer_bytes: Option<u32>,
    /// The largest request.
    pub request_bytes_max: u32,
    /// Connections that may wait to be accepted.
    pub backlog: u32,
    /// How long a connection may carry nothing. `None`: for ever.
    pub idle_ms_max: Option<i64>,
    /// How long a request may stop arriving, or an answer stop leaving, in its middle.
    pub stall_ms_max: i64,
    /// Memory for all requests in flight together; at least [`Self::request_bytes_max`].
    pub request_memory_bytes: u64,
    /// Requests of one connection that may be in flight.
    pub connection_requests_max: usize,
    /// Threads that serve connections. `None`: one for each core.
    pub threads: Option<usize>,
    /// Partitions that one request may ask to have described.
    pub described_partitions_max: usize,
}

impl NetworkConfig {
    pub(super) fn read(values: &Values) -> Self {
        let buffer = |key| u32::try_from(values.whole(key)).ok().filter(|&bytes| bytes > 0);
        let request_bytes_max: u32 = values.number("socket.request.max.bytes");
        Self {
            send_buffer_bytes: buffer("socket.send.buffer.bytes"),
            receive_buffer_bytes: buffer("socket.receive.buffer.bytes"),
            request_bytes_max,
            backlog: values.number("socket.listen.backlog.size"),
            idle_ms_max: Some(values.whole("connections.max.idle.ms")).filter(|&time| time >= 0),
            stall_ms_max: values.whole("ottla.connection.stall.ms"),
            request_memory_bytes: request_memory(values).max(u64::from(request_bytes_max)),
            connection_requests_max: values.number("ottla.connection.requests.max"),
            threads: values.optional_whole("ottla.threads").and_then(|threads| usize::try_from(threads).ok()),
            described_partitions_max: values.number("max.request.partition.size.limit"),
        }
    }
}

/// Kafka's setting holds where it is used: it is off by default, and Ottla always has a bound.
fn request_memory(values: &Values) -> u64 {
    let kafkas = u64::try_from(values.whole("queued.max.request.bytes")).ok().filter(|&bytes| bytes > 0);
    kafkas.unwrap_or_else(|| values.number("ottla.request.memory.bytes"))
}
