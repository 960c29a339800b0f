//! Frames: four bytes of length before every request and every response.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::codec::{Chunks, Request, Response};
use crate::messages::{RequestHeader, ResponseHeader};
use crate::{ApiKey, DecodeError, EncodeError, EncodeProblem, Message};

/// The length of a frame's length.
pub const LEN_LEN: usize = 4;

/// The length before a frame is not one. The connection cannot go on: where the next frame begins is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A negative length.
    #[error("the length of a frame is negative: {0}")]
    Negative(i32),
    /// More than the receiver takes.
    #[error("a frame of {len} bytes is larger than the limit of {max}")]
    TooLarge {
        /// The length claimed.
        len: usize,
        /// The longest that is taken.
        max: usize,
    },
}

/// The length of the frame that `received` begins with, without the length itself; `None` while fewer than four
/// bytes have come.
pub fn peek_len(received: &[u8], max: usize) -> Result<Option<usize>, FrameError> {
    let Some(prefix) = received.first_chunk::<LEN_LEN>() else { return Ok(None) };
    let claimed = i32::from_be_bytes(*prefix);
    let len = usize::try_from(claimed).map_err(|_| FrameError::Negative(claimed))?;
    if len > max { Err(FrameError::TooLarge { len, max }) } else { Ok(Some(len)) }
}

/// Takes a whole frame, without its length, off the front of what was received, or nothing if it is not there
/// yet. Makes no room for what is still to come: a length is only a claim.
pub fn take(received: &mut BytesMut, max: usize) -> Result<Option<Bytes>, FrameError> {
    match peek_len(received, max)? {
        Some(len) if received.len() >= LEN_LEN + len => {
            received.advance(LEN_LEN);
            Ok(Some(received.split_to(len).freeze()))
        }
        _ => Ok(None),
    }
}

/// Takes the header off a request's frame; what is left is the body. A request that nobody knows has a header
/// too, whose first fields are the same for all, so that it can be refused by its number.
pub fn request_header(frame: &mut Bytes) -> Result<RequestHeader, DecodeError> {
    let key = frame.first_chunk().map(|key| i16::from_be_bytes(*key)).and_then(ApiKey::from_code);
    let version = frame.get(2..4).map_or(0, |mut version| version.get_i16());
    RequestHeader::decode(frame, key.map_or(1, |key| key.request_header_version(version)))
}

/// Appends a request as a frame. Key and version of the header are those of the request.
pub fn put_request<R: Request>(
    out: &mut BytesMut,
    header: &RequestHeader,
    request: &R,
) -> Result<(), EncodeError> {
    let version = header.request_api_version;
    let header_version = R::KEY.request_header_version(version);
    let len = header.encoded_len(header_version)? + request.encoded_len(version)?;
    out.put_i32(i32::try_from(len).map_err(|_| too_long::<R>(len, version))?);
    header.encode(out, header_version)?;
    request.encode(out, version)
}

/// Appends a response as a frame; large byte fields are shared, not copied. One that is larger than the chunks may
/// be, or than a frame can, is an error.
pub fn put_response<R: Response>(
    out: &mut Chunks,
    correlation_id: i32,
    response: &R,
    version: i16,
) -> Result<(), EncodeError> {
    let header = ResponseHeader { correlation_id, ..ResponseHeader::default() };
    let start = out.begin_frame();
    header.encode_chunks(out, R::KEY.response_header_version(version))?;
    response.encode_chunks(out, version)?;
    out.end_frame(&start).map_err(|len| too_long::<R>(len, version))
}

