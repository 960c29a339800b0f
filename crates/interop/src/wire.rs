//! Just enough of Kafka's protocol, written by hand, to speak it badly on purpose, and well beside that.
//!
//! It shares no code with what it tests.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};

/// How long an answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// An answer longer than this is wrong.
const ANSWER_BYTES_MAX: usize = 100 << 20;

/// Bytes of one request or of a part of it, in network order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Bytes {
    pub(crate) fn i8(mut self, value: i8) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(crate) fn i16(mut self, value: i16) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(crate) fn i32(mut self, value: i32) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(crate) fn i64(mut self, value: i64) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    /// A string with its length; `None` is null.
    pub(crate) fn string(self, value: Option<&str>) -> Self {
        let Some(text) = value else { return self.i16(-1) };
        let mut bytes = self.i16(i16::try_from(text.len()).expect("our strings are short"));
        bytes.0.extend(text.as_bytes());
        bytes
    }

    /// Bytes with their length.
    pub(crate) fn bytes(self, value: &[u8]) -> Self {
        let mut bytes = self.i32(i32::try_from(value.len()).expect("our requests are small"));
        bytes.0.extend(value);
        bytes
    }

    pub(crate) fn raw(mut self, value: &[u8]) -> Self {
        self.0.extend(value);
        self
    }

    /// A zigzag variable-length number, as records have them.
    pub(crate) fn varint(mut self, value: i64) -> Self {
        let mut rest = (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned();
        while rest >= 0x80 {
            self.0.push(u8::try_from(rest & 0x7f).unwrap_or(0) | 0x80);
            rest >>= 7;
        }
        self.0.push(u8::try_from(rest).unwrap_or(0));
        self
    }
}

/// A request with its header, version 1, without its length.
pub(crate) fn request(key: i16, version: i16, body: &Bytes) -> Vec<u8> {
    Bytes::default().i16(key).i16(version).i32(7).string(Some("interop")).raw(&body.0).0
}

/// The same with its length before it.
pub(crate) fn framed(request: &[u8]) -> Vec<u8> {
    Bytes::default().bytes(request).0
}

/// A Produce request, version 3, of one batch.
pub(crate) fn produce(topic: &str, partition: i32, acks: i16, batch: &[u8]) -> Vec<u8> {
    let body = Bytes::default().string(None).i16(acks).i32(30_000).i32(1).string(Some(topic));
    request(0, 3, &body.i32(1).i32(partition).bytes(batch))
}

/// A Fetch request, version 4, of one partition.
pub(crate) fn fetch(topic: &str, partition: i32, offset: i64, bytes_max: i32) -> Vec<u8> {
    let body = Bytes::default().i32(-1).i32(0).i32(0).i32(bytes_max).i8(0).i32(1).string(Some(topic));
    request(1, 4, &body.i32(1).i32(partition).i64(offset).i32(bytes_max))
}

/// A batch of one record whose value is `value`, not compressed.
pub(crate) fn plain_batch(value: &[u8]) -> Vec<u8> {
    let length = i64::try_from(value.len()).expect("our values are small");
    let record = Bytes::default().i8(0).varint(0).varint(0).varint(-1).varint(length).raw(value).varint(0);
    let size = i64::try_from(record.0.len()).expect("our records are small");
    batch(0, &Bytes::default().varint(size).raw(&record.0).0)
}

/// A batch that claims one record, with those attributes, around bytes that may hold it or not.
pub(crate) fn batch(attributes: i16, records: &[u8]) -> Vec<u8> {
    // Records of another year would be deleted by the log's retention.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now_ms = i64::try_from(now.as_millis()).unwrap_or(0);
    let body = Bytes::default().i16(attributes).i32(0).i64(now_ms).i64(now_ms);
    let body = body.i64(-1).i16(-1).i32(-1).i32(1).raw(records);
    let after_length = Bytes::default().i32(-1).i8(2).i32(crc32c(&body.0).cast_signed()).raw(&body.0);
    Bytes::default().i64(0).bytes(&after_length.0).0
}

/// CRC-32C (Castagnoli), bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (POLYNOMIAL & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

/// What a Fetch brought.
pub(crate) struct Fetched {
    pub(crate) error: i16,
    pub(crate) bytes: usize,
}

/// A client that waits for each answer.
pub(crate) struct Connection(pub(crate) TcpStream);

impl Connection {
    pub(crate) fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(broken)?;
        stream.set_read_timeout(Some(ANSWER_MAX)).map_err(broken)?;
        stream.set_write_timeout(Some(ANSWER_MAX)).map_err(broken)?;
        stream.set_nodelay(true).map_err(broken)?;
        Ok(Self(stream))
    }

    /// Sends a request and returns the answer after its correlation id.
    pub(crate) fn call(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        self.0.write_all(&framed(request)).map_err(broken)?;
        let mut length = [0; 4];
        self.0.read_exact(&mut length).map_err(broken)?;
        let length = usize::try_from(i32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if !(4..=ANSWER_BYTES_MAX).contains(&length) {
            return Err(Error::found(format!("an answer of {length} bytes")));
        }
        let mut answer = vec![0; length];
        self.0.read_exact(&mut answer).map_err(broken)?;
        Ok(answer.split_off(4))
    }

    /// Asks for a topic, which creates it.
    pub(crate) fn metadata(&mut self, topic: &str) -> Result<()> {
        self.call(&request(3, 1, &Bytes::default().i32(1).string(Some(topic)))).map(drop)
    }

    /// Writes a batch; returns the partition's error code.
    pub(crate) fn produce(&mut self, topic: &str, partition: i32, batch: &[u8]) -> Result<i16> {
        let answer = self.call(&produce(topic, partition, -1, batch))?;
        // One topic with its name, one partition with its number.
        i16_at(&answer, 4 + 2 + topic.len() + 4 + 4)
    }

    /// Reads from an offset.
    pub(crate) fn fetch(&mut self, topic: &str, partition: i32, offset: i64, max: i32) -> Result<Fetched> {
        let answer = self.call(&fetch(topic, partition, offset, max))?;
        // The throttle time, then as for Produce; after the error two offsets, no aborted transactions, the records.
        let error = i16_at(&answer, 4 + 4 + 2 + topic.len() + 4 + 4)?;
        let before_records = 4 + 4 + 2 + topic.len() + 4 + 4 + 2 + 8 + 8 + 4 + 4;
        Ok(Fetched { error, bytes: answer.len().saturating_sub(before_records) })
    }
}

fn i16_at(answer: &[u8], at: usize) -> Result<i16> {
    let bytes = answer.get(at..at + 2).and_then(|bytes| bytes.try_into().ok());
    let bytes = bytes.ok_or_else(|| Error::found(format!("an answer of only {} bytes", answer.len())))?;
    Ok(i16::from_be_bytes(bytes))
}

/// A connection that should have held.
#[allow(clippy::needless_pass_by_value, reason = "`map_err` hands over the error")]
pub(crate) fn broken(source: std::io::Error) -> Error {
    Error::found(format!("a connection broke: {source}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_castagnoli_s() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn variable_length_numbers_are_zigzag() {
        let bytes = |value| Bytes::default().varint(value).0;
        assert_eq!(bytes(0), [0]);
        assert_eq!(bytes(-1), [1]);
        assert_eq!(bytes(150), [0xac, 0x02]);
    }

    #[test]
    fn a_frame_s_length_counts_what_follows_it() {
        let frame = framed(&request(18, 0, &Bytes::default()));
        assert_eq!(usize::from(frame[3]) + 4, frame.len());
    }
}
