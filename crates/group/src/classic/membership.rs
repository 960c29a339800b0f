//! The members of a classic group and what follows from the set of them: leader, protocol, who waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use ottla_machine::Token;

use super::member::Member;
use crate::{Join, Protocol, subscription};

/// The members of a group.
///
/// Invariants: the leader is a member, and there is one unless there are no members; `instances` leads exactly to
/// the static members; `support` counts for each protocol the members that know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Membership {
    members: BTreeMap<Arc<str>, Member>,
    instances: BTreeMap<Arc<str>, Arc<str>>,
    leader: Option<Arc<str>>,
    support: BTreeMap<Arc<str>, usize>,
    parked_joins: usize,
}

impl Membership {
    /// How many members there are.
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The members, in the order of their ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// Their ids.
    pub(super) fn ids(&self) -> impl Iterator<Item = &Arc<str>> {
        self.members.keys()
    }

    /// One of them.
    pub(super) fn find(&self, id: &str) -> Option<&Member> {
        self.members.get(id)
    }

    /// The id that a static member has now.
    pub(super) fn id_of_instance(&self, instance_id: &str) -> Option<&Arc<str>> {
        self.instances.get(instance_id)
    }

    /// Who divides the work.
    pub(super) fn leader(&self) -> Option<&Arc<str>> {
        self.leader.as_ref()
    }

    /// Whether this one does.
    pub(super) fn is_leader(&self, id: &str) -> bool {
        self.leader.as_deref() == Some(id)
    }

    /// How many joins are parked.
    pub(super) fn parked_joins(&self) -> usize {
        self.parked_joins
    }

    /// Takes a member in. The first one leads. What a static member was before must be gone.
    pub(super) fn add(&mut self, member: Member) {
        if let Some(instance_id) = &member.instance_id {
            self.instances.insert(Arc::clone(instance_id), Arc::clone(&member.id));
        }
        for name in names(&member.protocols) {
            *self.support.entry(Arc::clone(name)).or_default() += 1;
        }
        self.parked_joins += usize::from(member.join.is_some());
        if self.leader.is_none() {
            self.leader = Some(Arc::clone(&member.id));
        }
        self.members.insert(Arc::clone(&member.id), member);
    }

    /// Takes the leader from the log, if it is a member.
    pub(super) fn restore_leader(&mut self, leader: Option<&Arc<str>>) {
        if let Some(leader) = leader.filter(|leader| self.members.contains_key(*leader)) {
            self.leader = Some(Arc::clone(leader));
        }
    }

    /// Lets a member go. If it led, another one leads.
    pub(super) fn remove(&mut self, id: &str) -> Option<Member> {
        let member = self.members.remove(id)?;
        self.withdraw_support(&member.protocols);
        self.parked_joins -= usize::from(member.join.is_some());
        if let Some(instance_id) = &member.instance_id {
            self.instances.remove(instance_id);
        }
        if self.is_leader(id) {
            self.leader = self.members.keys().next().cloned();
        }
        Some(member)
    }

    /// Gives a member another id, and hands back the callers who waited under the old one.
    pub(super) fn rename(&mut self, old_id: &str, new_id: &Arc<str>) -> (Option<Token>, Option<Token>) {
        let callers = (self.take_join(old_id), self.take_sync(old_id));
        let mut member = self.members.remove(old_id).expect("whoever renames has found the member");
        member.id = Arc::clone(new_id);
        member.is_new = false;
        if let Some(instance_id) = &member.instance_id {
            self.instances.insert(Arc::clone(instance_id), Arc::clone(new_id));
        }
        if self.is_leader(old_id) {
            self.leader = Some(Arc::clone(new_id));
        }
        self.members.insert(Arc::clone(new_id), member);
        callers
    }

    /// Takes over what a member says about itself when it joins again.
    pub(super) fn update(&mut self, id: &str, join: &Join) {
        let Some(member) = self.members.get_mut(id) else { return };
        member.rebalance_timeout_ms = join.rebalance_timeout_ms;
        member.session_timeout_ms = join.session_timeout_ms;
        let before = std::mem::replace(&mut member.protocols, join.protocols.clone());
        self.withdraw_support(&before);
        for name in names(&join.protocols) {
            *self.support.entry(Arc::clone(name)).or_default() += 1;
        }
    }

    /// Parks a join, and hands back the one that it takes the place of.
    pub(super) fn park_join(&mut self, id: &str, token: Token) -> Option<Token> {
        let before = self.members.get_mut(id)?.join.replace(token);
        self.parked_joins += usize::from(before.is_none());
        before
    }

