//! Record batches on their way out, wherever their bytes lie.

use bytes::Bytes;

use crate::codec::{Field, Nullable, Sink, Source};

/// The record batches of one partition in a response.
///
/// A reader gets them as bytes. A writer may leave a part elsewhere, in a file say: the encoded message then has
/// a gap of that length, which whoever sends it fills (see [`Piece`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordSet {
    parts: Vec<Piece>,
    len: usize,
}

/// A part of an encoded message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Bytes),
    /// So many bytes that the sender has elsewhere.
    Gap(usize),
}

impl Piece {
    /// How many bytes it stands for.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Gap(len) => *len,
        }
    }

    /// Whether it stands for none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl RecordSet {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a part at the end.
    pub fn push(&mut self, part: Piece) {
        if part.is_empty() {
            return;
        }
        self.len += part.len();
        if self.parts.is_empty() {
            // Nearly always there is one part; by default the first makes room for four.
            self.parts.reserve_exact(1);
        }
        self.parts.push(part);
    }

    /// How many bytes all parts have together.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The parts, in order.
    #[must_use]
    pub fn parts(&self) -> &[Piece] {
        &self.parts
    }

    /// All bytes in one piece; `None` if there is a gap. Copies only where there are several parts.
    #[must_use]
    pub fn bytes(&self) -> Option<Bytes> {
        if let [Piece::Bytes(only)] = &self.parts[..] {
            return Some(only.clone());
        }
        let mut joined = Vec::with_capacity(self.len);
        for part in &self.parts {
            let Piece::Bytes(bytes) = part else { return None };
            joined.extend_from_slice(bytes);
        }
        Some(joined.into())
    }
}

impl From<Bytes> for RecordSet {
    fn from(bytes: Bytes) -> Self {
        let mut records = Self::new();
        records.push(Piece::Bytes(bytes));
        records
    }
}

impl Field for RecordSet {
    fn write(&self, sink: &mut dyn Sink, name: &'static str, _: i16) {
        sink.records(name, Some(self));
    }

    fn read(source: &mut dyn Source, name: &'static str, _: i16) -> Self {
        source.bytes(name, false).unwrap_or_default().into()
    }
}

impl Nullable for RecordSet {
    fn write_nullable(value: Option<&Self>, sink: &mut dyn Sink, name: &'static str, _: i16) {
        sink.records(name, value);
    }

    fn read_nullable(source: &mut dyn Source, name: &'static str, _: i16) -> Option<Self> {
        source.bytes(name, true).map(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::*;
    use crate::Message;
    use crate::codec::Chunks;
    use crate::messages::fetch::{FetchResponse, FetchableTopicResponse, PartitionData};

    fn response(records: RecordSet) -> FetchResponse {
        let partition = PartitionData { records: Some(records), ..PartitionData::default() };
        let topic =
            FetchableTopicResponse { partitions: vec![partition], ..FetchableTopicResponse::default() };
        FetchResponse { responses: vec![topic], ..FetchResponse::default() }
    }

    #[test]
    fn a_gap_takes_the_place_of_bytes_that_are_elsewhere() {
        let content = Bytes::from(vec![7; 3000]);
        let mut with_gap = RecordSet::from(content.slice(..1000));
        with_gap.push(Piece::Gap(2000));
        for version in FetchResponse::VERSIONS.iter() {
            let mut whole = BytesMut::new();
            response(content.clone().into()).encode(&mut whole, version).unwrap();
            let mut chunks = Chunks::new();
            response(with_gap.clone()).encode_chunks(&mut chunks, version).unwrap();
            let mut filled = Vec::new();
            for piece in chunks.finish() {
                match piece {
                    Piece::Bytes(bytes) => filled.extend_from_slice(&bytes),
                    Piece::Gap(len) => filled.extend_from_slice(&content[1000..1000 + len]),
                }
            }
            assert_eq!(filled, whole, "version {version}");
            assert!(response(with_gap.clone()).encode(&mut BytesMut::new(), version).is_err());
        }
    }
}
