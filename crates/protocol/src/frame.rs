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

/// Appends a request as a frame. The header's key and version are those of the request.
pub fn put_request<R: Request>(
    out: &mut BytesMut,
    header: &RequestHeader,
    request: &R,
) -> Result<(), EncodeError> {
    let version = header.request_api_version;
    let header_version = R::KEY.request_header_version(version);
    let len = header.encoded_len(header_version)? + request.encoded_len(version)?;
    put_len::<R>(out, len, version)?;
    header.encode(out, header_version)?;
    request.encode(out, version)
}

/// Appends a response as a frame; large byte fields are shared, not copied.
pub fn put_response<R: Response>(
    out: &mut Chunks,
    correlation_id: i32,
    response: &R,
    version: i16,
) -> Result<(), EncodeError> {
    let header = ResponseHeader { correlation_id, ..ResponseHeader::default() };
    let header_version = R::KEY.response_header_version(version);
    let len = header.encoded_len(header_version)? + response.encoded_len(version)?;
    put_len::<R>(out.tail(), len, version)?;
    header.encode(out.tail(), header_version)?;
    response.encode_chunks(out, version)
}

fn put_len<M: Message>(out: &mut BytesMut, len: usize, version: i16) -> Result<(), EncodeError> {
    let prefix = i32::try_from(len).map_err(|_| EncodeError {
        message: M::NAME,
        version,
        field: "",
        problem: EncodeProblem::TooLong(len),
    })?;
    out.put_i32(prefix);
    Ok(())
}
