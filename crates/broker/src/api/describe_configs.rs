//! DescribeConfigs (32): the settings of topics, brokers, groups and client-metrics subscriptions, where each
//! comes from and what it overrides. KIP-133, KIP-226, KIP-412, KIP-569, KIP-714, KIP-848.
//!
//! Deviation: there are no loggers whose levels change while the node runs, so a broker's loggers are
//! refused.

use std::sync::Arc;

use ottla_config::{Described, EffectiveConfig};
use ottla_controller::{Refusal, check_topic_name};
use ottla_metadata::{ConfigResource, MetadataImage, ResourceKind};
use ottla_protocol::messages::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResponse,
    DescribeConfigsResult, DescribeConfigsSynonym,
};
use ottla_types::BrokerId;

use crate::admin::{Refused, error_fields};
use crate::follower::texts;
use crate::request::{Call, Serve};

pub(super) const DEVIATION: &str = "a broker's loggers are refused: there are none whose levels change while the node runs; after 500,000 settings \
     the rest of the resources is refused";

impl Serve for DescribeConfigsRequest {
    async fn serve(call: Call<Self>) -> DescribeConfigsResponse {
        let Call { broker, request, room: response_room, .. } = call;
        let known =
            |resource: &DescribeConfigsResource| KINDS.contains(&ResourceKind(resource.resource_type));
        let unknown = request.resources.iter().find(|resource| !known(resource));
        let (image, effective) = (broker.image(), broker.effective.load_full());
        let view = View { image: &image, effective: &effective, node_id: broker.config().node_id };
        let shape =
            Shape { synonyms: request.include_synonyms, documentation: request.include_documentation };
        let mut room = SETTINGS_MAX;
        let mut results = Vec::with_capacity(request.resources.len());
        for resource in &request.resources {
            let described = match unknown {
                Some(unknown) => Err(unknown_kind(unknown.resource_type)),
                None if room == 0 => Err(too_many()),
                None => view.describe(resource),
            };
            let count = described.as_ref().map_or(0, Vec::len);
            room = room.saturating_sub(count);
            results.push(shape.result(resource, described));
            if !response_room.take((1 + count) * SETTING_BYTES).await {
                break;
            }
            // Others are served by this thread too.
            tokio::task::yield_now().await;
        }
        DescribeConfigsResponse { results, ..DescribeConfigsResponse::default() }
    }
}

/// A few bytes name a resource, and hundreds of settings may be its description: without a bound a small
/// request could ask for more than there is memory.
const SETTINGS_MAX: usize = 500_000;

/// About what a setting takes of the response without its documentation.
const SETTING_BYTES: usize = 200;

fn too_many() -> Refused {
    Refused::invalid(format!(
        "a response shows {SETTINGS_MAX} settings at most; ask for fewer resources, or for some of their settings"
    ))
}

/// The kinds of resources that have settings. One that is not known fails the whole request.
const KINDS: &[ResourceKind] = &[
    ResourceKind::TOPIC,
    ResourceKind::BROKER,
    ResourceKind::BROKER_LOGGER,
    ResourceKind::CLIENT_METRICS,
    ResourceKind::GROUP,
];

fn unknown_kind(kind: i8) -> Refused {
    Refused::invalid(format!(
        "resources of kind {kind} are not known; there are topics (2), brokers (4), client metrics (16) and \
         groups (32)"
    ))
}

/// What is looked at.
struct View<'a> {
    image: &'a MetadataImage,
    effective: &'a EffectiveConfig,
    node_id: BrokerId,
}

impl View<'_> {
    fn describe(&self, resource: &DescribeConfigsResource) -> Result<Vec<Described>, Refused> {
        let name = &*resource.resource_name;
        // No key named means all of them.
        let keys: Vec<&str> = resource.configuration_keys.iter().flatten().map(|key| &**key).collect();
        let kind = ResourceKind(resource.resource_type);
        let own = || texts(self.image, &ConfigResource { kind, name: Arc::from(name) });
        match kind {
            ResourceKind::TOPIC => {
                check_topic_name(name).map_err(Refusal::BadTopicName)?;
                match self.image.topics().by_name(name) {
                    Some(_) => Ok(self.effective.describe_topic(&own(), &keys)),
                    None => Err(Refusal::UnknownTopic(Arc::from(name)).into()),
                }
            }
            ResourceKind::BROKER if name.is_empty() => Ok(self.effective.describe_all_brokers(&keys)),
            ResourceKind::BROKER => {
                self.check_is_this_broker(name)?;
                Ok(self.effective.describe_broker(&keys))
            }
            ResourceKind::BROKER_LOGGER => {
                self.check_is_this_broker(name)?;
                Err(Refused::invalid(NO_LOGGERS))
            }
            _ if name.is_empty() => {
                Err(Refused::invalid("these settings belong to something that has a name; give it"))
            }
            ResourceKind::CLIENT_METRICS => Ok(self.effective.describe_client_metrics(&own(), &keys)),
            ResourceKind::GROUP => Ok(self.effective.describe_group(&own(), &keys)),
            ResourceKind(other) => Err(unknown_kind(other)),
        }
    }

    fn check_is_this_broker(&self, name: &str) -> Result<(), Refused> {
        match name.parse::<i32>() {
            Ok(id) if id == self.node_id.0 => Ok(()),
            Ok(_) => Err(Refused::invalid(format!(
                "this is broker {}, which knows its own settings alone; ask broker {name}",
                self.node_id
            ))),
            Err(_) => Err(Refused::invalid(format!("{name:?} is no broker; broker ids are whole numbers"))),
        }
    }
}

/// Why the levels of loggers are neither shown nor changed.
pub(super) const NO_LOGGERS: &str =
    "this broker has no loggers whose levels change while it runs; say what it logs when it starts";

/// How much of each setting the client wants to see.
#[derive(Clone, Copy)]
struct Shape {
    synonyms: bool,
    documentation: bool,
}

impl Shape {
    fn result(
        self,
        resource: &DescribeConfigsResource,
        described: Result<Vec<Described>, Refused>,
    ) -> DescribeConfigsResult {
        let (settings, outcome) = match described {
            Ok(settings) => (settings, Ok(())),
            Err(refused) => (vec![], Err(refused)),
        };
        let (error_code, error_message) = error_fields(outcome);
        DescribeConfigsResult {
            error_code,
            // Where nothing is wrong Apache Kafka says so with an empty text.
            error_message: Some(error_message.unwrap_or_default()),
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
            configs: settings.into_iter().map(|setting| self.setting(setting)).collect(),
            ..DescribeConfigsResult::default()
        }
    }

    fn setting(self, setting: Described) -> DescribeConfigsResourceResult {
        let synonym = |synonym: ottla_config::Synonym| DescribeConfigsSynonym {
            name: synonym.name.into(),
            value: synonym.value.map(Into::into),
            source: synonym.source.code(),
            ..DescribeConfigsSynonym::default()
        };
        let synonyms = if self.synonyms { setting.synonyms } else { vec![] };
        DescribeConfigsResourceResult {
            name: setting.name.into(),
            value: setting.value.map(Into::into),
            read_only: setting.is_read_only,
            config_source: setting.source.code(),
            is_sensitive: setting.is_sensitive,
            synonyms: synonyms.into_iter().map(synonym).collect(),
            config_type: setting.type_code,
            documentation: setting.documentation.filter(|_| self.documentation).map(Into::into),
            ..DescribeConfigsResourceResult::default()
        }
    }
}
