//! Who leads: ISR changes that leaders ask for, elections, and what follows when a broker comes or goes.

use std::sync::Arc;

use ottla_machine::Decision;
use ottla_metadata::{LeaderRecovery, Partition, changed};
use ottla_protocol::metadata_records::PartitionChangeRecord;
use ottla_types::{BrokerEpoch, BrokerId, PartitionIndex, Uuid};

use crate::command::{AlterPartition, AlterPartitionResult, AlteredPartition, ElectLeaders, IsrChange};
use crate::controller::Controller;
use crate::partition_change::{Election, PartitionChange};
use crate::refusal::Refusal;

/// What happens to a broker, while its partitions are looked through. The image still shows it as it was
/// before.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BrokerEvent {
    /// It leads nothing any more and leaves every ISR.
    Leaves(BrokerId),
    /// It may lead what nobody leads.
    Returns(BrokerId),
    /// It came back without a clean stop before: what it had may be lost.
    Lost(BrokerId),
}

impl BrokerEvent {
    fn leaving(self) -> Option<BrokerId> {
        match self {
            Self::Leaves(broker) | Self::Lost(broker) => Some(broker),
            Self::Returns(_) => None,
        }
    }
}

impl Controller {
    pub(crate) fn alter_partition(
        &self,
        command: &AlterPartition,
        out: &mut Decision<Self>,
    ) -> Result<Vec<AlterPartitionResult>, Refusal> {
        self.check_broker_epoch(command.broker, command.epoch)?;
        let mut results: Vec<AlterPartitionResult> = Vec::with_capacity(command.partitions.len());
        for change in &command.partitions {
            // The second change of one partition in one request is based on an epoch that the first one
            // ended.
            let is_repeated =
                results.iter().any(|(topic, index, _)| (*topic, *index) == (change.topic, change.index));
            let result = match is_repeated {
                true => Err(Refusal::BadIsr("the partition is named twice in the request")),
                false => self.alter_isr(command.broker, change, out),
            };
            results.push((change.topic, change.index, result));
        }
        Ok(results)
    }

    fn alter_isr(
        &self,
        broker: BrokerId,
        change: &IsrChange,
        out: &mut Decision<Self>,
    ) -> Result<AlteredPartition, Refusal> {
        let topic = self.image.topics().by_id(change.topic).ok_or(Refusal::UnknownTopicId(change.topic))?;
        let unknown = || Refusal::UnknownPartition { topic: topic.name.clone(), index: change.index };
        let partition = topic.partitions.get(&change.index).ok_or_else(unknown)?;
        self.check_isr_change(broker, change, partition)?;
        let isr = change.isr.iter().map(|(id, _)| *id).collect();
        let record = self.partition_change(change.topic, change.index, partition, None, |planned| {
            planned.isr = isr;
            planned.leader_recovery = change.leader_recovery;
        });
        let mut partition = Partition::clone(partition);
        if let Some(record) = record {
            partition = changed(&partition, &record).expect("the change was made from this partition");
            out.record(record.into());
            if partition.leader != broker {
                return Err(Refusal::NewLeaderElected);
            }
        }
        Ok(AlteredPartition {
            leader: partition.leader,
            leader_epoch: partition.leader_epoch,
            isr: partition.isr,
            leader_recovery: partition.leader_recovery,
            partition_epoch: partition.partition_epoch,
        })
    }

    fn check_isr_change(&self, broker: BrokerId, change: &IsrChange, old: &Partition) -> Result<(), Refusal> {
        if change.leader_epoch > old.leader_epoch || change.partition_epoch > old.partition_epoch {
            return Err(Refusal::NotController);
        }
        if change.leader_epoch < old.leader_epoch {
            return Err(Refusal::FencedLeaderEpoch { current: old.leader_epoch, named: change.leader_epoch });
        }
        if broker != old.leader {
            return Err(Refusal::BadIsr("only the leader may change it"));
        }
        if change.partition_epoch < old.partition_epoch {
            let (current, named) = (old.partition_epoch, change.partition_epoch);
            return Err(Refusal::StalePartitionEpoch { current, named });
        }
        let members = || change.isr.iter().map(|(id, _)| id);
        let is_repeated = |at: usize, id: &BrokerId| members().take(at).any(|other| other == id);
        if members().enumerate().any(|(at, id)| !old.replicas.contains(id) || is_repeated(at, id)) {
            return Err(Refusal::BadIsr("every member must be a replica, and be named once"));
        }
        if !members().any(|&id| id == old.leader) {
            return Err(Refusal::BadIsr("the leader is not in it"));
        }
        if change.leader_recovery == LeaderRecovery::Recovering {
            if change.isr.len() > 1 {
                return Err(Refusal::BadIsr("the leader has not recovered from its unclean election yet"));
            }
            if old.leader_recovery == LeaderRecovery::Recovered {
                return Err(Refusal::BadIsr("a leader that has recovered has recovered"));
            }
        }
        let is_eligible = |(id, epoch): &(BrokerId, Option<BrokerEpoch>)| {
            let registered = self.image.broker(*id).filter(|broker| broker.is_active());
            registered.is_some_and(|broker| epoch.is_none_or(|epoch| epoch == broker.epoch))
        };
        match change.isr.iter().find(|member| !is_eligible(member)) {
            Some((id, _)) => Err(Refusal::IneligibleReplica(*id)),
            None => Ok(()),
        }
    }