    /// Takes a parked join to answer it.
    pub(super) fn take_join(&mut self, id: &str) -> Option<Token> {
        let token = self.members.get_mut(id)?.join.take();
        self.parked_joins -= usize::from(token.is_some());
        token
    }

    /// Parks a sync, and hands back the one that it takes the place of.
    pub(super) fn park_sync(&mut self, id: &str, token: Token) -> Option<Token> {
        self.members.get_mut(id)?.sync.replace(token)
    }

    /// Takes a parked sync to answer it.
    pub(super) fn take_sync(&mut self, id: &str) -> Option<Token> {
        self.members.get_mut(id)?.sync.take()
    }

    /// Gives a member its assignment.
    pub(super) fn assign(&mut self, id: &str, assignment: Bytes) {
        if let Some(member) = self.members.get_mut(id) {
            member.assignment = assignment;
        }
    }

    /// From now on a member is not new.
    pub(super) fn settle(&mut self, id: &str) {
        if let Some(member) = self.members.get_mut(id) {
            member.is_new = false;
        }
    }

    /// The time that the slowest member asks for.
    pub(super) fn rebalance_timeout_ms(&self) -> i32 {
        self.members.values().map(|member| member.rebalance_timeout_ms).max().unwrap_or(0).max(0)
    }

    /// Makes sure that the leader is one of those who rejoined. Whether there is one.
    pub(super) fn elect_joined_leader(&mut self) -> bool {
        let has_joined = |member: &Member| member.join.is_some();
        if self.leader.as_ref().and_then(|id| self.members.get(id)).is_some_and(has_joined) {
            return true;
        }
        let Some(member) = self.members.values().find(|member| has_joined(member)) else { return false };
        self.leader = Some(Arc::clone(&member.id));
        true
    }

    /// Whether a member with these protocols shares one with all who are here.
    pub(super) fn shares_protocol(&self, protocols: &[Protocol]) -> bool {
        protocols.iter().any(|protocol| self.is_known_to_all(&protocol.name))
    }

    /// The protocol that all know and most prefer.
    pub(super) fn select_protocol(&self) -> Option<Arc<str>> {
        let mut votes: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
        for member in self.members.values() {
            if let Some(choice) =
                member.protocols.iter().find(|protocol| self.is_known_to_all(&protocol.name))
            {
                *votes.entry(&choice.name).or_default() += 1;
            }
        }
        // Of several with equally many votes, the first in the alphabet: Kafka leaves it to its hash map.
        let most = votes.values().copied().max()?;
        votes.iter().find(|(_, count)| **count == most).map(|(name, _)| Arc::clone(name))
    }

    /// The topics that members subscribe to under a protocol; `None` if some subscription cannot be read.
    pub(super) fn subscribed_topics(&self, protocol: &str) -> Option<BTreeSet<Arc<str>>> {
        let mut all = BTreeSet::new();
        for member in self.members.values() {
            all.append(&mut subscription::topics(member.metadata(protocol))?);
        }
        Some(all)
    }

    /// Our own bug if any of this does not hold.
    pub(super) fn assert_consistent(&self) {
        let parked = self.members.values().filter(|member| member.join.is_some()).count();
        assert_eq!(parked, self.parked_joins, "parked joins are counted");
        assert_eq!(self.leader.is_none(), self.members.is_empty(), "members have a leader");
        assert!(self.leader.iter().all(|id| self.members.contains_key(id)), "the leader is a member");
        let statics = self.members.values().filter(|member| member.instance_id.is_some()).count();
        assert_eq!(statics, self.instances.len(), "every static member has its instance");
        for (instance_id, id) in &self.instances {
            let member = self.members.get(id).expect("an instance leads to a member");
            assert_eq!(member.instance_id.as_ref(), Some(instance_id), "an instance leads to its own member");
        }
        assert!(self.is_empty() || self.select_protocol().is_some(), "all members share a protocol");
    }

    fn is_known_to_all(&self, name: &Arc<str>) -> bool {
        self.support.get(name).copied().unwrap_or(0) == self.members.len()
    }

    fn withdraw_support(&mut self, protocols: &[Protocol]) {
        for name in names(protocols) {
            if let Some(count) = self.support.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    self.support.remove(name);
                }
            }
        }
    }
}

/// The names without repetition: a member that lists a protocol twice still counts once.
fn names(protocols: &[Protocol]) -> BTreeSet<&Arc<str>> {
    protocols.iter().map(|protocol| &protocol.name).collect()
}
