//! Strings that share the bytes they came in.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::{Deref, Range};

use bytes::Bytes;
use bytestring::ByteString;

/// A string of a message: UTF-8, immutable, cheap to clone.
///
/// A decoded one is a view into the frame that it arrived in, so it keeps that frame alive: whoever stores a
/// name for long copies it first.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Str(ByteString);

impl Str {
    /// The empty string.
    pub const EMPTY: Self = Self::from_static("");

    /// A string that lives as long as the program.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self(ByteString::from_static(text))
    }

    /// The text at `range` of a frame. What is not UTF-8 becomes U+FFFD, as Kafka's own decoder has it; only
    /// then is it copied.
    #[must_use]
    pub fn from_frame(frame: &Bytes, range: Range<usize>) -> Self {
        match ByteString::try_from(frame.slice(range.clone())) {
            Ok(text) => Self(text),
            Err(_) => Self(String::from_utf8_lossy(&frame[range]).into_owned().into()),
        }
    }

    /// The string itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same string as shared bytes.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0.into_bytes()
    }
}

impl Deref for Str {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Str {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Str {
    fn borrow(&self) -> &str {
        self
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl From<&str> for Str {
    /// Copies the text; [`Str::from_static`] does not.
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Cow<'_, str>> for Str {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(text.into_owned())
    }
}

impl From<Str> for String {
    fn from(text: Str) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Str {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_the_wire_is_shared_and_what_is_not_text_is_replaced() {
        let frame = Bytes::from_static(b"topic-a");
        let name = Str::from_frame(&frame, 0..5);
        assert_eq!(name, "topic");
        assert_eq!(name.as_ptr(), frame.as_ptr());
        assert_eq!(Str::from_frame(&Bytes::from_static(b"a\xffb"), 0..3), "a\u{fffd}b");
    }
}
