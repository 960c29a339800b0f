//! What people may want to read in the server's log, as data: the machine itself writes nowhere.

use std::fmt;
use std::sync::Arc;

use crate::Generation;

/// How many notices are kept between two looks at them.
const KEPT_MAX: usize = 1_000;

/// Something that happened to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A rebalance starts.
    RebalanceStarted {
        /// The group's id.
        group: Arc<str>,
        /// The generation that ends.
        generation: Generation,
        /// Why.
        cause: Cause,
    },
    /// A generation starts, and waits for its leader's assignment.
    GenerationStarted {
        /// The group's id.
        group: Arc<str>,
        /// The new generation.
        generation: Generation,
        /// How many members it has.
        members: usize,
    },
    /// The generation has its assignment.
    GenerationCompleted {
        /// The group's id.
        group: Arc<str>,
        /// The generation.
        generation: Generation,
    },
    /// The last member is gone.
    GroupEmptied {
        /// The group's id.
        group: Arc<str>,
        /// The generation that has no members.
        generation: Generation,
    },
    /// A rebalance cannot go on because none of the members came back; it is tried again.
    NobodyRejoined {
        /// The group's id.
        group: Arc<str>,
    },
}

/// Why a rebalance starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A new member.
    Joined(Arc<str>, Option<Arc<str>>),
    /// A member joined again with something to say.
    Rejoined(Arc<str>, Option<Arc<str>>),
    /// A static member came back under a new member id.
    Replaced(Arc<str>, Option<Arc<str>>),
    /// Members left.
    Left(Vec<Arc<str>>),
    /// A member was not heard of for its session timeout.
    SessionExpired(Arc<str>),
    /// Members did not ask for their assignment in time.
    SyncOverdue(Vec<Arc<str>>),
    /// The group with its assignment is too large for the log.
    TooLarge,
    /// The group was loaded with more members than it may have.
    OverCapacity,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with_reason =
            |f: &mut fmt::Formatter<'_>, what: &str, member: &str, reason: &Option<Arc<str>>| {
                write!(f, "{what} {member}; client reason: {}", reason.as_deref().unwrap_or("not provided"))
            };
        match self {
            Self::Joined(member, reason) => with_reason(f, "new member", member, reason),
            Self::Rejoined(member, reason) => with_reason(f, "rejoining member", member, reason),
            Self::Replaced(member, reason) => with_reason(f, "static member is now", member, reason),
            Self::Left(members) => write!(f, "members left: {}", members.join(", ")),
            Self::SessionExpired(member) => write!(f, "session of member {member} expired"),
            Self::SyncOverdue(members) => write!(f, "members did not sync in time: {}", members.join(", ")),
            Self::TooLarge => f.write_str("group metadata is larger than the offsets topic takes"),
            Self::OverCapacity => f.write_str("more members than group.max.size"),
        }
    }
}

/// The notices since somebody last looked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notices(Vec<Notice>);

impl Notices {
    /// Keeps a notice, unless there are too many already: they are for people, and nothing depends on them.
    pub(crate) fn push(&mut self, notice: Notice) {
        if self.0.len() < KEPT_MAX {
            self.0.push(notice);
        }
    }

    /// Hands them out.
    pub(crate) fn take(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.0)
    }
}
