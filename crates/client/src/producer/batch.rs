//! A batch on its way: filled, then encoded, then perhaps sent more than once.

use bytes::Bytes;
use ottla_protocol::records::{
    BatchBuilder, BatchOptions, BatchView, BuildError, NewRecord, Producer, Records, decompress_bytes,
};
use ottla_types::Timestamp;

use crate::{Error, Result};

/// Names a batch within one producer. A later batch has a larger number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BatchId(pub(super) u64);

#[derive(Debug)]
pub(super) struct Batch {
    pub(super) id: BatchId,
    pub(super) created: Timestamp,
    /// Before this time it is not sent again.
    pub(super) not_before: Timestamp,
    pub(super) failures: u32,
    pub(super) last_error: Option<Error>,
    /// How many bytes its records take before compression.
    pub(super) size: usize,
    /// Whose it is and which sequence it begins with; known from when it is first sent.
    pub(super) producer: Option<Producer>,
    options: BatchOptions,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Filling(BatchBuilder),
    Encoded(Bytes),
}

impl Batch {
    pub(super) fn new(id: BatchId, now: Timestamp, options: BatchOptions, expected_bytes: usize) -> Self {
        Self {
            id,
            created: now,
            not_before: now,
            failures: 0,
            last_error: None,
            size: 0,
            producer: None,
            options,
            content: Content::Filling(BatchBuilder::with_capacity(options, expected_bytes)),
        }
    }

    /// How many bytes it would have with this record; `None` if it takes no more records.
    pub(super) fn size_with(&self, record: &NewRecord<'_>) -> Option<usize> {
        match &self.content {
            Content::Filling(builder) => Some(builder.size_with(record)),
            Content::Encoded(_) => None,
        }
    }

    /// Adds a record; says at which place in the batch.
    pub(super) fn append(&mut self, record: &NewRecord<'_>) -> Result<i32, BuildError> {
        let Content::Filling(builder) = &mut self.content else {
            unreachable!("a batch that was encoded takes no more records")
        };
        let index = builder.record_count();
        builder.append(record)?;
        self.size = builder.size();
        Ok(index)
    }

    pub(super) fn record_count(&self) -> i32 {
        match &self.content {
            Content::Filling(builder) => builder.record_count(),
            Content::Encoded(bytes) => view(bytes).header().record_count,
        }
    }

    /// The batch as it is sent, in the name of `producer`.
    pub(super) fn encode(&mut self, producer: Producer) -> Result<Bytes, BuildError> {
        if let (Content::Encoded(bytes), true) = (&self.content, self.producer == Some(producer)) {
            return Ok(bytes.clone());
        }
        let options = BatchOptions { producer, ..self.options };
        let before = std::mem::replace(&mut self.content, Content::Encoded(Bytes::new()));
        let builder = match before {
            Content::Filling(mut builder) => {
                builder.set_producer(producer);
                builder
            }
            Content::Encoded(bytes) => refilled(&bytes, options, self.size)?,
        };
        let bytes = builder.finish()?;
        self.producer = Some(producer);
        self.content = Content::Encoded(bytes.clone());
        Ok(bytes)
    }
}

/// The records of a batch that was encoded, in a builder again: it goes out in another name.
fn refilled(bytes: &Bytes, options: BatchOptions, size: usize) -> Result<BatchBuilder, BuildError> {
    let batch = view(bytes);
    let codec = batch.header().attributes.codec().expect("encoded here, with a codec that exists");
    let body = decompress_bytes(codec, &bytes.slice_ref(batch.body()), usize::MAX)
        .expect("compressed here a moment ago");
    let mut builder = BatchBuilder::with_capacity(options, size);
    for record in Records::new(batch.header(), &body) {
        let record = record.expect("encoded here a moment ago");
        builder.append_copy(record.offset, &record)?;
    }
    Ok(builder)
}

fn view(bytes: &Bytes) -> BatchView<'_> {
    BatchView::parse(bytes).expect("encoded here a moment ago")
}
