//! Brokers and controllers that register, are heard, and go.

use std::collections::BTreeSet;

use ottla_machine::Decision;
use ottla_metadata::{
    Broker, ControllerNode, MetadataVersion, register_broker_record, register_controller_record,
};
use ottla_protocol::metadata_records::{BrokerRegistrationChangeRecord, UnregisterBrokerRecord};
use ottla_types::{BrokerEpoch, BrokerId, PartitionIndex, Timestamp, Uuid};

use crate::command::{BrokerHeartbeat, BrokerStanding, RegisterBroker, RegisterController};
use crate::controller::Controller;
use crate::leadership::BrokerEvent;
use crate::refusal::Refusal;

impl Controller {
    pub(crate) fn register_broker(
        &mut self,
        now: Timestamp,
        command: RegisterBroker,
        out: &mut Decision<Self>,
    ) -> Result<BrokerEpoch, Refusal> {
        let id = command.id;
        let old = self.image.broker(id).cloned();
        if let Some(old) = &old
            && old.incarnation != command.incarnation
            && self.sessions.is_alive(now, id)
        {
            return Err(Refusal::DuplicateBroker(id));
        }
        self.check_registration(&command)?;
        let version = self.image.metadata_version();
        let mut broker = Broker {
            id,
            epoch: BrokerEpoch(0),
            incarnation: command.incarnation,
            endpoints: command.endpoints,
            features: command.features,
            rack: command.rack,
            is_fenced: true,
            in_controlled_shutdown: false,
            is_migrating_zk_broker: false,
            log_dirs: command.log_dirs,
            cordoned_log_dirs: None,
        };
        match old {
            // The same process asks again, to tell something new of itself.
            Some(old) if old.incarnation == command.incarnation => {
                broker.epoch = old.epoch;
                broker.is_fenced = old.is_fenced;
                broker.in_controlled_shutdown = old.in_controlled_shutdown;
            }
            old => {
                let was_clean = old.is_some_and(|old| command.previous_epoch == Some(old.epoch));
                self.clean_up_after(id, was_clean, out);
                broker.epoch = BrokerEpoch(self.next_offset(out).0);
                self.sessions.remove(id);
            }
        }
        let epoch = broker.epoch;
        if !broker.is_fenced {
            self.sessions.touch(now, id, ottla_types::Offset::NONE);
        }
        out.record(register_broker_record(&broker, version).into());
        Ok(epoch)
    }

    /// A new process of a broker knows nothing of what the former one led. And what the former one had
    /// written may be lost if it did not stop cleanly, which matters where having it made a replica eligible
    /// (KIP-966).
    fn clean_up_after(&self, broker: BrokerId, was_clean: bool, out: &mut Decision<Self>) {
        let event = match self.image.keeps_eligible_leader_replicas() && !was_clean {
            true => BrokerEvent::Lost(broker),
            false => BrokerEvent::Leaves(broker),
        };
        self.follow_broker(event, self.image.topics().held_by(broker), out);
    }

    fn check_registration(&self, command: &RegisterBroker) -> Result<(), Refusal> {
        if command.cluster_id != self.options.cluster_id {
            let (expected, actual) = (self.options.cluster_id.clone(), command.cluster_id.clone());
            return Err(Refusal::WrongCluster { expected, actual });
        }
        if !command.features.iter().any(|feature| &*feature.name == MetadataVersion::FEATURE) {
            return Err(Refusal::BadRegistration(format!(
                "it does not say which {} the broker supports",
                MetadataVersion::FEATURE
            )));
        }
        // Only what this controller would finalize itself is asked for: a feature that Apache Kafka finalized
        // in this log, and that nobody here serves yet, keeps nobody out.
        for ours in &self.options.features {
            let finalized = self.image.feature(&ours.name);
            let theirs = command.features.iter().find(|feature| feature.name == ours.name);
            let (min, max) = theirs.map_or((0, 0), |feature| (feature.min, feature.max));
            if finalized != 0 && !(min..=max).contains(&finalized) {
                return Err(Refusal::UnsupportedFeature { feature: ours.name.clone(), min, max, finalized });
            }
        }
        if !self.image.metadata_version().has_directory_assignment() {
            return Ok(());
        }
        let dirs: BTreeSet<Uuid> = command.log_dirs.iter().copied().collect();
        if dirs.is_empty() {
            return Err(Refusal::BadRegistration("it names no log directory".to_owned()));
        }
        if dirs.len() != command.log_dirs.len() {
            return Err(Refusal::BadRegistration("it names a log directory twice".to_owned()));
        }
        if let Some(reserved) = dirs.iter().find(|dir| dir.is_reserved()) {
            return Err(Refusal::BadRegistration(format!("the directory id {reserved} is reserved")));
        }
        for other in self.image.brokers().filter(|other| other.id != command.id) {
            if let Some(dir) = other.log_dirs.iter().find(|dir| dirs.contains(dir)) {
                return Err(Refusal::BadRegistration(format!(
                    "the directory {dir} belongs to broker {}",
                    other.id
                )));
            }
        }
        Ok(())
    }

    pub(crate) fn unregister_broker(
        &mut self,
        id: BrokerId,
        out: &mut Decision<Self>,
    ) -> Result<(), Refusal> {
        let epoch = self.image.broker(id).ok_or(Refusal::UnknownBroker(id))?.epoch;
        self.follow_broker(BrokerEvent::Leaves(id), self.image.topics().held_by(id), out);
        let record = UnregisterBrokerRecord { broker_id: id.0, broker_epoch: epoch.0, ..Default::default() };
        out.record(record.into());
        self.sessions.remove(id);
        Ok(())
    }

