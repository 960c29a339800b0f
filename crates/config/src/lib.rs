//! Every setting once: key, type, default, range, documentation, whether it can change while a node runs, and
//! whether its function exists in Ottla. The same rows drive the start, DescribeConfigs, AlterConfigs and
//! `docs/config.md`.
//!
//! Deliberately absent: I/O. The caller reads file, environment, command line and the cluster's metadata, and
//! publishes what comes out.
//!
//! Read first: [`Setting`], the row; [`Inputs`], what a node is started with, which resolves to a typed and checked
//! [`NodeConfig`]; [`EffectiveConfig`], what holds on a running node once the cluster's own settings lie over that.
//!
//! The path of one value: a line of a properties file is read ([`properties`]), merged with what environment and
//! command line say, looked up in the tables ([`broker`]), parsed by the row's type and rule, checked
//! against other values, and judged: what does not exist yet is an error where going on without it would be less
//! safe than was asked for, and a warning elsewhere.
//!
//! Invariants: defaults, types, ranges and synonyms are Apache Kafka 4.3.1's, except where a row names a
//! [`Deviation`]; a value that is wrong is reported with its key, its place and what would be right, and all such
//! reports come together; a password is never part of a message.

mod alter;
pub mod broker;
mod checks;
pub mod client_metrics;
mod describe;
mod duration;
mod dynamic;
mod effective;
mod endpoint;
mod error;
pub mod group;
mod key;
mod log_times;
mod markdown;
mod nearest;
mod node;
pub mod properties;
mod setting;
mod statics;
mod synonyms;
pub mod topic;
mod topic_config;
mod unmet;
mod value;
mod values;

pub use alter::{AlterError, Altered, BrokerScope, Change, Operation, alter_distant_broker, replacement};
pub use describe::{ConfigSource, Described, Synonym};
pub use dynamic::{CleanerConfig, ConnectionLimits, DynamicConfig, ListenerLimits, Throttles};
pub use effective::{EffectiveConfig, Texts};
pub use endpoint::{Address, Voter};
pub use error::{ConfigError, Problem, Source};
pub use markdown::markdown;
pub use node::{
    CompressionCodec, FetchConfig, GroupsConfig, Listener, Listeners, MetadataConfig, NetworkConfig,
    NodeConfig, OffsetsConfig, ProducersConfig, QuorumConfig, Replicas, Roles, SecurityProtocol,
    StorageConfig, TopicsConfig, TransactionsConfig,
};
pub use setting::{Default, Deviation, Dynamic, Importance, Kind, Rule, Setting, Status};
pub use statics::{Given, Inputs, Startup, StaticConfig};
pub use topic_config::{
    CleanupPolicy, Compaction, Compression, RemoteConfig, Throttled, TimestampType, TopicConfig,
};
pub use value::Value;
