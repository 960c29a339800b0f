//! What every client needs to know.

use std::sync::Arc;
use std::time::Duration;

use crate::dial::{Dial, TcpDial};
use crate::{Address, Backoff};

/// What every client needs to know; the defaults are those of Kafka's clients.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Whom to ask first (`bootstrap.servers`). The other brokers are learned from these.
    pub bootstrap: Vec<Address>,
    /// The name by which brokers log and limit this client (`client.id`).
    pub client_id: String,
    /// How long to wait for a connection (`socket.connection.setup.timeout.ms`).
    pub connect_timeout: Duration,
    /// How long to wait for one answer (`request.timeout.ms`).
    pub request_timeout: Duration,
    /// How long a call may take with all its attempts (`default.api.timeout.ms`).
    pub api_timeout: Duration,
    /// The waits between attempts (`retry.backoff.ms`, `retry.backoff.max.ms`).
    pub backoff: Backoff,
    /// After which time metadata is asked for again although nothing was wrong (`metadata.max.age.ms`).
    pub metadata_max_age: Duration,
    /// The largest answer that is taken, in bytes.
    pub frame_bytes_max: usize,
    /// How many requests may wait in one connection.
    pub in_flight_max: usize,
    /// How connections are made.
    pub dial: Arc<dyn Dial>,
}

impl ClientOptions {
    /// The defaults, for a cluster that is found at these addresses.
    #[must_use]
    pub fn new(bootstrap: Vec<Address>) -> Self {
        Self {
            bootstrap,
            client_id: "ottla".to_owned(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            api_timeout: Duration::from_secs(60),
            backoff: Backoff::default(),
            metadata_max_age: Duration::from_secs(300),
            frame_bytes_max: 256 << 20,
            in_flight_max: 64,
            dial: Arc::new(TcpDial),
        }
    }
}
