//! Recognizes clients that speak something else to a plaintext Kafka port, and answers in their own words.

/// A protocol that is not Kafka's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// A TLS ClientHello (RFC 8446 §4.1.2).
    Tls,
    /// The start of an HTTP/1 request or the HTTP/2 preface.
    Http,
}

const HTTP_STARTS: &[&[u8; 4]] =
    &[b"GET ", b"HEAD", b"POST", b"PUT ", b"DELE", b"OPTI", b"PATC", b"CONN", b"TRAC", b"PRI "];

impl Foreign {
    /// What the first four bytes of a connection betray, if anything.
    pub(crate) fn recognize(first: &[u8]) -> Option<Self> {
        let first: &[u8; 4] = first.first_chunk()?;
        if first[0] == 0x16 && first[1] == 0x03 && first[2] <= 0x04 {
            return Some(Self::Tls);
        }
        HTTP_STARTS.contains(&first).then_some(Self::Http)
    }

    /// What to send before closing.
    pub(crate) fn answer(self) -> &'static [u8] {
        match self {
            // A fatal alert, protocol_version (RFC 8446 §6): the client fails at once instead of waiting.
            Self::Tls => &[0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46],
            Self::Http => {
                b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 64\r\n\
                  Connection: close\r\n\r\nThis port speaks the Kafka protocol. Point a Kafka client here.\n"
            }
        }
    }

    /// What to tell the operator.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Tls => {
                "the client speaks TLS to a PLAINTEXT listener; set security.protocol=PLAINTEXT in the client"
            }
            Self::Http => "the client speaks HTTP to a Kafka listener; check the address it was given",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_and_http_are_told_apart_from_frames() {
        assert_eq!(Foreign::recognize(&[0x16, 0x03, 0x01, 0x02, 0x00]), Some(Foreign::Tls));
        assert_eq!(Foreign::recognize(b"GET / HTTP/1.1\r\n"), Some(Foreign::Http));
        assert_eq!(Foreign::recognize(&[0, 0, 0, 20, 0, 18]), None);
        assert_eq!(Foreign::recognize(&[0x16, 0x03]), None);
    }

    #[test]
    fn the_http_answer_is_as_long_as_it_says() {
        let answer = std::str::from_utf8(Foreign::Http.answer()).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}", body.len())));
    }
}
