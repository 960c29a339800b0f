//! How one partition changes: who leads it, who is in its ISR, and who may lead it when the ISR is empty.

use std::collections::BTreeSet;

use ottla_metadata::{LeaderRecovery, MetadataVersion, NO_LEADER_CHANGE, Partition};
use ottla_protocol::metadata_records::PartitionChangeRecord;
use ottla_types::{BrokerId, PartitionIndex, Uuid};

/// Which leader is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Election {
    /// The first replica if it can lead, else the present leader, else any other.
    Preferred,
    /// The present leader if it can go on, else any other.
    Online,
    /// As [`Election::Online`], and if nobody of the ISR is left, a replica from outside it, losing records.
    Unclean,
}

/// A partition and what it is to become.
pub(crate) struct PartitionChange<'a> {
    pub(crate) topic: Uuid,
    pub(crate) index: PartitionIndex,
    pub(crate) partition: &'a Partition,
    /// Who is alive, with the replica's directory online.
    pub(crate) can_lead: &'a dyn Fn(BrokerId) -> bool,
    pub(crate) version: MetadataVersion,
    pub(crate) keeps_elr: bool,
    pub(crate) min_isr: usize,
    pub(crate) election: Election,
    pub(crate) isr: Vec<BrokerId>,
    pub(crate) leader_recovery: LeaderRecovery,
    /// A broker that came back without a clean stop before, and so may have lost what it had.
    pub(crate) lost: Option<BrokerId>,
}

struct Elected {
    leader: BrokerId,
    is_unclean: bool,
}

