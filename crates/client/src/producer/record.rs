//! Records on their way to the cluster.

use std::sync::Arc;

use bytes::Bytes;
use ottla_protocol::records;
use ottla_types::{PartitionIndex, Timestamp};

/// A record that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerRecord {
    /// The topic that it goes to.
    pub topic: Arc<str>,
    /// The partition, if the sender chooses it. Otherwise the key does, or, without one, chance.
    pub partition: Option<PartitionIndex>,
    /// What it is about.
    pub key: Option<Bytes>,
    /// What it says; `None` is a tombstone where a topic is compacted.
    pub value: Option<Bytes>,
    /// What goes with it.
    pub headers: Vec<Header>,
    /// When it was made; the time of sending, if not said.
    pub timestamp: Option<Timestamp>,
}

/// A header of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name, which need not be the only one of its kind.
    pub key: Bytes,
    /// What it says.
    pub value: Option<Bytes>,
}

impl ProducerRecord {
    /// A record with a value and nothing else.
    pub fn new(topic: impl Into<Arc<str>>, value: impl Into<Bytes>) -> Self {
        Self {
            topic: topic.into(),
            partition: None,
            key: None,
            value: Some(value.into()),
            headers: Vec::new(),
            timestamp: None,
        }
    }

    /// The same with a key.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<Bytes>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Its headers, as a batch takes them.
    pub(super) fn borrowed_headers(&self) -> Vec<records::Header<'_>> {
        self.headers.iter().map(Header::borrowed).collect()
    }
}

impl Header {
    fn borrowed(&self) -> records::Header<'_> {
        records::Header { key: &self.key, value: self.value.as_deref() }
    }
}
