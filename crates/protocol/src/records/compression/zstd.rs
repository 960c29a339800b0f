//! Zstandard (RFC 8878).

use std::cell::Cell;
use std::error::Error;

use bytes::BytesMut;
use zstd::bulk::Compressor;
use zstd::zstd_safe::{DCtx, InBuffer, OutBuffer, ResetDirective, compress_bound, get_error_name};

use super::{CompressionError, append_with};
use crate::records::Codec;

pub(super) const LEVEL_DEFAULT: i32 = 3;

pub(super) fn compress(records: &[u8], level: i32, out: &mut BytesMut) {
    let mut compressor = Compressor::new(level).expect("the library takes every level of its range");
    append_with(out, compress_bound(records.len()), |room| {
        compressor.compress_to_buffer(records, room).expect("there is room for the worst case")
    });
}

thread_local! {
    /// The decoder that this thread used last: to make one costs more than to decompress a small batch.
    static SPARE: Cell<Option<DCtx<'static>>> = const { Cell::new(None) };
}

/// The largest decoder that is kept. Frames of the usual levels have windows of up to 8 MiB.
const SPARE_BYTES_MAX: usize = 9 << 20;

/// One or more frames, one after the other.
pub(super) struct ZstdReader<'a> {
    rest: &'a [u8],
    /// There until the reader is dropped.
    decoder: Option<DCtx<'static>>,
    is_between_frames: bool,
}

impl<'a> ZstdReader<'a> {
    pub(super) fn new(body: &'a [u8]) -> Result<Self, CompressionError> {
        let decoder = SPARE.take().or_else(DCtx::try_create).ok_or_else(|| damaged("there is no memory"))?;
        Ok(Self { rest: body, decoder: Some(decoder), is_between_frames: false })
    }

    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<usize, CompressionError> {
        let decoder = self.decoder.as_mut().expect("the decoder is there until the reader is dropped");
        loop {
            if self.rest.is_empty() && self.is_between_frames {
                return Ok(0);
            }
            let mut input = InBuffer::around(self.rest);
            let mut output = OutBuffer::around(&mut *out);
            let expected = decoder
                .decompress_stream(&mut output, &mut input)
                .map_err(|code| damaged(get_error_name(code)))?;
            let (read, written) = (input.pos(), output.pos());
            self.rest = &self.rest[read..];
            self.is_between_frames = expected == 0;
            if written > 0 {
                return Ok(written);
            }
            if read == 0 {
                return Err(damaged("the bytes end inside a frame"));
            }
        }
    }
}

impl Drop for ZstdReader<'_> {
    fn drop(&mut self) {
        let Some(mut decoder) = self.decoder.take() else { return };
        // The session only: nothing else was ever set.
        if decoder.sizeof() <= SPARE_BYTES_MAX && decoder.reset(ResetDirective::SessionOnly).is_ok() {
            SPARE.set(Some(decoder));
        }
    }
}

fn damaged(problem: impl Into<Box<dyn Error + Send + Sync>>) -> CompressionError {
    CompressionError::damaged(Codec::Zstd, problem)
}