    pub(crate) fn register_controller(&self, command: RegisterController, out: &mut Decision<Self>) {
        if !self.image.metadata_version().has_controller_registration() {
            return;
        }
        let node = ControllerNode {
            id: command.id,
            incarnation: command.incarnation,
            zk_migration_ready: false,
            endpoints: command.endpoints,
            features: command.features,
        };
        out.record(register_controller_record(&node).into());
    }

    pub(crate) fn check_broker_epoch(&self, id: BrokerId, named: BrokerEpoch) -> Result<(), Refusal> {
        match self.image.broker(id) {
            None => Err(Refusal::UnknownBroker(id)),
            Some(broker) if broker.epoch != named => {
                Err(Refusal::StaleBrokerEpoch { broker: id, current: broker.epoch, named })
            }
            Some(_) => Ok(()),
        }
    }

    pub(crate) fn heartbeat(
        &mut self,
        now: Timestamp,
        command: &BrokerHeartbeat,
        out: &mut Decision<Self>,
    ) -> Result<BrokerStanding, Refusal> {
        let id = command.id;
        self.check_broker_epoch(id, command.epoch)?;
        let broker = self.image.broker(id).cloned().ok_or(Refusal::UnknownBroker(id))?;
        let is_caught_up = command.metadata_offset.0 >= broker.epoch.0;
        let mut standing = BrokerStanding { is_caught_up, is_fenced: broker.is_fenced, may_shut_down: false };
        if broker.is_fenced {
            standing.may_shut_down = command.wants_shutdown;
            if !command.wants_shutdown && !command.wants_fence && is_caught_up {
                self.unfence(&broker, out);
                standing.is_fenced = false;
            }
        } else if broker.in_controlled_shutdown {
            standing.may_shut_down = !self.leads_something(id) && self.sessions.may_shut_down(id);
            if standing.may_shut_down {
                self.fence(id, out);
            }
        } else if command.wants_shutdown && !command.wants_fence && self.leads_something(id) {
            self.begin_controlled_shutdown(now, &broker, out);
        } else if command.wants_shutdown || command.wants_fence {
            standing.may_shut_down = command.wants_shutdown;
            self.fence(id, out);
        }
        standing.is_fenced |= standing.may_shut_down || command.wants_fence;
        if standing.is_fenced {
            self.sessions.remove(id);
        } else {
            self.sessions.touch(now, id, command.metadata_offset);
        }
        if self.image.metadata_version().has_directory_assignment() {
            self.directories_offline(&broker, &command.offline_log_dirs, out);
        }
        self.directories_cordoned(&broker, command.cordoned_log_dirs.as_deref(), out);
        Ok(standing)
    }

    fn unfence(&self, broker: &Broker, out: &mut Decision<Self>) {
        out.record(BrokerRegistrationChangeRecord { fenced: -1, ..change_of(broker) }.into());
        self.follow_broker(BrokerEvent::Returns(broker.id), self.image.topics().leaderless(), out);
    }

    /// Takes everything from a broker that is not heard any more, or that stops.
    pub(crate) fn fence(&self, id: BrokerId, out: &mut Decision<Self>) {
        let Some(broker) = self.image.broker(id).filter(|broker| !broker.is_fenced) else { return };
        self.follow_broker(BrokerEvent::Leaves(id), self.image.topics().held_by(id), out);
        out.record(BrokerRegistrationChangeRecord { fenced: 1, ..change_of(broker) }.into());
    }

    fn begin_controlled_shutdown(&mut self, now: Timestamp, broker: &Broker, out: &mut Decision<Self>) {
        let record = BrokerRegistrationChangeRecord { in_controlled_shutdown: 1, ..change_of(broker) };
        out.record(record.into());
        self.follow_broker(BrokerEvent::Leaves(broker.id), self.image.topics().held_by(broker.id), out);
        self.sessions.touch(now, broker.id, ottla_types::Offset::NONE);
        let last = self.next_offset(out).0 - 1;
        self.sessions.shut_down_after(broker.id, ottla_types::Offset(last));
    }

    fn directories_offline(&self, broker: &Broker, offline: &[Uuid], out: &mut Decision<Self>) {
        let (lost, left): (Vec<Uuid>, Vec<Uuid>) =
            broker.log_dirs.iter().partition(|dir| offline.contains(dir));
        if lost.is_empty() {
            return;
        }
        let topics = self.image.topics();
        let was_there = |&(topic, index): &(Uuid, PartitionIndex)| {
            topics
                .partition(topic, index)
                .is_some_and(|partition| lost.contains(&partition.directory(broker.id)))
        };
        self.follow_broker(BrokerEvent::Leaves(broker.id), topics.held_by(broker.id).filter(was_there), out);
        out.record(BrokerRegistrationChangeRecord { log_dirs: left, ..change_of(broker) }.into());
    }

    fn directories_cordoned(&self, broker: &Broker, cordoned: Option<&[Uuid]>, out: &mut Decision<Self>) {
        let Some(cordoned) = cordoned.filter(|_| self.image.metadata_version().has_cordoned_log_dirs())
        else {
            return;
        };
        let mut cordoned = cordoned.to_vec();
        cordoned.sort();
        if broker.cordoned_log_dirs.as_ref() != Some(&cordoned) {
            let cordoned_log_dirs = Some(cordoned);
            out.record(BrokerRegistrationChangeRecord { cordoned_log_dirs, ..change_of(broker) }.into());
        }
    }
}

fn change_of(broker: &Broker) -> BrokerRegistrationChangeRecord {
    BrokerRegistrationChangeRecord {
        broker_id: broker.id.0,
        broker_epoch: broker.epoch.0,
        ..Default::default()
    }
}
