//! Base64 (RFC 4648 §4), for bytes that are no text.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::PAD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

/// Bits that the last letter has to spare may be set: others write them, and they say nothing.
const ENGINE: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
const CONFIG: GeneralPurposeConfig = PAD.with_decode_allow_trailing_bits(true);

pub(crate) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// The bytes, or nothing if the text is no base64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    ENGINE.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn the_examples_of_the_rfc_hold() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all));
        for text in ["Zg", "Zg=", "Z===", "Zm9*", "====", "Zm9v\n"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
