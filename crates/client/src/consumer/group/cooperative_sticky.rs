//! Sharing partitions evenly, where members keep what they have if they can (KIP-54, KIP-429).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ottla_types::TopicPartition;

use super::assignor::{Assignment, Candidates, Topics, partitions_of};

/// Each member's partitions.
///
/// A partition that changes hands is given to nobody this time: its owner has to let go of it first, joins again
/// when it has, and then it goes to whom it is meant for. So no two members ever read it at once.
pub(super) fn assign(members: &Candidates, topics: &Topics) -> Assignment {
    let all: BTreeSet<TopicPartition> =
        topics.iter().flat_map(|(topic, &count)| partitions_of(topic, count)).collect();
    let mut assignment = kept(members, &all);
    let taken: BTreeSet<_> = assignment.values().flatten().cloned().collect();
    for partition in all.difference(&taken) {
        if let Some(id) = least_loaded(members, &assignment, partition) {
            assignment.entry(id).or_default().insert(partition.clone());
        }
    }
    even_out(members, &mut assignment);
    for (id, partitions) in &mut assignment {
        let is_elsewhere = |partition: &TopicPartition| {
            members.iter().any(|(other, member)| other != id && member.owned.contains(partition))
        };
        partitions.retain(|partition| !is_elsewhere(partition));
    }
    assignment
}

/// What members keep. Where two claim the same, the later generation is right (KIP-792); of one generation, neither.
fn kept(members: &Candidates, all: &BTreeSet<TopicPartition>) -> Assignment {
    let mut owners: BTreeMap<&TopicPartition, (i32, Option<&Arc<str>>)> = BTreeMap::new();
    for (id, member) in members {
        let is_valid = |partition: &&TopicPartition| {
            all.contains(*partition) && member.topics.contains(&partition.topic)
        };
        for partition in member.owned.iter().filter(is_valid) {
            let owner = owners.entry(partition).or_insert((member.generation, Some(id)));
            if owner.0 < member.generation {
                *owner = (member.generation, Some(id));
            } else if owner.0 == member.generation && owner.1 != Some(id) {
                owner.1 = None;
            }
        }
    }
    let mut kept: Assignment = members.keys().map(|id| (Arc::clone(id), BTreeSet::new())).collect();
    for (partition, (_, owner)) in owners {
        if let Some(partitions) = owner.and_then(|id| kept.get_mut(id)) {
            partitions.insert(partition.clone());
        }
    }
    kept
}

/// Who wants a partition and has the fewest.
fn least_loaded(
    members: &Candidates,
    assignment: &Assignment,
    partition: &TopicPartition,
) -> Option<Arc<str>> {
    let wanting = members.iter().filter(|(_, member)| member.topics.contains(&partition.topic));
    let load = |id: &Arc<str>| assignment.get(id).map_or(0, BTreeSet::len);
    wanting.map(|(id, _)| id).min_by_key(|id| (load(id), Arc::clone(id))).cloned()
}

/// Moves partitions from members that have at least two more than somebody else who wants them. Each move makes the
/// loads more even, so this ends.
fn even_out(members: &Candidates, assignment: &mut Assignment) {
    while let Some((from, to, partition)) = next_move(members, assignment) {
        if let Some(partitions) = assignment.get_mut(&from) {
            partitions.remove(&partition);
        }
        assignment.entry(to).or_default().insert(partition);
    }
}

