//! 128-bit ids in Kafka's own spelling.

use std::fmt;
use std::str::FromStr;

/// The id of a topic, a directory, a cluster or a client instance.
///
/// Text form: 22 characters of URL-safe base64 without padding (RFC 4648 §5), as Kafka prints them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uuid(pub [u8; 16]);

/// The text is not 22 characters of URL-safe base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseUuidError;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const TEXT_LEN: usize = 22;

impl Uuid {
    /// "No id".
    pub const ZERO: Self = Self([0; 16]);
    /// Reserved by Kafka: the metadata topic's id, and "one lost directory" among directory ids.
    pub const ONE: Self = Self([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

    /// A version-4 UUID (RFC 9562 §5.4) out of random bytes that the caller drew.
    #[must_use]
    pub const fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }

    /// Whether this is [`Uuid::ZERO`].
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// Whether Kafka gives this id a meaning of its own, so that nothing may be called by it. Ids up to 100
    /// are reserved for directories, and ids whose text starts with a dash confuse command lines.
    #[must_use]
    pub fn is_reserved(self) -> bool {
        (self.0[..15] == [0; 15] && self.0[15] <= 100) || self.0[0] >> 2 == 62
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = u128::from_be_bytes(self.0);
        let mut text = [0u8; TEXT_LEN];
        for (place, letter) in text.iter_mut().enumerate() {
            // The last letter carries only two bits; the four below them are padding.
            let shift = 128 - 6 * (place as i32 + 1);
            let index = if shift >= 0 { bits >> shift } else { bits << -shift };
            *letter = ALPHABET[(index & 63) as usize];
        }
        f.pad(std::str::from_utf8(&text).expect("the alphabet is ASCII"))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Uuid {
    type Err = ParseUuidError;

    fn from_str(text: &str) -> Result<Self, ParseUuidError> {
        if text.len() != TEXT_LEN {
            return Err(ParseUuidError);
        }
        let mut bits: u128 = 0;
        for (place, letter) in text.bytes().enumerate() {
            let value = ALPHABET.iter().position(|&known| known == letter).ok_or(ParseUuidError)? as u128;
            bits = if place + 1 < TEXT_LEN { (bits << 6) | value } else { (bits << 2) | (value >> 4) };
        }
        Ok(Self(bits.to_be_bytes()))
    }
}

impl fmt::Display for ParseUuidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id is 22 characters of A-Z, a-z, 0-9, '-' and '_'")
    }
}

impl std::error::Error for ParseUuidError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_agree_with_kafka() {
        for (text, bytes) in [
            ("AAAAAAAAAAAAAAAAAAAAAA", Uuid::ZERO),
            ("AAAAAAAAAAAAAAAAAAAAAQ", Uuid::ONE),
            ("b3R0bGEtaW50ZXJvcC0wMQ", Uuid(*b"ottla-interop-01")),
            ("_____________________w", Uuid([0xff; 16])),
        ] {
            assert_eq!(bytes.to_string(), text);
            assert_eq!(text.parse(), Ok(bytes));
        }
        assert_eq!("short".parse::<Uuid>(), Err(ParseUuidError));
        assert_eq!("AAAAAAAAAAAAAAAAAAAAA=".parse::<Uuid>(), Err(ParseUuidError));
    }

    #[test]
    fn ids_that_start_with_a_dash_are_reserved() {
        assert!(Uuid([0xf8; 16]).to_string().starts_with('-'));
        assert!(Uuid([0xf8; 16]).is_reserved() && Uuid::ONE.is_reserved());
        assert!(!Uuid(*b"ottla-interop-01").is_reserved());
    }
}