impl PartitionChange<'_> {
    /// The record that makes the change; `None` if nothing changes.
    pub(crate) fn build(mut self) -> Option<PartitionChangeRecord> {
        let old = self.partition;
        let mut record =
            PartitionChangeRecord { topic_id: self.topic, partition_id: self.index.0, ..Default::default() };
        let (mut replicas, mut removing, mut adding) =
            (old.replicas.clone(), old.removing_replicas.clone(), old.adding_replicas.clone());
        if let Some(completed) = completed_reassignment(old, &self.isr) {
            (replicas, self.isr) = completed;
            removing.clear();
            adding.clear();
        }
        let mut elr = self.eligible_leader_replicas();

        let elected = self.elect(&replicas, &elr);
        if elected.leader != old.leader {
            if elr.contains(&elected.leader) {
                self.isr = vec![elected.leader];
                elr.retain(|&id| id != elected.leader);
            }
            record.leader = elected.leader.0;
            if elected.is_unclean {
                record.isr = Some(vec![elected.leader.0]);
                if old.leader_recovery != LeaderRecovery::Recovering {
                    record.leader_recovery_state = LeaderRecovery::Recovering.value();
                }
            }
        }
        // A replica that was taken away must not go on fetching under the old epoch.
        if record.leader == NO_LEADER_CHANGE && !old.replicas.iter().all(|id| replicas.contains(id)) {
            record.leader = old.leader.0;
        }
        if record.isr.is_some() || !self.keeps_elr {
            elr.clear();
        }
        self.note_elr(&mut record, &elr);
        if record.isr.is_none() && (!self.isr.is_empty() || self.keeps_elr) && self.isr != old.isr {
            record.isr = Some(numbers(&self.isr));
        }
        let shrinks = record.isr.as_ref().is_some_and(|isr| !old.isr.iter().all(|id| isr.contains(&id.0)));
        if self.version.bumps_leader_epoch_on_isr_shrink() && record.leader == NO_LEADER_CHANGE && shrinks {
            record.leader = old.leader.0;
        }
        record.replicas = (replicas != old.replicas).then(|| numbers(&replicas));
        record.removing_replicas = (removing != old.removing_replicas).then(|| numbers(&removing));
        record.adding_replicas = (adding != old.adding_replicas).then(|| numbers(&adding));
        if record.replicas.is_some() && self.version.has_directory_assignment() {
            record.directories = Some(replicas.iter().map(|&id| old.directory(id)).collect());
        }
        if self.leader_recovery != old.leader_recovery && record.leader_recovery_state == -1 {
            record.leader_recovery_state = self.leader_recovery.value();
        }
        let nothing =
            PartitionChangeRecord { topic_id: self.topic, partition_id: self.index.0, ..Default::default() };
        (record != nothing).then_some(record)
    }

    /// Who may lead when the ISR is empty (KIP-966 "ELR"): whoever fell out of an ISR that became too small
    /// for anything to be acknowledged without them.
    fn eligible_leader_replicas(&self) -> Vec<BrokerId> {
        let old = self.partition;
        if !self.keeps_elr {
            return old.elr.clone();
        }
        if self.isr.len() >= self.min_isr {
            return Vec::new();
        }
        let candidates: BTreeSet<BrokerId> = old.elr.iter().chain(&old.isr).copied().collect();
        candidates.into_iter().filter(|id| !self.isr.contains(id) && Some(*id) != self.lost).collect()
    }

    /// The last known ELR is where the last leader is remembered, so that it may lead again when it is the
    /// only hope.
    fn note_elr(&self, record: &mut PartitionChangeRecord, elr: &[BrokerId]) {
        let old = self.partition;
        if *elr != old.elr {
            record.eligible_leader_replicas = Some(numbers(elr));
        }
        if !self.keeps_elr {
            return;
        }
        if record.leader == BrokerId::NONE.0 && old.last_known_elr.is_empty() {
            record.last_known_elr = Some(vec![old.leader.0]);
        } else if record.leader >= 0 && !old.last_known_elr.is_empty() {
            record.last_known_elr = Some(Vec::new());
        }
    }

    fn elect(&self, replicas: &[BrokerId], elr: &[BrokerId]) -> Elected {
        let clean = |leader| Elected { leader, is_unclean: false };
        let is_valid = |id: BrokerId| {
            (self.isr.contains(&id) || self.isr.is_empty() && elr.contains(&id)) && (self.can_lead)(id)
        };
        let old = self.partition;
        if self.election == Election::Preferred
            && let Some(&preferred) = replicas.first()
            && is_valid(preferred)
        {
            return clean(preferred);
        }
        if is_valid(old.leader) {
            return clean(old.leader);
        }
        if let Some(&leader) = replicas.iter().find(|&&id| is_valid(id)) {
            return clean(leader);
        }
        if self.keeps_elr
            && elr.is_empty()
            && self.isr.is_empty()
            && let [last] = old.last_known_elr[..]
            && (self.can_lead)(last)
        {
            return Elected { leader: last, is_unclean: true };
        }
        if self.election == Election::Unclean
            && let Some(&leader) = replicas.iter().find(|&&id| (self.can_lead)(id))
        {
            return Elected { leader, is_unclean: true };
        }
        clean(BrokerId::NONE)
    }
}

/// Replicas and ISR after a reassignment, if all replicas that it adds have caught up. Where it leaves fewer
/// replicas than there were, all that stay must have: else completing it would shrink the ISR for nothing.
fn completed_reassignment(old: &Partition, isr: &[BrokerId]) -> Option<(Vec<BrokerId>, Vec<BrokerId>)> {
    let stays = |id: &&BrokerId| !old.removing_replicas.contains(id);
    let isr: Vec<BrokerId> = isr.iter().filter(stays).copied().collect();
    let replicas: Vec<BrokerId> = old.replicas.iter().filter(stays).copied().collect();
    let shrinks = old.adding_replicas.len() < old.removing_replicas.len();
    let is_complete = old.is_reassigning()
        && !isr.is_empty()
        && !replicas.is_empty()
        && old.adding_replicas.iter().all(|id| isr.contains(id))
        && (!shrinks || replicas.iter().all(|id| isr.contains(id)));
    is_complete.then_some((replicas, isr))
}

fn numbers(ids: &[BrokerId]) -> Vec<i32> {
    ids.iter().map(|id| id.0).collect()
}
