//! What the controller can be asked, and what it answers.

use std::sync::Arc;

use ottla_metadata::{ConfigResource, Endpoint, FeatureRange, LeaderRecovery, MetadataRecord};
use ottla_types::{
    BrokerEpoch, BrokerId, LeaderEpoch, Offset, PartitionEpoch, PartitionIndex, ProducerId, Uuid,
};

use crate::refusal::Refusal;

/// Something to be done to the cluster. Ids and chance come in with it, so that the controller draws nothing.
#[derive(Clone, Debug)]
pub enum Command {
    /// Writes the first records of a new cluster; does nothing in one that has them.
    Bootstrap(Bootstrap),
    /// Creates topics.
    CreateTopics(CreateTopics),
    /// Deletes topics.
    DeleteTopics(Vec<TopicKey>),
    /// Adds partitions to topics.
    CreatePartitions(CreatePartitions),
    /// Changes single settings.
    IncrementalAlterConfigs(AlterConfigs<ConfigChange>),
    /// Replaces all settings of resources.
    AlterConfigs(AlterConfigs<ConfigPair>),
    /// A broker has started.
    RegisterBroker(RegisterBroker),
    /// A broker is gone for good.
    UnregisterBroker(BrokerId),
    /// A broker is alive, or wants to go.
    BrokerHeartbeat(BrokerHeartbeat),
    /// A controller has started.
    RegisterController(RegisterController),
    /// A broker needs a block of producer ids.
    AllocateProducerIds {
        /// Which broker.
        broker: BrokerId,
        /// Its epoch.
        epoch: BrokerEpoch,
    },
    /// Finalizes levels of features.
    UpdateFeatures(UpdateFeatures),
    /// A leader changes the ISR of partitions.
    AlterPartition(AlterPartition),
    /// Elects leaders anew.
    ElectLeaders(ElectLeaders),
}

/// What became of a command; the variants are named as the commands are.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Whether there was anything to write.
    Bootstrap(bool),
    /// Per topic, in the order of the request, each name once.
    CreateTopics(Vec<(Arc<str>, Result<CreatedTopic, Refusal>)>),
    /// Per topic, in the order of the request.
    DeleteTopics(Vec<Result<DeletedTopic, (TopicKey, Refusal)>>),
    /// Per topic, in the order of the request, each name once.
    CreatePartitions(Vec<(Arc<str>, Result<(), Refusal>)>),
    /// Per resource, in the order of the request. For both ways of changing settings.
    AlterConfigs(Vec<(ConfigResource, Result<(), Refusal>)>),
    /// The broker's epoch.
    RegisterBroker(Result<BrokerEpoch, Refusal>),
    /// Nothing more to say.
    UnregisterBroker(Result<(), Refusal>),
    /// What the broker is to do.
    BrokerHeartbeat(Result<BrokerStanding, Refusal>),
    /// Nothing more to say.
    RegisterController,
    /// The first id of the block; it has [`crate::PRODUCER_ID_BLOCK_LEN`] ids.
    AllocateProducerIds(Result<ProducerId, Refusal>),
    /// All of them or none.
    UpdateFeatures(Result<(), Refusal>),
    /// Per partition, in the order of the request; refused as a whole if the broker's epoch is not the
    /// current one.
    AlterPartition(Result<Vec<AlterPartitionResult>, Refusal>),
    /// Per partition, in the order of the request.
    ElectLeaders(Vec<(Arc<str>, PartitionIndex, Result<(), Refusal>)>),
}

/// A setting and its value.
pub type ConfigPair = (Arc<str>, Arc<str>);

/// What became of the change of one partition.
pub type AlterPartitionResult = (Uuid, PartitionIndex, Result<AlteredPartition, Refusal>);

/// See [`Command::Bootstrap`].
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// Features to finalize with their levels, `metadata.version` among them.
    pub features: Vec<(Arc<str>, i16)>,
    /// What was laid down when the directory was formatted: levels that are to stand instead of these, as far
    /// as this controller supports them, and records of other kinds, which are written as they are.
    pub records: Vec<MetadataRecord>,
}

