//! Who in a group reads which partitions. The group's leader decides, with one of these.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ottla_types::{PartitionIndex, TopicPartition};

use super::cooperative_sticky;

/// A way to share partitions among the members of a group. The names are Kafka's, so that members of other clients
/// agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assignor {
    /// Of each topic, a run of neighboring partitions to each member.
    Range,
    /// All partitions dealt out in turn.
    RoundRobin,
    /// As even as dealing out, but members keep what they have where they can, and go on reading it during a
    /// rebalance (KIP-429).
    CooperativeSticky,
}

/// What a member wants, and what it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Static members keep their place although their member ids change.
    pub(super) instance_id: Option<Arc<str>>,
    pub(super) topics: BTreeSet<Arc<str>>,
    pub(super) owned: BTreeSet<TopicPartition>,
    /// The generation in which it got what it has.
    pub(super) generation: i32,
}

pub(super) type Candidates = BTreeMap<Arc<str>, Candidate>;
pub(super) type Assignment = BTreeMap<Arc<str>, BTreeSet<TopicPartition>>;
/// How many partitions each topic has.
pub(super) type Topics = BTreeMap<Arc<str>, i32>;

impl Assignor {
    /// Kafka's name for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::RoundRobin => "roundrobin",
            Self::CooperativeSticky => "cooperative-sticky",
        }
    }

    /// Whether members keep reading while the group rebalances.
    pub(super) const fn is_cooperative(self) -> bool {
        matches!(self, Self::CooperativeSticky)
    }

    /// Each member's partitions.
    pub(super) fn assign(self, members: &Candidates, topics: &Topics) -> Assignment {
        match self {
            Self::Range => range(members, topics),
            Self::RoundRobin => round_robin(members, topics),
            Self::CooperativeSticky => cooperative_sticky::assign(members, topics),
        }
    }
}

/// The members in the order in which assignors go through them: static ones first, by their instance ids.
fn in_order(members: &Candidates) -> Vec<(&Arc<str>, &Candidate)> {
    let mut order: Vec<_> = members.iter().collect();
    order.sort_by_key(|(id, member)| {
        (member.instance_id.is_none(), member.instance_id.clone(), Arc::clone(id))
    });
    order
}

pub(super) fn partitions_of(topic: &Arc<str>, count: i32) -> impl Iterator<Item = TopicPartition> {
    (0..count).map(move |index| TopicPartition::new(Arc::clone(topic), PartitionIndex(index)))
}

fn nothing(members: &Candidates) -> Assignment {
    members.keys().map(|id| (Arc::clone(id), BTreeSet::new())).collect()
}

fn range(members: &Candidates, topics: &Topics) -> Assignment {
    let mut assignment = nothing(members);
    let order = in_order(members);
    for (topic, &count) in topics {
        let wanting: Vec<_> = order.iter().filter(|(_, member)| member.topics.contains(topic)).collect();
        let mut partitions = partitions_of(topic, count);
        for (place, (id, _)) in wanting.iter().enumerate() {
            let share = count as usize / wanting.len() + usize::from(place < count as usize % wanting.len());
            if let Some(assigned) = assignment.get_mut(*id) {
                assigned.extend(partitions.by_ref().take(share));
            }
        }
    }
    assignment
}

fn round_robin(members: &Candidates, topics: &Topics) -> Assignment {
    let mut assignment = nothing(members);
    let order = in_order(members);
    let mut turn = order.iter().cycle();
    for (topic, &count) in topics {
        if !order.iter().any(|(_, member)| member.topics.contains(topic)) {
            continue;
        }
        for partition in partitions_of(topic, count) {
            let next = turn.by_ref().find(|(_, member)| member.topics.contains(topic));
            if let Some(assigned) = next.and_then(|(id, _)| assignment.get_mut(*id)) {
                assigned.insert(partition);
            }
        }
    }
    assignment
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// `a:t,u=t0 t1;b:t` is member `a`, who wants `t` and `u` and has two partitions, and member `b`.
    pub(in crate::consumer::group) fn members(text: &str) -> Candidates {
        let member = |text: &str| {
            let (id, rest) = text.split_once(':').unwrap();
            let (topics, owned) = rest.split_once('=').unwrap_or((rest, ""));
            let partition = |text: &str| TopicPartition::new(&text[..1], text[1..].parse::<i32>().unwrap());
            let candidate = Candidate {
                topics: topics.split(',').map(Arc::from).collect(),
                owned: owned.split_whitespace().map(partition).collect(),
                generation: 1,
                instance_id: None,
            };
            (Arc::from(id), candidate)
        };
        text.split(';').map(member).collect()
    }

    pub(in crate::consumer::group) fn topics(of: &[(&str, i32)]) -> Topics {
        of.iter().map(|&(name, count)| (Arc::from(name), count)).collect()
    }

    pub(in crate::consumer::group) fn shown(assignment: &Assignment) -> String {
        let one = |(id, partitions): (&Arc<str>, &BTreeSet<TopicPartition>)| {
            let names: Vec<_> =
                partitions.iter().map(|one| format!("{}{}", one.topic, one.partition)).collect();
            format!("{id}={}", names.join(" "))
        };
        assignment.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn check(assignor: Assignor, of: &str, with: &[(&str, i32)], expected: &str) {
        assert_eq!(shown(&assignor.assign(&members(of), &topics(with))), expected);
    }

    #[test]
    fn range_gives_neighbors_and_the_first_members_get_what_is_left_over() {
        check(Assignor::Range, "a:t;b:t", &[("t", 3)], "a=t0 t1; b=t2");
        check(Assignor::Range, "a:t,u;b:t,u", &[("t", 3), ("u", 3)], "a=t0 t1 u0 u1; b=t2 u2");
        check(Assignor::Range, "a:t;b:t,u", &[("t", 2), ("u", 2)], "a=t0; b=t1 u0 u1");
        check(Assignor::Range, "a:t;b:t;c:t", &[("t", 2)], "a=t0; b=t1; c=");
        check(Assignor::Range, "a:t", &[("t", 1), ("unwanted", 5)], "a=t0");
    }

    #[test]
    fn round_robin_deals_out() {
        check(Assignor::RoundRobin, "a:t,u;b:t,u", &[("t", 3), ("u", 3)], "a=t0 t2 u1; b=t1 u0 u2");
        check(Assignor::RoundRobin, "a:t;b:t,u;c:u", &[("t", 2), ("u", 3)], "a=t0; b=t1 u1; c=u0 u2");
    }

    #[test]
    fn static_members_come_first_whatever_their_ids_are() {
        let mut group = members("a:t;b:t");
        group.get_mut("b").unwrap().instance_id = Some(Arc::from("z"));
        assert_eq!(shown(&Assignor::Range.assign(&group, &topics(&[("t", 3)]))), "a=t2; b=t0 t1");
    }
}
