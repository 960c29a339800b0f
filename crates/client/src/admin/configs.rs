//! Configuration of topics, brokers, groups and what else has settings.

use std::fmt;

use ottla_protocol::messages::describe_configs::{DescribeConfigsResource, DescribeConfigsResourceResult};
use ottla_protocol::messages::incremental_alter_configs::{AlterConfigsResource, AlterableConfig};
use ottla_protocol::messages::{DescribeConfigsRequest, IncrementalAlterConfigsRequest};
use ottla_protocol::{ApiKey, Str};
use ottla_types::BrokerId;

use super::Admin;
use super::topics::incomplete;
use crate::cluster::Target;
use crate::{Error, Result};

/// What has settings of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigResource {
    /// A topic.
    Topic(String),
    /// One broker.
    Broker(BrokerId),
    /// What holds for every broker that has no setting of its own.
    AllBrokers,
    /// The log levels of one broker (KIP-412).
    BrokerLogger(BrokerId),
    /// Which metrics clients push (KIP-714).
    ClientMetrics(String),
    /// A group (KIP-848, KIP-932).
    Group(String),
}

/// A setting and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Kafka's name for it.
    pub name: String,
    /// Its value; `None` if there is none, or if it is not to be shown.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// Whether it can only be changed in the broker's file, with a restart.
    pub is_read_only: bool,
    /// Whether the value is a secret.
    pub is_sensitive: bool,
    /// Every place that gives it a value, the one that holds first.
    pub synonyms: Vec<(String, Option<String>, ConfigSource)>,
    /// What it does, if the broker tells.
    pub documentation: Option<String>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigSource {
    /// Set for this topic.
    Topic,
    /// Set for this broker, at run time.
    Broker,
    /// Set for all brokers, at run time.
    AllBrokers,
    /// The broker's file.
    File,
    /// Nobody set it.
    Default,
    /// The log level of a logger, set at run time.
    BrokerLogger,
    /// Set for this client-metrics subscription.
    ClientMetrics,
    /// Set for this group.
    Group,
    /// A source that this library does not know.
    Unknown(i8),
}

/// A change to one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigChange {
    /// Gives it a value.
    Set(String, String),
    /// Takes its value away, so that the next source holds.
    Unset(String),
    /// Adds to a list.
    Append(String, String),
    /// Takes away from a list.
    Subtract(String, String),
}

impl ConfigResource {
    const fn kind(&self) -> i8 {
        match self {
            Self::Topic(_) => 2,
            Self::Broker(_) | Self::AllBrokers => 4,
            Self::BrokerLogger(_) => 8,
            Self::ClientMetrics(_) => 16,
            Self::Group(_) => 32,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Topic(name) | Self::ClientMetrics(name) | Self::Group(name) => name.clone(),
            Self::Broker(id) | Self::BrokerLogger(id) => id.to_string(),
            Self::AllBrokers => String::new(),
        }
    }

    /// A broker's settings are known to that broker alone.
    const fn target(&self) -> Target {
        match self {
            Self::Broker(id) | Self::BrokerLogger(id) => Target::Broker(*id),
            Self::Topic(_) | Self::AllBrokers | Self::ClientMetrics(_) | Self::Group(_) => Target::Any,
        }
    }
}

impl fmt::Display for ConfigResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic(name) => write!(f, "topic {name}"),
            Self::Broker(id) => write!(f, "broker {id}"),
            Self::AllBrokers => f.write_str("all brokers"),
            Self::BrokerLogger(id) => write!(f, "the loggers of broker {id}"),
            Self::ClientMetrics(name) => write!(f, "client metrics {name}"),
            Self::Group(name) => write!(f, "group {name}"),
        }
    }
}

impl ConfigSource {
    const fn of(code: i8) -> Self {
        match code {
            1 => Self::Topic,
            2 => Self::Broker,
            3 => Self::AllBrokers,
            4 => Self::File,
            5 => Self::Default,
            6 => Self::BrokerLogger,
            7 => Self::ClientMetrics,
            8 => Self::Group,
            other => Self::Unknown(other),
        }
    }