/// See [`Command::CreateTopics`].
#[derive(Clone, Debug)]
pub struct CreateTopics {
    /// The topics.
    pub topics: Vec<NewTopic>,
    /// Says what would happen and changes nothing.
    pub validate_only: bool,
    /// Decides which brokers get which replicas.
    pub seed: u64,
}

/// A topic to be created.
#[derive(Clone, Debug)]
pub struct NewTopic {
    /// Its name.
    pub name: Arc<str>,
    /// Its id, drawn at random by whoever asks.
    pub id: Uuid,
    /// How many partitions; `None` for the default.
    pub partitions: Option<i32>,
    /// How many replicas of each; `None` for the default.
    pub replication_factor: Option<i16>,
    /// Replicas by partition, where the user places them by hand; empty otherwise.
    pub assignments: Vec<(PartitionIndex, Vec<BrokerId>)>,
    /// Settings.
    pub configs: Vec<(Arc<str>, Option<Arc<str>>)>,
}

/// A topic that was created, or would have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Its id.
    pub id: Uuid,
    /// How many partitions.
    pub partitions: i32,
    /// How many replicas of each.
    pub replication_factor: i16,
    /// Its settings, where they differ from the defaults.
    pub configs: Vec<ConfigPair>,
}

/// How a request names a topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TopicKey {
    /// By its name.
    Name(Arc<str>),
    /// By its id.
    Id(Uuid),
}

/// A topic that was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedTopic {
    /// Its name.
    pub name: Arc<str>,
    /// Its id.
    pub id: Uuid,
}

/// See [`Command::CreatePartitions`].
#[derive(Clone, Debug)]
pub struct CreatePartitions {
    /// The topics.
    pub topics: Vec<MorePartitions>,
    /// Says what would happen and changes nothing.
    pub validate_only: bool,
    /// Decides which brokers get which replicas.
    pub seed: u64,
}

/// A topic that is to have more partitions.
#[derive(Clone, Debug)]
pub struct MorePartitions {
    /// The topic.
    pub topic: Arc<str>,
    /// How many it is to have.
    pub count: i32,
    /// Replicas of the new ones, where the user places them by hand.
    pub assignments: Option<Vec<Vec<BrokerId>>>,
}

/// See [`Command::IncrementalAlterConfigs`] and [`Command::AlterConfigs`].
#[derive(Clone, Debug)]
pub struct AlterConfigs<T> {
    /// What is to change, by resource.
    pub resources: Vec<(ConfigResource, Vec<T>)>,
    /// Says what would happen and changes nothing.
    pub validate_only: bool,
}

/// A change of one setting.
#[derive(Clone, Debug)]
pub struct ConfigChange {
    /// The setting.
    pub key: Arc<str>,
    /// What becomes of it.
    pub operation: ConfigOperation,
}

/// What becomes of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigOperation {
    /// It gets this value.
    Set(Arc<str>),
    /// It gets its default again.
    Delete,
    /// These elements, separated by commas, are added to the list.
    Append(Arc<str>),
    /// These elements, separated by commas, are taken off the list.
    Subtract(Arc<str>),
}

/// See [`Command::RegisterBroker`].
#[derive(Clone, Debug)]
pub struct RegisterBroker {
    /// The broker's id.
    pub id: BrokerId,
    /// The cluster that it believes to be in.
    pub cluster_id: Arc<str>,
    /// Drawn at random when its process started.
    pub incarnation: Uuid,
    /// Where it listens.
    pub endpoints: Vec<Endpoint>,
    /// What it supports.
    pub features: Vec<FeatureRange>,
    /// Its rack.
    pub rack: Option<Arc<str>>,
    /// The ids of its log directories.
    pub log_dirs: Vec<Uuid>,
    /// The epoch that it had when it last stopped cleanly, if it did.
    pub previous_epoch: Option<BrokerEpoch>,
}

