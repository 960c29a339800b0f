//! Why the controller refuses, in words for the user and as Kafka's error code.

use std::sync::Arc;

use ottla_metadata::MetadataVersion;
use ottla_types::{BrokerEpoch, BrokerId, ErrorCode, LeaderEpoch, PartitionEpoch, PartitionIndex, Uuid};

use crate::topic_name::BadName;

/// Why a command, or a part of it, changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The name cannot be a topic's.
    #[error("{0}")]
    BadTopicName(#[from] BadName),
    /// The name is another topic's but for dots and underscores.
    #[error(
        "topic '{name}' collides with the existing topic '{existing}': names that differ only in '.' and '_' \
         share the names of their metrics; choose another name"
    )]
    TopicCollides {
        /// What was asked for.
        name: Arc<str>,
        /// What is there.
        existing: Arc<str>,
    },
    /// The topic is there.
    #[error("topic '{0}' already exists")]
    TopicExists(Arc<str>),
    /// The request names the topic twice.
    #[error("topic '{0}' is named more than once in this request; name it once")]
    DuplicateTopic(Arc<str>),
    /// Nobody may create the metadata log.
    #[error("'{0}' is the cluster's own metadata log; it can be neither created nor deleted")]
    MetadataTopic(Arc<str>),
    /// There is no such topic.
    #[error("there is no topic '{0}'")]
    UnknownTopic(Arc<str>),
    /// There is no topic with this id.
    #[error("there is no topic with id {0}")]
    UnknownTopicId(Uuid),
    /// There is no such partition.
    #[error("there is no partition {index} of topic '{topic}'")]
    UnknownPartition {
        /// The topic.
        topic: Arc<str>,
        /// The partition.
        index: PartitionIndex,
    },
    /// The partition count makes no sense.
    #[error("the number of partitions is {0}; it must be at least 1, or -1 for the default (num.partitions)")]
    BadPartitionCount(i32),
    /// Partitions are only ever added.
    #[error(
        "topic '{topic}' has {current} partition(s), and {asked} would not be an increase; ask for more than {current}"
    )]
    NoIncrease {
        /// The topic.
        topic: Arc<str>,
        /// What it has.
        current: usize,
        /// What was asked for.
        asked: i32,
    },
    /// More partitions than one request may make.
    #[error("the request asks for {asked} partitions; one request may create at most {limit}: split it")]
    TooManyPartitions {
        /// The sum over the request.
        asked: u64,
        /// The limit.
        limit: u64,
    },
    /// The replication factor makes no sense.
    #[error(
        "the replication factor is {0}; it must be at least 1, or -1 for the default (default.replication.factor)"
    )]
    BadReplicationFactor(i16),
    /// There are fewer brokers than replicas.
    #[error(
        "the replication factor is {asked}, but only {registered} broker(s) are registered that can take replicas"
    )]
    TooFewBrokers {
        /// What was asked for.
        asked: i16,
        /// How many there are.
        registered: usize,
    },
    /// Nobody could lead.
    #[error(
        "no broker can take replicas now: all are fenced, shutting down, or have all log directories cordoned"
    )]
    NoActiveBroker,
    /// An assignment together with counts.
    #[error(
        "replicas are assigned by hand, so {field} must be -1, but it is {value}: leave one of the two out"
    )]
    AssignmentAndCount {
        /// Which count.
        field: &'static str,
        /// What it is.
        value: i32,
    },
    /// The assignment by hand does not work out.
    #[error("the replicas assigned to partition {index} are not possible: {reason}")]
    BadAssignment {
        /// For which partition.
        index: PartitionIndex,
        /// Why not.
        reason: BadAssignment,
    },
    /// The assignment has holes.
    #[error(
        "{assigned} partition(s) were assigned replicas, but {needed} are to be created, from {first} on without a gap"
    )]
    AssignmentCount {
        /// How many assignments there are.
        assigned: usize,
        /// How many there must be.
        needed: usize,
        /// The first index that needs one.
        first: usize,
    },
    /// A setting has no value.
    #[error("a topic cannot be created with a setting that has no value; give one for {0}, or leave it out")]
    NullConfig(String),
    /// A setting is wrong. The words come from whoever knows the settings.
    #[error("{0}")]
    BadConfig(String),
    /// A change of a setting is malformed, or of a kind that Kafka calls so. The words come from whoever knows the
    /// settings.
    #[error("{0}")]
    BadConfigRequest(String),
    /// Settings of this kind are kept elsewhere.
    #[error("settings of resources of kind {0} are not kept by the controller")]
    BadResourceKind(i8),
    /// Another process has this broker's id.
    #[error(
        "another broker is registered with id {0} and alive; if this one was restarted, it will be let in when the \
         session of the former one expires"
    )]
    DuplicateBroker(BrokerId),
    /// The broker belongs to another cluster.
    #[error(
        "this is cluster {expected}, but the broker belongs to cluster {actual}; check its cluster.id and addresses"
    )]
    WrongCluster {
        /// This cluster.
        expected: Arc<str>,
        /// The broker's.
        actual: Arc<str>,
    },
    /// The registration contradicts itself or another one.
    #[error("the registration is not possible: {0}")]
    BadRegistration(String),
    /// The broker cannot work with what the cluster uses.
    #[error("the broker supports {feature} from {min} to {max}, but the cluster uses level {finalized}")]
    UnsupportedFeature {
        /// The feature.
        feature: Arc<str>,
        /// The broker's lowest level.
        min: i16,
        /// The broker's highest level.
        max: i16,
        /// The cluster's level.
        finalized: i16,
    },
    /// There is no such broker.
    #[error("broker {0} is not registered")]
    UnknownBroker(BrokerId),
    /// The broker registered anew since.
    #[error("broker {broker} is registered with epoch {current}, not {named}")]
    StaleBrokerEpoch {
        /// The broker.
        broker: BrokerId,
        /// Its epoch.
        current: BrokerEpoch,
        /// The epoch that the request names.
        named: BrokerEpoch,
    },
    /// No producer ids are left.
    #[error("all producer ids are used up")]
    NoProducerIds,
    /// Nobody here knows the feature.
    #[error("the feature '{0}' is not supported by this controller")]
    UnknownFeature(Arc<str>),
    /// The level cannot be had.
    #[error("'{feature}' cannot be set to level {level}: {reason}")]
    BadFeatureLevel {
        /// The feature.
        feature: Arc<str>,
        /// What was asked for.
        level: i16,
        /// Why not.
        reason: String,
    },
    /// A downgrade that would lose facts.
    #[error(
        "metadata.version cannot go from {from} down to {to}: facts that only the newer one can hold would be lost"
    )]
    LossyDowngrade {
        /// What is finalized.
        from: MetadataVersion,
        /// What was asked for.
        to: MetadataVersion,
    },
    /// The leader's epoch is older than the one known here.
    #[error("the leader epoch is {current}, not {named}")]
    FencedLeaderEpoch {
        /// What it is.
        current: LeaderEpoch,
        /// What was named.
        named: LeaderEpoch,
    },
    /// The leader knows something newer, so this controller is behind.
    #[error("the request is newer than what this controller knows; another one is active")]
    NotController,
    /// Somebody changed the partition in between.
    #[error("the partition epoch is {current}, not {named}")]
    StalePartitionEpoch {
        /// What it is.
        current: PartitionEpoch,
        /// What was named.
        named: PartitionEpoch,
    },
    /// The ISR cannot be this.
    #[error("the ISR cannot be changed so: {0}")]
    BadIsr(&'static str),
    /// A replica may not join now.
    #[error(
        "replica {0} cannot be in the ISR: it is fenced, shutting down, or its broker epoch is not the current one"
    )]
    IneligibleReplica(BrokerId),
    /// The change moved the leadership away from whoever asked for it.
    #[error("the change completed a reassignment and another leader was elected")]
    NewLeaderElected,
    /// There is nothing to elect.
    #[error("the leader is already the one that the election would choose")]
    ElectionNotNeeded,
    /// The first replica cannot lead.
    #[error("the preferred leader is not in the ISR, or not alive")]
    PreferredLeaderNotAvailable,
    /// No replica can lead.
    #[error("no replica is alive that could lead")]
    EligibleLeadersNotAvailable,
}

