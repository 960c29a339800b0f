//! gzip (RFC 1952).

use std::io::{Read, Write};

use bytes::{BufMut, BytesMut};
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use super::CompressionError;
use crate::records::Codec;

/// The library's own choice, which is 6.
pub(super) const LEVEL_DEFAULT: i32 = -1;

const MAGIC: &[u8] = &[0x1f, 0x8b];

pub(super) fn compress(records: &[u8], level: i32, out: &mut BytesMut) {
    let level = u32::try_from(level).map_or(flate2::Compression::default(), flate2::Compression::new);
    let mut encoder = GzEncoder::new(out.writer(), level);
    let written = encoder.write_all(records).and_then(|()| encoder.finish());
    written.expect("memory takes whatever is written");
}

/// One or more members, one after the other. What follows them and is none is left alone, as Java does.
pub(super) struct GzipReader<'a> {
    member: GzDecoder<&'a [u8]>,
}

impl<'a> GzipReader<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self { member: GzDecoder::new(body) }
    }

    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<usize, CompressionError> {
        loop {
            let len = self.member.read(out).map_err(|error| CompressionError::damaged(Codec::Gzip, error))?;
            if len > 0 {
                return Ok(len);
            }
            let rest = *self.member.get_ref();
            if !rest.starts_with(MAGIC) {
                return Ok(0);
            }
            self.member.reset(rest);
        }
    }
}
