//! Groups of types that are not served yet: consumer, share and streams groups that another broker left in the log.
//!
//! Nothing of their records is understood beyond the group's id and whether it is a member's. That is enough to
//! keep such a group's id from being taken, to let its members go as a broker would when they fall silent, and to
//! remove or convert it when it is empty.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use ottla_types::ErrorCode;

use crate::{CommitOffsets, ForeignKey, GroupRecord, GroupState, GroupType};

/// All groups of other types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ForeignGroups(BTreeMap<Arc<str>, ForeignGroup>);

/// The live keys of one such group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForeignGroup {
    group_type: GroupType,
    keys: BTreeSet<(i16, Bytes)>,
    members: usize,
}

/// What a kind of record is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Group,
    /// The record whose presence makes somebody a member.
    Member,
    /// Something else that goes with a member.
    MembersThings,
}

/// What the kinds of record are: the version field of the key, as Kafka 4.3 numbers them.
fn kind(kind: i16) -> Option<(GroupType, About)> {
    Some(match kind {
        5 => (GroupType::Consumer, About::Member),
        7 | 8 | 16 => (GroupType::Consumer, About::MembersThings),
        3 | 4 | 6 => (GroupType::Consumer, About::Group),
        10 => (GroupType::Share, About::Member),
        13 | 14 => (GroupType::Share, About::MembersThings),
        11 | 12 | 15 => (GroupType::Share, About::Group),
        19 => (GroupType::Streams, About::Member),
        21 | 22 => (GroupType::Streams, About::MembersThings),
        17 | 18 | 20 | 23 => (GroupType::Streams, About::Group),
        _ => return None,
    })
}

/// Whether a record of this kind belongs to a group of another type.
pub(crate) fn is_known(number: i16) -> bool {
    kind(number).is_some()
}

impl ForeignGroups {
    /// A record was there. Whether its kind is known.
    pub(crate) fn change(&mut self, key: &ForeignKey) -> bool {
        let Some((group_type, about)) = kind(key.kind) else { return false };
        let group = self.0.entry(Arc::clone(&key.group));
        let group = group.or_insert_with(|| ForeignGroup { group_type, keys: BTreeSet::new(), members: 0 });
        group.group_type = group_type;
        let is_new = group.keys.insert((key.kind, key.key.clone()));
        group.members += usize::from(is_new && about == About::Member);
        true
    }

    /// A record is gone.
    pub(crate) fn forget(&mut self, key: &ForeignKey) {
        if let Some(group) = self.0.get_mut(&key.group) {
            let is_member = kind(key.kind).is_some_and(|(_, about)| about == About::Member);
            let was_there = group.keys.remove(&(key.kind, key.key.clone()));
            group.members -= usize::from(was_there && is_member);
            if group.keys.is_empty() {
                self.0.remove(&key.group);
            }
        }
    }

    /// One group.
    pub(crate) fn find(&self, group: &str) -> Option<&ForeignGroup> {
        self.0.get(group)
    }

    /// All groups, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &ForeignGroup)> {
        self.0.iter()
    }
}

impl ForeignGroup {
    /// Its type.
    pub(crate) fn group_type(&self) -> GroupType {
        self.group_type
    }

    /// Its state, as far as it is known.
    pub(crate) fn state(&self) -> GroupState {
        if self.has_members() { GroupState::Unknown } else { GroupState::Empty }
    }

    /// Whether the log says that it has members.
    pub(crate) fn has_members(&self) -> bool {
        self.members > 0
    }

    /// Whether it may commit and fetch offsets at all. Share groups keep theirs elsewhere.
    pub(crate) fn has_offsets(&self) -> bool {
        self.group_type != GroupType::Share
    }

    /// Removes it. Kinds with higher numbers go first: nothing is left without what it belongs to.
    pub(crate) fn forget_all(&self, group: &Arc<str>) -> Vec<GroupRecord> {
        self.tombstones(group, |_| true)
    }

    /// Removes its members.
    pub(crate) fn forget_members(&self, group: &Arc<str>) -> Vec<GroupRecord> {
        self.tombstones(group, |about| about != About::Group)
    }

    /// Whether an offset may be committed: by an administrator while nobody is a member. Members speak a protocol
    /// that is not served here, so none of them is known.
    pub(crate) fn admit_commit(&self, commit: &CommitOffsets) -> Result<(), ErrorCode> {
        if !self.has_offsets() {
            Err(ErrorCode::GroupIdNotFound)
        } else if commit.generation.0 < 0 && !self.has_members() {
            Ok(())
        } else {
            Err(ErrorCode::UnknownMemberId)
        }
    }

    fn tombstones(&self, group: &Arc<str>, wanted: impl Fn(About) -> bool) -> Vec<GroupRecord> {
        let is_wanted = |number: i16| kind(number).is_some_and(|(_, about)| wanted(about));
        let keys = self.keys.iter().rev().filter(|(number, _)| is_wanted(*number));
        keys.map(|(number, key)| {
            let group = Arc::clone(group);
            GroupRecord::ForeignForgotten(ForeignKey { group, kind: *number, key: key.clone() })
        })
        .collect()
    }
}