/// Why an assignment by hand does not work out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAssignment {
    /// No replica.
    #[error("the list is empty")]
    Empty,
    /// A replica on nobody.
    #[error("broker {0} is not registered")]
    UnknownBroker(BrokerId),
    /// A broker that takes no replicas.
    #[error("all log directories of broker {0} are cordoned")]
    Cordoned(BrokerId),
    /// Two replicas on one broker.
    #[error("broker {0} is named more than once")]
    Twice(BrokerId),
    /// Not as many as the others.
    #[error("{actual} replica(s) are named, but the other partitions have {expected}")]
    Uneven {
        /// How many.
        actual: usize,
        /// How many the others have.
        expected: usize,
    },
    /// Nobody who could lead.
    #[error("all brokers named are fenced or shutting down")]
    NoneActive,
    /// The partition has an assignment already.
    #[error("the partition is assigned more than once")]
    Repeated,
}

impl Refusal {
    /// What Kafka's clients are told.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::BadTopicName(_) | Self::TopicCollides { .. } => ErrorCode::InvalidTopicException,
            Self::TopicExists(_) => ErrorCode::TopicAlreadyExists,
            Self::DuplicateTopic(_)
            | Self::AssignmentAndCount { .. }
            | Self::BadResourceKind(_)
            | Self::BadConfigRequest(_)
            | Self::BadIsr(_) => ErrorCode::InvalidRequest,
            Self::MetadataTopic(_) => ErrorCode::TopicAuthorizationFailed,
            Self::UnknownTopic(_) | Self::UnknownPartition { .. } => ErrorCode::UnknownTopicOrPartition,
            Self::UnknownTopicId(_) => ErrorCode::UnknownTopicId,
            Self::BadPartitionCount(_) | Self::NoIncrease { .. } => ErrorCode::InvalidPartitions,
            Self::TooManyPartitions { .. } => ErrorCode::PolicyViolation,
            Self::BadReplicationFactor(_) | Self::TooFewBrokers { .. } | Self::NoActiveBroker => {
                ErrorCode::InvalidReplicationFactor
            }
            Self::BadAssignment { .. } | Self::AssignmentCount { .. } => ErrorCode::InvalidReplicaAssignment,
            Self::NullConfig(_) | Self::BadConfig(_) => ErrorCode::InvalidConfig,
            Self::DuplicateBroker(_) => ErrorCode::DuplicateBrokerRegistration,
            Self::WrongCluster { .. } => ErrorCode::InconsistentClusterId,
            Self::BadRegistration(_) => ErrorCode::InvalidRegistration,
            Self::UnsupportedFeature { .. } => ErrorCode::UnsupportedVersion,
            Self::UnknownBroker(_) => ErrorCode::BrokerIdNotRegistered,
            Self::StaleBrokerEpoch { .. } => ErrorCode::StaleBrokerEpoch,
            Self::NoProducerIds => ErrorCode::UnknownServerError,
            Self::UnknownFeature(_) | Self::BadFeatureLevel { .. } | Self::LossyDowngrade { .. } => {
                ErrorCode::InvalidUpdateVersion
            }
            Self::FencedLeaderEpoch { .. } => ErrorCode::FencedLeaderEpoch,
            Self::NotController => ErrorCode::NotController,
            Self::StalePartitionEpoch { .. } => ErrorCode::InvalidUpdateVersion,
            Self::IneligibleReplica(_) => ErrorCode::IneligibleReplica,
            Self::NewLeaderElected => ErrorCode::NewLeaderElected,
            Self::ElectionNotNeeded => ErrorCode::ElectionNotNeeded,
            Self::PreferredLeaderNotAvailable => ErrorCode::PreferredLeaderNotAvailable,
            Self::EligibleLeadersNotAvailable => ErrorCode::EligibleLeadersNotAvailable,
        }
    }
}
