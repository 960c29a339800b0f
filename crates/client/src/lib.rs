//! Kafka's clients: a producer, a consumer and an admin, as async tasks around logic that knows no network.
//!
//! Deliberately absent: TLS and SASL, transactions, share groups, and settings by their names in properties files
//! (the options are structs; each says which of Kafka's settings it is).
//!
//! Read first: [`Producer`], [`Consumer`] and [`Admin`], which programs use; [`Cluster`], on which all three stand;
//! [`Error::kind`], which says what to do when a call fails.
//!
//! The path of one request: [`Cluster`] knows from metadata which broker it is for, takes the one [`Connection`] to
//! it or dials, picks the highest version that both sides know, and puts the frame in line. A task writes frames in
//! that order and hands answers back by correlation id. What an answer refuses is an [`Error::Refused`]; what may
//! succeed later is tried again, with waits that grow, for as long as the options allow.
//!
//! The logic stands apart, takes the time as an argument, and is tested from seeds: which record goes into which
//! batch and what becomes of it (`producer::accumulator`), positions and fetch sessions (`consumer::positions`,
//! `consumer::session`), a member's life in its group (`consumer::group::membership`), what is known about the
//! cluster (`cluster::metadata`).
//!
//! Invariants: nothing waits without a bound in time or memory; an idempotent producer's record is in the log once
//! and in order, however often it was sent; a consumer's position is that of the last record that the program got,
//! so what is committed was seen; metadata never goes back to an earlier leader.
//!
//! ```no_run
//! use ottla_client::producer::{ProducerOptions, ProducerRecord};
//! use ottla_client::{Address, ClientOptions, Producer};
//!
//! # async fn example() -> ottla_client::Result<()> {
//! let client = ClientOptions::new(Address::parse_list("127.0.0.1:9092")?);
//! let producer = Producer::connect(client, ProducerOptions::default()).await?;
//! let delivery = producer.send(ProducerRecord::new("greetings", "hello").with_key("world")).await?;
//! println!("it lies at offset {:?}", delivery.await?.offset);
//! producer.close().await;
//! # Ok(())
//! # }
//! ```

mod address;
pub mod admin;
mod api_versions;
mod backoff;
mod clock;
pub mod cluster;
mod connection;
pub mod consumer;
mod dial;
mod error;
mod group_offsets;
mod options;
pub mod producer;
mod refusal;
mod versioned;

pub use address::Address;
pub use admin::Admin;
pub use api_versions::{ApiVersions, Feature};
pub use backoff::Backoff;
pub use cluster::{Cluster, OffsetSpec, Target};
pub use connection::{Connection, Reply};
pub use consumer::Consumer;
pub use dial::{ByteStream, Dial, TcpDial};
pub use error::{Disconnect, Error, ErrorKind, Result};
pub use options::ClientOptions;
pub use ottla_protocol::records::{Codec, Compression};
pub use producer::Producer;

/// Which records a reader is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isolation {
    /// Also those of transactions that are not committed, or were aborted.
    #[default]
    ReadUncommitted,
    /// Only those that no transaction can take back.
    ReadCommitted,
}

impl Isolation {
    /// The number on the wire.
    pub(crate) const fn level(self) -> i8 {
        match self {
            Self::ReadUncommitted => 0,
            Self::ReadCommitted => 1,
        }
    }
}