fn next_move(members: &Candidates, assignment: &Assignment) -> Option<(Arc<str>, Arc<str>, TopicPartition)> {
    let mut by_load: Vec<_> = assignment.iter().collect();
    by_load.sort_by_key(|(id, partitions)| (std::cmp::Reverse(partitions.len()), Arc::clone(id)));
    for (from, partitions) in &by_load {
        let least = by_load.last().map_or(0, |(_, least)| least.len());
        if partitions.len() < least + 2 {
            return None;
        }
        // What the member did not have before moves first: nobody has to let go of it.
        let owned = members.get(*from).map(|member| &member.owned);
        let is_owned = |partition: &TopicPartition| owned.is_some_and(|owned| owned.contains(partition));
        let mut movable: Vec<_> = partitions.iter().rev().collect();
        movable.sort_by_key(|partition| is_owned(partition));
        for partition in movable {
            let to = least_loaded(members, assignment, partition)?;
            if assignment.get(&to).map_or(0, BTreeSet::len) + 2 <= partitions.len() {
                return Some((Arc::clone(from), to, partition.clone()));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::assignor::tests::{members, shown, topics};
    use super::*;

    fn check(of: &str, with: &[(&str, i32)], expected: &str) {
        assert_eq!(shown(&assign(&members(of), &topics(with))), expected);
    }

    #[test]
    fn what_nobody_has_is_dealt_out_evenly() {
        check("a:t;b:t", &[("t", 4)], "a=t0 t2; b=t1 t3");
        check("a:t,u;b:u", &[("t", 2), ("u", 2)], "a=t0 t1; b=u0 u1");
    }

    #[test]
    fn members_keep_what_they_have() {
        check("a:t=t1 t2;b:t=t0", &[("t", 4)], "a=t1 t2; b=t0 t3");
        check("a:t=t1 t2;b:t=t0 t9", &[("t", 3)], "a=t1 t2; b=t0");
        check("a:u=t0;b:t,u", &[("t", 1), ("u", 1)], "a=u0; b=");
    }

    #[test]
    fn what_changes_hands_is_let_go_of_first() {
        check("a:t=t0 t1 t2 t3;b:t", &[("t", 4)], "a=t0 t1; b=");
        check("a:t=t0 t1;b:t", &[("t", 4)], "a=t0 t1; b=t2 t3");
    }

    #[test]
    fn of_two_who_claim_the_same_the_later_generation_is_right() {
        let mut group = members("a:t=t0 t1;b:t=t0");
        group.get_mut("b").unwrap().generation = 2;
        // The claim of `a` is wrong, but `a` may be reading still.
        assert_eq!(shown(&assign(&group, &topics(&[("t", 2)]))), "a=t1; b=");
        group.get_mut("a").unwrap().generation = 2;
        let assignment = assign(&group, &topics(&[("t", 2)]));
        assert!(!shown(&assignment).contains("t0"), "{}", shown(&assignment));
    }

    #[test]
    fn a_group_settles_with_even_shares_whoever_comes_and_goes() {
        for seed in 0..200 {
            let mut chance = ottla_testkit::Chance::from_seed(seed);
            let with = topics(&[("t", chance.below(9) as i32), ("u", chance.below(9) as i32)]);
            let mut group = Candidates::new();
            for round in 0..10 {
                let id: Arc<str> = Arc::from(format!("m{}", chance.below(5)));
                if chance.percent(30) {
                    group.remove(&id);
                } else {
                    let wanted = if chance.percent(50) { "t" } else { "t,u" };
                    let joins = members(&format!("{id}:{wanted}")).remove(&id).unwrap_or_default();
                    group.entry(id).or_insert(joins);
                }
                settle(&mut group, &with, seed, round);
            }
        }
    }

    /// Rebalances until nothing changes. Nobody ever gets what somebody else has.
    fn settle(group: &mut Candidates, with: &Topics, seed: u64, round: u64) {
        for generation in 0..5 {
            let assignment = assign(group, with);
            let mut is_settled = true;
            for (id, partitions) in assignment {
                for (other, member) in group.iter().filter(|(other, _)| **other != id) {
                    let both = member.owned.intersection(&partitions).count();
                    assert_eq!(both, 0, "seed {seed}, round {round}: {other} still has what {id} got");
                }
                let member = group.get_mut(&id).unwrap();
                is_settled &= member.owned == partitions;
                member.owned = partitions;
                member.generation = generation;
            }
            if is_settled {
                let owned: usize = group.values().map(|member| member.owned.len()).sum();
                let wanted = |topic: &Arc<str>| group.values().any(|member| member.topics.contains(topic));
                let all: i32 = with.iter().filter(|(topic, _)| wanted(topic)).map(|(_, count)| count).sum();
                assert_eq!(owned, all as usize, "seed {seed}, round {round}");
                assert!(next_move(group, &assign(group, with)).is_none(), "seed {seed}, round {round}");
                return;
            }
        }
        panic!("seed {seed}, round {round}: it does not settle");
    }
}