/// See [`Command::BrokerHeartbeat`].
#[derive(Clone, Debug)]
pub struct BrokerHeartbeat {
    /// The broker.
    pub id: BrokerId,
    /// Its epoch.
    pub epoch: BrokerEpoch,
    /// How far it has followed the metadata log: the offset of the last record that it has.
    pub metadata_offset: Offset,
    /// It wants to be fenced.
    pub wants_fence: bool,
    /// It wants to stop.
    pub wants_shutdown: bool,
    /// Log directories that failed.
    pub offline_log_dirs: Vec<Uuid>,
    /// Log directories that take no new partitions; `None` if the broker does not say.
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

/// How a broker stands with the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokerStanding {
    /// It has the metadata log up to its own registration.
    pub is_caught_up: bool,
    /// It is fenced.
    pub is_fenced: bool,
    /// It may stop now.
    pub may_shut_down: bool,
}

/// See [`Command::RegisterController`].
#[derive(Clone, Debug)]
pub struct RegisterController {
    /// The controller's id.
    pub id: BrokerId,
    /// Drawn at random when its process started.
    pub incarnation: Uuid,
    /// Where it listens.
    pub endpoints: Vec<Endpoint>,
    /// What it supports.
    pub features: Vec<FeatureRange>,
}

/// See [`Command::UpdateFeatures`].
#[derive(Clone, Debug)]
pub struct UpdateFeatures {
    /// The features.
    pub updates: Vec<FeatureUpdate>,
    /// Says what would happen and changes nothing.
    pub validate_only: bool,
}

/// A feature and its level to be.
#[derive(Clone, Debug)]
pub struct FeatureUpdate {
    /// The feature.
    pub name: Arc<str>,
    /// The level.
    pub level: i16,
    /// Which way it may go.
    pub upgrade_type: UpgradeType,
}

/// Which way the level of a feature may go (KIP-778).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpgradeType {
    /// Up only.
    Upgrade,
    /// Down, where no facts are lost by it.
    SafeDowngrade,
    /// Down, whatever is lost by it. It is allowed no more than a safe one, as with Kafka.
    UnsafeDowngrade,
    /// A type that nobody knows, by its number.
    Unknown(i8),
}

impl UpgradeType {
    /// The type that this number means in Kafka's protocol.
    #[must_use]
    pub const fn from_code(code: i8) -> Self {
        match code {
            1 => Self::Upgrade,
            2 => Self::SafeDowngrade,
            3 => Self::UnsafeDowngrade,
            code => Self::Unknown(code),
        }
    }
}

/// See [`Command::AlterPartition`].
#[derive(Clone, Debug)]
pub struct AlterPartition {
    /// The leader.
    pub broker: BrokerId,
    /// Its epoch.
    pub epoch: BrokerEpoch,
    /// The partitions.
    pub partitions: Vec<IsrChange>,
}

/// A partition's ISR as its leader wants it.
#[derive(Clone, Debug)]
pub struct IsrChange {
    /// The topic.
    pub topic: Uuid,
    /// The partition.
    pub index: PartitionIndex,
    /// The leader epoch in which the leader decided.
    pub leader_epoch: LeaderEpoch,
    /// The partition epoch that it knew.
    pub partition_epoch: PartitionEpoch,
    /// The ISR, with the broker epoch of each member where the leader knows it.
    pub isr: Vec<(BrokerId, Option<BrokerEpoch>)>,
    /// Whether the leader has recovered from its unclean election.
    pub leader_recovery: LeaderRecovery,
}

/// A partition after its ISR changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlteredPartition {
    /// The leader.
    pub leader: BrokerId,
    /// Its epoch.
    pub leader_epoch: LeaderEpoch,
    /// The ISR.
    pub isr: Vec<BrokerId>,
    /// Whether the leader must still recover.
    pub leader_recovery: LeaderRecovery,
    /// The partition's epoch.
    pub partition_epoch: PartitionEpoch,
}

/// See [`Command::ElectLeaders`].
#[derive(Clone, Debug)]
pub struct ElectLeaders {
    /// Whether a replica outside the ISR may be chosen when nobody else is left.
    pub unclean: bool,
    /// The partitions; `None` for all that need it.
    pub partitions: Option<Vec<(Arc<str>, PartitionIndex)>>,
}
