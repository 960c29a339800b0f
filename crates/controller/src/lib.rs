//! The controller: commands about topics, brokers, settings and features become metadata records.
//!
//! Deliberately absent: I/O, clocks, chance (seeds and ids come in with the commands), the wire's requests
//! and responses (the broker's API layer turns them into commands and back), knowledge of single settings
//! (that is [`ConfigRules`]), and replication (that is `ottla-quorum`).
//!
//! Read first: [`Controller`], a machine of the shape that `ottla-machine` describes; [`Command`] and
//! [`Reply`], all that can be asked of it; [`Refusal`], every reason to say no, with its words and its error
//! code.
//!
//! The path of one command: the shell hands it to the machine, which looks at its image and adds records and
//! a reply to the decision. The shell applies the records at once, so that the next command sees them, and
//! proposes them to the quorum together with those of other commands. When they are committed, it releases
//! the replies. If they are not (another controller became active, or the log ends elsewhere than the records
//! assume), it drops the machine and starts one from the committed image.
//!
//! Invariants: `ottla_metadata::invariants`, after every record; a refused command leaves no record; what a
//! feature is not whole for is not finalized; the same commands from the same image give the same records.

mod brokers;
mod chance;
mod cluster;
mod command;
mod config_rules;
mod configs;
mod controller;
mod leadership;
mod partition_change;
mod placement;
mod refusal;
mod sessions;
mod topic_name;
mod topics;

#[cfg(test)]
mod tests;

pub use cluster::{KRAFT_VERSION, PRODUCER_ID_BLOCK_LEN};
pub use command::{
    AlterConfigs, AlterPartition, AlterPartitionResult, AlteredPartition, Bootstrap, BrokerHeartbeat,
    BrokerStanding, Command, ConfigChange, ConfigOperation, ConfigPair, CreatePartitions, CreateTopics,
    CreatedTopic, DeletedTopic, ElectLeaders, FeatureUpdate, IsrChange, MorePartitions, NewTopic,
    RegisterBroker, RegisterController, Reply, TopicKey, UpdateFeatures, UpgradeType,
};
pub use config_rules::{AlteredConfig, ConfigRules};
pub use controller::{Controller, Options};
pub use refusal::{BadAssignment, Refusal};
pub use topic_name::{BadName, METADATA_TOPIC, check_topic_name};