    /// Kafka's name for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Topic => "DYNAMIC_TOPIC_CONFIG",
            Self::Broker => "DYNAMIC_BROKER_CONFIG",
            Self::AllBrokers => "DYNAMIC_DEFAULT_BROKER_CONFIG",
            Self::File => "STATIC_BROKER_CONFIG",
            Self::Default => "DEFAULT_CONFIG",
            Self::BrokerLogger => "DYNAMIC_BROKER_LOGGER_CONFIG",
            Self::ClientMetrics => "DYNAMIC_CLIENT_METRICS_CONFIG",
            Self::Group => "DYNAMIC_GROUP_CONFIG",
            Self::Unknown(_) => "UNKNOWN",
        }
    }
}

impl ConfigEntry {
    fn of(result: &DescribeConfigsResourceResult) -> Self {
        let text = |value: &Option<Str>| value.as_ref().map(ToString::to_string);
        let synonyms = result.synonyms.iter();
        Self {
            name: result.name.to_string(),
            value: text(&result.value),
            source: ConfigSource::of(result.config_source),
            is_read_only: result.read_only,
            is_sensitive: result.is_sensitive,
            synonyms: synonyms
                .map(|one| (one.name.to_string(), text(&one.value), ConfigSource::of(one.source)))
                .collect(),
            documentation: text(&result.documentation).filter(|text| !text.is_empty()),
        }
    }
}

impl ConfigChange {
    fn to_wire(&self) -> AlterableConfig {
        let (operation, name, value) = match self {
            Self::Set(name, value) => (0, name, Some(value)),
            Self::Unset(name) => (1, name, None),
            Self::Append(name, value) => (2, name, Some(value)),
            Self::Subtract(name, value) => (3, name, Some(value)),
        };
        AlterableConfig {
            name: Str::from(name.as_str()),
            config_operation: operation,
            value: value.map(|value| Str::from(value.as_str())),
            ..Default::default()
        }
    }
}

impl Admin {
    /// All settings of a resource, by name; with their documentation if that is wanted.
    ///
    /// # Errors
    /// See [`Error::kind`].
    pub async fn describe_config(
        &self,
        resource: &ConfigResource,
        with_documentation: bool,
    ) -> Result<Vec<ConfigEntry>> {
        let asked = DescribeConfigsResource {
            resource_type: resource.kind(),
            resource_name: Str::from(resource.name()),
            configuration_keys: None,
            ..Default::default()
        };
        let request = DescribeConfigsRequest {
            resources: vec![asked],
            include_synonyms: true,
            include_documentation: with_documentation,
            ..Default::default()
        };
        self.ask(resource.target(), &request, |answer| {
            let result = answer.results.first();
            let result = result.ok_or_else(|| incomplete(ApiKey::DescribeConfigs, &resource.to_string()))?;
            if let (ConfigResource::Topic(name), true) = (resource, is_unknown_topic(result.error_code)) {
                return Err(Error::UnknownTopic(name.as_str().into()));
            }
            Error::check(result.error_code, result.error_message.as_deref(), resource)?;
            let mut entries: Vec<_> = result.configs.iter().map(ConfigEntry::of).collect();
            entries.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(entries)
        })
        .await
    }

    /// Changes settings of a resource, all or none. With `is_trial` the broker says whether it would, and does
    /// nothing.
    ///
    /// # Errors
    /// See [`Error::kind`].
    pub async fn alter_config(
        &self,
        resource: &ConfigResource,
        changes: &[ConfigChange],
        is_trial: bool,
    ) -> Result<()> {
        let altered = AlterConfigsResource {
            resource_type: resource.kind(),
            resource_name: Str::from(resource.name()),
            configs: changes.iter().map(ConfigChange::to_wire).collect(),
            ..Default::default()
        };
        let request = IncrementalAlterConfigsRequest {
            resources: vec![altered],
            validate_only: is_trial,
            ..Default::default()
        };
        self.ask(resource.target(), &request, |answer| {
            let result = answer.responses.first();
            let result =
                result.ok_or_else(|| incomplete(ApiKey::IncrementalAlterConfigs, &resource.to_string()))?;
            if let (ConfigResource::Topic(name), true) = (resource, is_unknown_topic(result.error_code)) {
                return Err(Error::UnknownTopic(name.as_str().into()));
            }
            Error::check(result.error_code, result.error_message.as_deref(), resource)
        })
        .await
    }
}

const fn is_unknown_topic(code: i16) -> bool {
    code == ottla_types::ErrorCode::UnknownTopicOrPartition.code()
}
