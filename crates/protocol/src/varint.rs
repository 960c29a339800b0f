//! Integers of variable length: seven bits a byte, the lowest first.
//!
//! Lengths of flexible versions are unsigned. Records count with signed ones, whose sign is folded into the
//! lowest bit ("zigzag") so that small negative numbers stay short.

use bytes::BufMut;

/// The longest encoding of 32 bits.
pub const MAX_LEN_32: usize = 5;
/// The longest encoding of 64 bits.
pub const MAX_LEN_64: usize = 10;

/// How many bytes `value` takes.
#[must_use]
pub const fn len_u32(value: u32) -> usize {
    len_u64(value as u64)
}

/// How many bytes `value` takes.
#[must_use]
pub const fn len_u64(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// How many bytes the zigzag form of `value` takes.
#[must_use]
pub const fn len_i32(value: i32) -> usize {
    len_u32(zigzag_32(value))
}

/// How many bytes the zigzag form of `value` takes.
#[must_use]
pub const fn len_i64(value: i64) -> usize {
    len_u64(zigzag_64(value))
}

/// Appends an unsigned integer.
pub fn put_u32(out: &mut impl BufMut, value: u32) {
    put_u64(out, u64::from(value));
}

/// Appends an unsigned integer.
pub fn put_u64(out: &mut impl BufMut, mut value: u64) {
    while value >= 0x80 {
        out.put_u8(value as u8 | 0x80);
        value >>= 7;
    }
    out.put_u8(value as u8);
}

/// Appends a signed integer in zigzag form.
pub fn put_i32(out: &mut impl BufMut, value: i32) {
    put_u32(out, zigzag_32(value));
}

/// Appends a signed integer in zigzag form.
pub fn put_i64(out: &mut impl BufMut, value: i64) {
    put_u64(out, zigzag_64(value));
}

/// Why no integer could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VarintError {
    /// The bytes end inside it.
    Truncated,
    /// It goes on past its longest form, or past the range of its type.
    TooLong,
}

/// Reads an unsigned integer from the front: its value, and how many bytes it took.
pub fn read_u32(bytes: &[u8]) -> Result<(u32, usize), VarintError> {
    let (value, len) = read(bytes, MAX_LEN_32)?;
    let value = u32::try_from(value).map_err(|_| VarintError::TooLong)?;
    Ok((value, len))
}

/// Reads an unsigned integer from the front: its value, and how many bytes it took.
pub fn read_u64(bytes: &[u8]) -> Result<(u64, usize), VarintError> {
    let (value, len) = read(bytes, MAX_LEN_64)?;
    let value = u64::try_from(value).map_err(|_| VarintError::TooLong)?;
    Ok((value, len))
}

/// Reads a signed integer in zigzag form from the front: its value, and how many bytes it took.
pub fn read_i32(bytes: &[u8]) -> Result<(i32, usize), VarintError> {
    let (value, len) = read_u32(bytes)?;
    Ok(((value >> 1) as i32 ^ -((value & 1) as i32), len))
}

/// Reads a signed integer in zigzag form from the front: its value, and how many bytes it took.
pub fn read_i64(bytes: &[u8]) -> Result<(i64, usize), VarintError> {
    let (value, len) = read_u64(bytes)?;
    Ok(((value >> 1) as i64 ^ -((value & 1) as i64), len))
}

fn read(bytes: &[u8], max_len: usize) -> Result<(u128, usize), VarintError> {
    let mut value = 0;
    for (place, &byte) in bytes.iter().take(max_len).enumerate() {
        value |= u128::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Ok((value, place + 1));
        }
    }
    Err(if bytes.len() < max_len { VarintError::Truncated } else { VarintError::TooLong })
}

const fn zigzag_32(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

const fn zigzag_64(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_come_back_and_their_lengths_are_foretold() {
        let mut values =
            vec![0, 1, -1, 63, 64, -64, -65, 127, 128, 300, i64::from(i32::MAX), i64::MAX, i64::MIN];
        values.extend((0..63).map(|bit| 1 << bit));
        for value in values {
            let mut out = Vec::new();
            put_i64(&mut out, value);
            assert_eq!((out.len(), read_i64(&out)), (len_i64(value), Ok((value, out.len()))));
            out.clear();
            put_u64(&mut out, value as u64);
            assert_eq!((out.len(), read_u64(&out)), (len_u64(value as u64), Ok((value as u64, out.len()))));
            out.clear();
            put_i32(&mut out, value as i32);
            assert_eq!((out.len(), read_i32(&out)), (len_i32(value as i32), Ok((value as i32, out.len()))));
            out.clear();
            put_u32(&mut out, value as u32);
            assert_eq!((out.len(), read_u32(&out)), (len_u32(value as u32), Ok((value as u32, out.len()))));
            assert_eq!(read_u32(&out[..out.len() - 1]), Err(VarintError::Truncated));
        }
    }

    #[test]
    fn an_integer_that_does_not_end_or_fit_is_refused() {
        assert_eq!(read_u32(&[0xff; 9]), Err(VarintError::TooLong));
        assert_eq!(read_u32(&[0xff, 0xff, 0xff, 0xff, 0x1f]), Err(VarintError::TooLong));
        assert_eq!(read_u64(&[0xff; 11]), Err(VarintError::TooLong));
        assert_eq!(read_u64(&[]), Err(VarintError::Truncated));
    }
}
