//! CRC-32C, the checksum of a batch.
//!
//! `crc-fast` instead of `crc32c`: over 1 KiB and more it reaches 62 GB/s and up with AVX-512, against 22; on the
//! 40 bytes after a header's checksum they are equal.

use crc_fast::{CrcAlgorithm, Digest};

/// The checksum of some bytes.
pub(super) fn crc32c(bytes: &[u8]) -> u32 {
    crc_fast::crc32_iscsi(bytes)
}

/// The checksum of two runs of bytes, one after the other.
pub(super) fn crc32c_of_two(first: &[u8], second: &[u8]) -> u32 {
    let mut digest = Digest::new(CrcAlgorithm::Crc32Iscsi);
    digest.update(first);
    digest.update(second);
    // A 32-bit checksum in the low half.
    digest.finalize() as u32
}
