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
                let reason = reason.as_deref().unwrap_or("not provided");
                write!(f, "{what} {}; client reason: {}", Brief(member), Brief(reason))
            };
        match self {
            Self::Joined(member, reason) => with_reason(f, "new member", member, reason),
            Self::Rejoined(member, reason) => with_reason(f, "rejoining member", member, reason),
            Self::Replaced(member, reason) => with_reason(f, "static member is now", member, reason),
            Self::Left(members) => write!(f, "members left: {}", Names(members)),
            Self::SessionExpired(member) => write!(f, "session of member {} expired", Brief(member)),
            Self::SyncOverdue(members) => write!(f, "members did not sync in time: {}", Names(members)),
            Self::TooLarge => f.write_str("group metadata is larger than the offsets topic takes"),
            Self::OverCapacity => f.write_str("more members than group.max.size"),
        }
    }
}

/// For the log, one sentence each.
impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RebalanceStarted { group, generation, cause } => {
                write!(f, "group {}: generation {generation} ends in a rebalance: {cause}", Brief(group))
            }
            Self::GenerationStarted { group, generation, members } => {
                write!(f, "group {}: generation {generation} starts with {members} member(s)", Brief(group))
            }
            Self::GenerationCompleted { group, generation } => {
                write!(f, "group {}: generation {generation} has its assignment", Brief(group))
            }
            Self::GroupEmptied { group, generation } => {
                write!(
                    f,
                    "group {}: generation {generation} has no members, the group is empty",
                    Brief(group)
                )
            }
            Self::NobodyRejoined { group } => {
                write!(f, "group {}: no member came back for the rebalance, which begins again", Brief(group))
            }
        }
    }
}

/// What a client made up, on one line and not too long.
struct Brief<'a>(&'a str);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LETTERS_MAX: usize = 200;
        let mut letters = self.0.chars();
        for letter in letters.by_ref().take(LETTERS_MAX) {
            if letter.is_control() {
                write!(f, "{}", letter.escape_default())?;
            } else {
                fmt::Write::write_char(f, letter)?;
            }
        }
        if letters.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// The names of members, as many as one wants to read.
struct Names<'a>(&'a [Arc<str>]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES_MAX: usize = 10;
        for (place, name) in self.0.iter().take(NAMES_MAX).enumerate() {
            write!(f, "{}{}", if place > 0 { ", " } else { "" }, Brief(name))?;
        }
        match self.0.len().saturating_sub(NAMES_MAX) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_one_sentence_whatever_clients_call_themselves() {
        let group: Arc<str> = "orders".into();
        let started = |cause| {
            let generation = Generation(3);
            Notice::RebalanceStarted { group: Arc::clone(&group), generation, cause }.to_string()
        };
        assert_eq!(
            started(Cause::Joined("c-1".into(), None)),
            "group orders: generation 3 ends in a rebalance: new member c-1; client reason: not provided"
        );
        let forged =
            started(Cause::Joined("c\n2026-01-01 ERROR all is lost".into(), Some("x".repeat(999).into())));
        assert!(!forged.contains('\n') && forged.len() < 500, "{forged}");
        let names = (0..25).map(|name| Arc::from(name.to_string())).collect();
        assert!(started(Cause::Left(names)).ends_with("left: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 15 more"));
        assert_eq!(
            Notice::GenerationStarted { group, generation: Generation(4), members: 2 }.to_string(),
            "group orders: generation 4 starts with 2 member(s)"
        );
    }
}
