//! Generations, states and types of groups.

use std::fmt;

/// Counts the rebalances of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Generation(pub i32);

impl Generation {
    /// "No generation": the client is not a member.
    pub const NONE: Self = Self(-1);

    /// The generation after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        // After two thousand million rebalances it starts again rather than turn negative, which means "none".
        Self(if self.0 == i32::MAX { 0 } else { self.0 + 1 })
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a group is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupState {
    /// It has no members; it may have offsets.
    Empty,
    /// Members are (re)joining.
    PreparingRebalance,
    /// The generation has begun, and the leader divides the work.
    CompletingRebalance,
    /// The members work.
    Stable,
    /// It is of another type and has members, so its state is not known here.
    Unknown,
}

impl GroupState {
    /// Kafka's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for GroupState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which protocol the members of a group speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupType {
    /// JoinGroup and SyncGroup.
    Classic,
    /// ConsumerGroupHeartbeat (KIP-848).
    Consumer,
    /// ShareGroupHeartbeat (KIP-932).
    Share,
    /// StreamsGroupHeartbeat (KIP-1071).
    Streams,
}

impl GroupType {
    /// Kafka's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Consumer => "consumer",
            Self::Share => "share",
            Self::Streams => "streams",
        }
    }
}

impl fmt::Display for GroupType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
