//! Ranges of message versions.

use std::fmt;

/// The versions from `first` to `last`, both included; empty if `first` is the larger one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Versions {
    /// The lowest version.
    pub first: i16,
    /// The highest version.
    pub last: i16,
}

impl Versions {
    /// No version at all.
    pub const NONE: Self = Self { first: 0, last: -1 };

    /// The versions from `first` to `last`, both included.
    #[must_use]
    pub const fn new(first: i16, last: i16) -> Self {
        Self { first, last }
    }

    /// Version `first` and all that come after it.
    #[must_use]
    pub const fn from(first: i16) -> Self {
        Self { first, last: i16::MAX }
    }

    /// Whether `version` is one of these.
    #[must_use]
    pub const fn contains(self, version: i16) -> bool {
        self.first <= version && version <= self.last
    }

    /// Whether there is no version here.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.first > self.last
    }

    /// Every version, the lowest first.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = i16> {
        self.first..=self.last
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_empty(), self.last) {
            (true, _) => f.write_str("none"),
            (false, i16::MAX) => write!(f, "{}+", self.first),
            (false, last) if last == self.first => write!(f, "{last}"),
            (false, last) => write!(f, "{}-{last}", self.first),
        }
    }
}