fn too_long<M: Message>(len: usize, version: i16) -> EncodeError {
    EncodeError { message: M::NAME, version, field: "", problem: EncodeProblem::TooLong(len) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::fetch::{FetchableTopicResponse, PartitionData};
    use crate::messages::{ApiVersionsRequest, ApiVersionsResponse, FetchResponse};
    use crate::{DecodeProblem, Piece, Str};

    fn bytes(chunks: Chunks) -> Vec<Bytes> {
        let bytes = |piece| match piece {
            Piece::Bytes(bytes) => bytes,
            Piece::Gap(len) => panic!("{len} bytes are missing"),
        };
        chunks.finish().into_iter().map(bytes).collect()
    }

    #[test]
    fn a_frame_is_taken_when_it_is_whole() {
        let sent = b"\0\0\0\x03abc\0\0\0\x01d";
        for received in 0..=sent.len() {
            let mut buffer = BytesMut::from(&sent[..received]);
            let first = take(&mut buffer, 10).unwrap();
            assert_eq!(first.as_deref(), (received >= 7).then_some(&b"abc"[..]));
            let second = take(&mut buffer, 10).unwrap();
            assert_eq!(second.as_deref(), (received == 12).then_some(&b"d"[..]));
        }
    }

    #[test]
    fn a_length_that_is_none_or_too_large_is_refused_before_anything_else_comes() {
        assert_eq!(peek_len(b"\0\0", 10), Ok(None));
        assert_eq!(peek_len(b"\0\0\0\x0a", 10), Ok(Some(10)));
        assert_eq!(peek_len(b"\0\0\0\x0b", 10), Err(FrameError::TooLarge { len: 11, max: 10 }));
        assert_eq!(peek_len(b"\xff\xff\xff\xfe", 10), Err(FrameError::Negative(-2)));
    }

    #[test]
    fn a_request_is_found_again_behind_its_header() {
        for version in ApiKey::ApiVersions.versions().iter() {
            let header = RequestHeader {
                request_api_key: ApiKey::ApiVersions.code(),
                request_api_version: version,
                correlation_id: 7,
                client_id: Some(Str::from_static("me")),
                ..RequestHeader::default()
            };
            let mut out = BytesMut::new();
            put_request(&mut out, &header, &ApiVersionsRequest::default()).unwrap();
            let mut frame = take(&mut out, 1000).unwrap().unwrap();
            assert_eq!(request_header(&mut frame), Ok(header));
            assert_eq!(ApiVersionsRequest::decode_all(frame, version), Ok(ApiVersionsRequest::default()));
            assert!(out.is_empty());
        }
    }

    #[test]
    fn the_header_of_a_request_that_nobody_knows_is_read() {
        let mut frame = Bytes::from_static(b"\x7f\xff\0\x05\0\0\0\x09\0\x02me\xff\xff");
        let header = request_header(&mut frame).unwrap();
        assert_eq!((header.request_api_key, header.correlation_id), (i16::MAX, 9));
        assert_eq!(frame, b"\xff\xff"[..]);
        let error = request_header(&mut Bytes::from_static(b"\0")).unwrap_err();
        assert_eq!(error.problem, DecodeProblem::Truncated { needed: 2, left: 1 });
    }

    #[test]
    fn the_records_of_a_response_are_not_copied() {
        let records = Bytes::from(vec![42; 1 << 20]);
        let partition = PartitionData { records: Some(records.clone().into()), ..PartitionData::default() };
        let topic =
            FetchableTopicResponse { partitions: vec![partition], ..FetchableTopicResponse::default() };
        let response = FetchResponse { responses: vec![topic], ..FetchResponse::default() };
        let mut out = Chunks::new();
        put_response(&mut out, 3, &response, 17).unwrap();
        let pieces = bytes(out);
        assert!(pieces.iter().any(|piece| piece.as_ptr() == records.as_ptr()));
        let mut whole = BytesMut::from(&pieces.concat()[..]);
        let mut frame = take(&mut whole, usize::MAX).unwrap().unwrap();
        assert_eq!(ResponseHeader::decode(&mut frame, 1).unwrap().correlation_id, 3);
        assert_eq!(FetchResponse::decode_all(frame, 17), Ok(response));
    }

    #[test]
    fn a_response_larger_than_it_may_be_is_an_error_and_takes_no_memory() {
        let topic = |name: &str| FetchableTopicResponse { topic: name.into(), ..Default::default() };
        let responses = (0..10_000).map(|index| topic(&format!("topic-{index}"))).collect();
        let response = FetchResponse { responses, ..FetchResponse::default() };
        let len = response.encoded_len(4).unwrap();
        for (room, fits) in [(0, false), (100, false), (len + 3, false), (len + 4, true)] {
            let mut out = Chunks::within(room);
            let used = allocation_counter::measure(|| {
                let error = put_response(&mut out, 3, &response, 4).err();
                let expected = (!fits).then_some(EncodeProblem::TooLong(len));
                // The header alone may be too much.
                assert!(room < 4 || error.map(|error| error.problem) == expected, "{room}");
            });
            assert!(used.bytes_max <= 4 * room as u64 + 200, "{room}: {}", used.bytes_max);
        }
        // Shared bytes are somebody else's.
        let records = Bytes::from(vec![42; 1 << 20]);
        let partition = PartitionData { records: Some(records.into()), ..PartitionData::default() };
        let topic = FetchableTopicResponse { partitions: vec![partition], ..Default::default() };
        let response = FetchResponse { responses: vec![topic], ..FetchResponse::default() };
        put_response(&mut Chunks::within(100), 3, &response, 4).unwrap();
    }

    #[test]
    fn several_responses_follow_one_another_in_one_list() {
        let records = Bytes::from(vec![42; 5000]);
        let mut out = Chunks::new();
        for correlation_id in 0..4 {
            let records = (correlation_id % 2 == 1).then(|| records.clone().into());
            let partition = PartitionData { records, ..PartitionData::default() };
            let topic =
                FetchableTopicResponse { partitions: vec![partition], ..FetchableTopicResponse::default() };
            let response = FetchResponse { responses: vec![topic], ..FetchResponse::default() };
            put_response(&mut out, correlation_id, &response, 4).unwrap();
        }
        let mut whole = BytesMut::from(&bytes(out).concat()[..]);
        for correlation_id in 0..4 {
            let mut frame = take(&mut whole, usize::MAX).unwrap().unwrap();
            assert_eq!(ResponseHeader::decode(&mut frame, 0).unwrap().correlation_id, correlation_id);
            FetchResponse::decode_all(frame, 4).unwrap();
        }
        assert!(whole.is_empty());
    }

    #[test]
    fn the_answer_to_api_versions_has_the_oldest_header() {
        let mut out = Chunks::new();
        put_response(&mut out, 3, &ApiVersionsResponse::default(), 4).unwrap();
        assert_eq!(bytes(out).concat()[4..10], [0, 0, 0, 3, 0, 0]);
    }
}