    pub(crate) fn elect_leaders(
        &self,
        command: &ElectLeaders,
        out: &mut Decision<Self>,
    ) -> Vec<(Arc<str>, PartitionIndex, Result<(), Refusal>)> {
        if let Some(partitions) = &command.partitions {
            let elect = |(topic, index): &(Arc<str>, PartitionIndex)| {
                (topic.clone(), *index, self.elect_leader(topic, *index, command.unclean, out))
            };
            return partitions.iter().map(elect).collect();
        }
        let mut results = Vec::new();
        for topic in self.image.topics().iter() {
            for &index in topic.partitions.keys() {
                match self.elect_leader(&topic.name, index, command.unclean, out) {
                    Err(Refusal::ElectionNotNeeded) => {}
                    result => results.push((topic.name.clone(), index, result)),
                }
            }
        }
        results
    }

    fn elect_leader(
        &self,
        name: &Arc<str>,
        index: PartitionIndex,
        unclean: bool,
        out: &mut Decision<Self>,
    ) -> Result<(), Refusal> {
        let topic = self.image.topics().by_name(name).ok_or_else(|| Refusal::UnknownTopic(name.clone()))?;
        let unknown = || Refusal::UnknownPartition { topic: name.clone(), index };
        let partition = topic.partitions.get(&index).ok_or_else(unknown)?;
        let has_leader = partition.leader != BrokerId::NONE;
        if if unclean { has_leader } else { partition.has_preferred_leader() } {
            return Err(Refusal::ElectionNotNeeded);
        }
        let election = if unclean { Election::Unclean } else { Election::Preferred };
        let record =
            self.partition_change(topic.id, index, partition, None, |planned| planned.election = election);
        match record {
            Some(record) => {
                out.record(record.into());
                Ok(())
            }
            None if unclean => Err(Refusal::EligibleLeadersNotAvailable),
            None => Err(Refusal::PreferredLeaderNotAvailable),
        }
    }

    /// Writes down what a broker's coming or going means for `partitions`.
    pub(crate) fn follow_broker(
        &self,
        event: BrokerEvent,
        partitions: impl Iterator<Item = (Uuid, PartitionIndex)>,
        out: &mut Decision<Self>,
    ) {
        for (topic, index) in partitions {
            let Some(partition) = self.image.topics().partition(topic, index) else { continue };
            if let Some(leaving) = event.leaving()
                && !partition.isr.contains(&leaving)
                && !partition.elr.contains(&leaving)
            {
                continue;
            }
            let record = self.partition_change(topic, index, partition, Some(event), |planned| {
                planned.isr.retain(|id| Some(*id) != event.leaving());
            });
            out.records.extend(record.map(Into::into));
        }
    }

    /// Whether `broker` leads anything.
    pub(crate) fn leads_something(&self, broker: BrokerId) -> bool {
        let topics = self.image.topics();
        topics.held_by(broker).any(|(topic, index)| {
            topics.partition(topic, index).is_some_and(|partition| partition.leader == broker)
        })
    }

    fn partition_change(
        &self,
        topic: Uuid,
        index: PartitionIndex,
        partition: &Partition,
        event: Option<BrokerEvent>,
        plan: impl FnOnce(&mut PartitionChange<'_>),
    ) -> Option<PartitionChangeRecord> {
        let can_lead = |id: BrokerId| {
            let Some(broker) = self.image.broker(id) else { return false };
            let is_active = match event {
                Some(BrokerEvent::Leaves(leaving) | BrokerEvent::Lost(leaving)) if id == leaving => false,
                Some(BrokerEvent::Returns(returning)) if id == returning => true,
                _ => broker.is_active(),
            };
            is_active && broker.has_online_dir(partition.directory(id))
        };
        let name = self.image.topics().by_id(topic).map(|topic| topic.name.clone())?;
        let is_unclean = self.allows_unclean_election(&name);
        let mut planned = PartitionChange {
            topic,
            index,
            partition,
            can_lead: &can_lead,
            version: self.image.metadata_version(),
            keeps_elr: self.image.keeps_eligible_leader_replicas(),
            min_isr: self.min_isr(&name, partition.replicas.len()),
            election: if is_unclean { Election::Unclean } else { Election::Online },
            isr: partition.isr.clone(),
            leader_recovery: partition.leader_recovery,
            lost: match event {
                Some(BrokerEvent::Lost(broker)) => Some(broker),
                _ => None,
            },
        };
        plan(&mut planned);
        planned.build()
    }
}
