//! What can go wrong between a program and the cluster, and what the program can do about it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use ottla_protocol::frame::FrameError;
use ottla_protocol::records::{BatchError, BuildError};
use ottla_protocol::{ApiKey, DecodeError, EncodeError, Versions};
use ottla_types::{BrokerId, ErrorCode, TopicPartition};

use crate::Address;
use crate::refusal::Refusal;

/// Whatever this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed. [`Error::kind`] says what can be done about it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was given as an address is none.
    #[error("`{0}` is not an address: write HOST:PORT, such as 127.0.0.1:9092")]
    Address(String),
    /// No connection came about.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Where to.
        address: Address,
        /// What the operating system says.
        source: Arc<io::Error>,
    },
    /// None of the brokers that could be asked was there.
    #[error("no broker can be reached: {}", Causes(.0))]
    NoBroker(Vec<Error>),
    /// A connection ended before the answer came. Whether the request took effect is unknown.
    #[error("the connection to {address} ended: {reason}")]
    Disconnected {
        /// To whom.
        address: Address,
        /// How.
        reason: Disconnect,
    },
    /// The answer did not come in time. Whether the request took effect is unknown.
    #[error("{address} did not answer {api} within {} ms", after.as_millis())]
    Timeout {
        /// Who was asked.
        address: Address,
        /// For what.
        api: ApiKey,
        /// How long it was waited for.
        after: Duration,
    },
    /// The broker and this library have no version of a request in common.
    #[error("{address} cannot be asked for {api}: {}", Gap(*theirs, *ours))]
    Unsupported {
        /// Which broker.
        address: Address,
        /// The request.
        api: ApiKey,
        /// The versions that this call can use.
        ours: Versions,
        /// The versions that the broker speaks, if any.
        theirs: Option<Versions>,
    },
    /// What came is not an answer.
    #[error("{address} sent what is not an answer: {source}")]
    Decode {
        /// Who sent it.
        address: Address,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The request holds what its version cannot express.
    #[error("this request cannot be sent to a broker of that version: {0}")]
    Encode(#[from] EncodeError),
    /// The broker says no.
    #[error("{subject}: {}", Refusal(*code, message.as_deref()))]
    Refused {
        /// The broker's reason.
        code: ErrorCode,
        /// What it is about: a topic, a partition, a group.
        subject: String,
        /// The broker's words, if it had any.
        message: Option<String>,
    },
    /// There is no such topic.
    #[error("there is no topic {0}")]
    UnknownTopic(Arc<str>),
    /// A partition has no leader at the moment.
    #[error("{0} has no leader at the moment")]
    NoLeader(TopicPartition),
    /// There is no such broker (any more).
    #[error("the cluster has no broker {0}")]
    UnknownBroker(BrokerId),
    /// A topic has fewer partitions.
    #[error("{topic} has {count} partitions, so there is no partition {partition}")]
    UnknownPartition {
        /// The topic.
        topic: Arc<str>,
        /// How many partitions it has.
        count: usize,
        /// The one that was asked for.
        partition: i32,
    },
    /// The broker left out an answer to something that was asked.
    #[error("the answer to {api} says nothing about {subject}")]
    Incomplete {
        /// What was asked.
        api: ApiKey,
        /// What is missing.
        subject: String,
    },
    /// A batch that a broker sent is damaged.
    #[error("{partition}: a batch is damaged: {source}")]
    Batch {
        /// Where.
        partition: TopicPartition,
        /// How.
        source: BatchError,
    },
    /// A batch that a broker sent cannot be decompressed.
    #[error("{partition}: a batch cannot be decompressed: {reason}")]
    Decompress {
        /// Where.
        partition: TopicPartition,
        /// Why.
        reason: String,
    },
    /// A record that cannot be put into a batch.
    #[error("the record cannot be sent: {0}")]
    Record(#[from] BuildError),
    /// A record that is larger than any request may be.
    #[error("the record takes {size} bytes, but a request may have {max}: raise max.request.size")]
    RecordTooLarge {
        /// The record's size in a batch.
        size: usize,
        /// What is allowed.
        max: usize,
    },
    /// The time in which a record had to be delivered is over.
    #[error("{partition}: not delivered within {} ms; last: {last}", after.as_millis())]
    DeliveryTimeout {
        /// Where to.
        partition: TopicPartition,
        /// The time it had.
        after: Duration,
        /// What went wrong last.
        last: String,
    },
    /// The records waiting to be sent take all the memory that they may.
    #[error("the producer's memory stayed full for {} ms: the cluster takes records too slowly", .0.as_millis())]
    BufferFull(Duration),
    /// A partition has no committed offset, and the consumer was told not to choose one.
    #[error("{0} has no valid position, and auto.offset.reset is none")]
    NoPosition(TopicPartition),
    /// The client was closed.
    #[error("the client is closed")]
    Closed,
    /// What was asked for contradicts itself.
    #[error("{0}")]
    Mistake(String),
}

/// How a connection ended.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Disconnect {
    /// The broker closed it.
    #[error("the broker closed it")]
    ByBroker,
    /// The operating system reports an error.
    #[error("{0}")]
    Io(Arc<io::Error>),
    /// What came was no frame.
    #[error("{0}")]
    Frame(#[from] FrameError),
    /// What came belongs to another protocol.
    #[error("what answers there speaks {0} and not Kafka's protocol; is this the right port?")]
    Foreign(&'static str),
    /// An answer came to a question that nobody asked.
    #[error("an answer came whose correlation id {0} was never sent")]
    Correlation(i32),
    /// A request had waited too long, so the whole connection was given up.
    #[error("an earlier request was not answered in time")]
    TimedOut,
}

/// What the caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The same call may succeed later. This library has tried for as long as it was allowed to.
    Retriable,
    /// Somebody else took the caller's place: stop.
    Fenced,
    /// The caller asked for what cannot be.
    Mistake,
    /// Nothing helps but to look into it.
    Fatal,
}

impl Error {
    /// A refusal, if the code is one.
    pub(crate) fn check(code: i16, message: Option<&str>, subject: impl fmt::Display) -> Result<()> {
        match ErrorCode::from_code(code) {
            Some(ErrorCode::None) => Ok(()),
            known => Err(Self::Refused {
                code: known.unwrap_or(ErrorCode::UnknownServerError),
                subject: subject.to_string(),
                message: match known {
                    Some(_) => message.filter(|text| !text.is_empty()).map(str::to_owned),
                    None => Some(format!("error code {code}, which is newer than this library")),
                },
            }),
        }
    }

    /// The broker's code, if a broker refused.
    #[must_use]
    pub const fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// What can be done about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Connect { .. }
            | Self::Disconnected { .. }
            | Self::Timeout { .. }
            | Self::NoLeader(_)
            | Self::UnknownBroker(_)
            | Self::DeliveryTimeout { .. }
            | Self::BufferFull(_) => ErrorKind::Retriable,
            Self::NoBroker(causes) => match causes.iter().find(|cause| !cause.is_retriable()) {
                Some(cause) => cause.kind(),
                None => ErrorKind::Retriable,
            },
            Self::Refused { code, .. } => kind_of(*code),
            Self::Address(_)
            | Self::Encode(_)
            | Self::UnknownTopic(_)
            | Self::UnknownPartition { .. }
            | Self::Record(_)
            | Self::RecordTooLarge { .. }
            | Self::NoPosition(_)
            | Self::Closed
            | Self::Mistake(_) => ErrorKind::Mistake,
            Self::Unsupported { .. }
            | Self::Decode { .. }
            | Self::Incomplete { .. }
            | Self::Batch { .. }
            | Self::Decompress { .. } => ErrorKind::Fatal,
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_retriable(&self) -> bool {
        self.kind() == ErrorKind::Retriable
    }
}

fn kind_of(code: ErrorCode) -> ErrorKind {
    match code {
        ErrorCode::ProducerFenced
        | ErrorCode::InvalidProducerEpoch
        | ErrorCode::TransactionCoordinatorFenced
        | ErrorCode::FencedInstanceId
        | ErrorCode::FencedMemberEpoch
        | ErrorCode::IllegalGeneration
        | ErrorCode::UnknownMemberId => ErrorKind::Fenced,
        ErrorCode::UnknownServerError
        | ErrorCode::OutOfOrderSequenceNumber
        | ErrorCode::UnknownProducerId
        | ErrorCode::InconsistentClusterId => ErrorKind::Fatal,
        code if code.is_retriable() => ErrorKind::Retriable,
        _ => ErrorKind::Mistake,
    }
}

/// Several errors in one line.
struct Causes<'a>(&'a [Error]);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, cause) in self.0.iter().enumerate() {
            write!(f, "{}{cause}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

struct Gap(Option<Versions>, Versions);

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(theirs) => write!(f, "it speaks versions {theirs}, and {} are needed", self.1),
            None => f.write_str("it does not know this request"),
        }
    }
}
