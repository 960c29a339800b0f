//! The controller machine.

use std::sync::Arc;

use ottla_machine::{Coordinator, Decision, Token};
use ottla_metadata::{ConfigResource, FeatureRange, MetadataImage, MetadataRecord};
use ottla_types::{Offset, Timestamp};

use crate::command::{Command, Reply};
use crate::config_rules::ConfigRules;
use crate::sessions::Sessions;

/// What the controller is told once.
#[derive(Clone, Debug)]
pub struct Options {
    /// The cluster's id: brokers of others are turned away.
    pub cluster_id: Arc<str>,
    /// What this build supports whole, and so may finalize.
    pub features: Vec<FeatureRange>,
    /// The level of `kraft.version`, which the quorum keeps.
    pub kraft_version: i16,
    /// `num.partitions`.
    pub default_partitions: i32,
    /// `default.replication.factor`.
    pub default_replication_factor: i16,
    /// `broker.session.timeout.ms`.
    pub session_timeout_ms: i64,
    /// Knows the settings.
    pub config_rules: Arc<dyn ConfigRules>,
}

/// Decides everything that goes into the metadata log. Its durable state is the metadata image, its soft
/// state the brokers' sessions.
#[derive(Debug)]
pub struct Controller {
    pub(crate) options: Options,
    pub(crate) image: MetadataImage,
    pub(crate) sessions: Sessions,
}

impl Controller {
    /// A controller that goes on from `image`. Call [`Coordinator::loaded`] before the first command.
    #[must_use]
    pub fn new(options: Options, image: MetadataImage) -> Self {
        Self { sessions: Sessions::new(options.session_timeout_ms), options, image }
    }

    /// The image with everything that was applied, committed or not.
    #[must_use]
    pub fn image(&self) -> &MetadataImage {
        &self.image
    }

    /// Says where the log ends, when something other than the controller's own records was written to it.
    pub fn set_end_offset(&mut self, end_offset: Offset) {
        let position = self.image.position();
        self.image.set_position(ottla_metadata::Position { end_offset, ..position });
    }

    /// The offset that the next record of `out` will have.
    pub(crate) fn next_offset(&self, out: &Decision<Self>) -> Offset {
        self.image.end_offset().plus(out.records.len() as i64)
    }

    /// A setting's effective value: that of the resource, of the cluster, or the default.
    pub(crate) fn effective_config(&self, resource: &ConfigResource, key: &str) -> Option<Arc<str>> {
        let configs = self.image.configs();
        let own = configs.value(resource, key).cloned();
        own.or_else(|| configs.value(&ConfigResource::broker(""), key).cloned())
            .or_else(|| self.options.config_rules.default_value(resource.kind, key))
    }

    /// `min.insync.replicas` of a topic, never more than it has replicas.
    pub(crate) fn min_isr(&self, topic: &str, replicas: usize) -> usize {
        let value = self.effective_config(&ConfigResource::topic(topic), "min.insync.replicas");
        value.and_then(|value| value.parse().ok()).unwrap_or(1usize).min(replicas)
    }

    /// `unclean.leader.election.enable` of a topic.
    pub(crate) fn allows_unclean_election(&self, topic: &str) -> bool {
        let value = self.effective_config(&ConfigResource::topic(topic), "unclean.leader.election.enable");
        value.is_some_and(|value| &*value == "true")
    }
}

impl Coordinator for Controller {
    type Command = Command;
    type Record = MetadataRecord;
    type Reply = Reply;

    fn handle(&mut self, now: Timestamp, token: Token, command: Command, out: &mut Decision<Self>) {
        let reply = match command {
            Command::Bootstrap(command) => Reply::Bootstrap(self.bootstrap(&command, out)),
            Command::CreateTopics(command) => Reply::CreateTopics(self.create_topics(command, out)),
            Command::DeleteTopics(topics) => Reply::DeleteTopics(self.delete_topics(topics, out)),
            Command::CreatePartitions(command) => {
                Reply::CreatePartitions(self.create_partitions(&command, out))
            }
            Command::IncrementalAlterConfigs(command) => {
                Reply::AlterConfigs(self.incremental_alter_configs(command, out))
            }
            Command::AlterConfigs(command) => Reply::AlterConfigs(self.alter_configs(command, out)),
            Command::RegisterBroker(command) => {
                Reply::RegisterBroker(self.register_broker(now, command, out))
            }
            Command::UnregisterBroker(broker) => Reply::UnregisterBroker(self.unregister_broker(broker, out)),
            Command::BrokerHeartbeat(command) => Reply::BrokerHeartbeat(self.heartbeat(now, &command, out)),
            Command::RegisterController(command) => {
                self.register_controller(command, out);
                Reply::RegisterController
            }
            Command::AllocateProducerIds { broker, epoch } => {
                Reply::AllocateProducerIds(self.allocate_producer_ids(broker, epoch, out))
            }
            Command::UpdateFeatures(command) => Reply::UpdateFeatures(self.update_features(&command, out)),
            Command::AlterPartition(command) => Reply::AlterPartition(self.alter_partition(&command, out)),
            Command::ElectLeaders(command) => Reply::ElectLeaders(self.elect_leaders(&command, out)),
        };
        out.reply(token, reply);
    }

    /// Fences one broker whose session has expired; the next one at the next call, which is due at once,
    /// because what the first one leaves behind decides who leads after the second.
    fn wake(&mut self, now: Timestamp, out: &mut Decision<Self>) {
        if let Some(broker) = self.sessions.take_expired(now) {
            self.fence(broker, out);
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.sessions.next_deadline()
    }

    fn apply(&mut self, record: &MetadataRecord) {
        let applied = self.image.apply(record);
        assert!(
            applied.is_ok(),
            "a record that the controller made does not fit its image: {applied:?}: {record:?}"
        );
        let position = self.image.position();
        let end_offset = position.end_offset.next();
        self.image.set_position(ottla_metadata::Position { end_offset, ..position });
    }

    /// Gives every broker that is not fenced a whole session: it has had no chance yet to be heard.
    fn loaded(&mut self, now: Timestamp) {
        self.sessions.clear();
        for broker in self.image.brokers() {
            if !broker.is_fenced {
                self.sessions.expect(now, broker.id);
            }
        }
    }
}
