//! AlterConfigs (33): a resource gets these settings and no others. KIP-133; IncrementalAlterConfigs replaces
//! it.

use std::sync::Arc;

use ottla_config::replacement;
use ottla_controller::{Command, ConfigPair};
use ottla_metadata::{ConfigResource, ResourceKind};
use ottla_protocol::messages::alter_configs::{
    AlterConfigsRequest, AlterConfigsResource, AlterConfigsResourceResponse, AlterConfigsResponse,
};

use super::alteration::{Asked, alter, check_broker_change, check_form, check_resource};
use crate::admin::{Refused, error_fields};
use crate::broker::Broker;
use crate::follower::texts;
use crate::request::{Call, Serve};

impl Serve for AlterConfigsRequest {
    async fn serve(call: Call<Self>) -> AlterConfigsResponse {
        let Call { broker, request, .. } = call;
        let asked = request.resources.iter().map(|resource| Asked {
            kind: resource.resource_type,
            name: &resource.resource_name,
            changes: wanted(&broker, resource),
        });
        let outcomes = alter(&broker, asked.collect(), request.validate_only, Command::AlterConfigs).await;
        let response = |(resource, outcome): (&AlterConfigsResource, _)| {
            let (error_code, error_message) = error_fields(outcome);
            AlterConfigsResourceResponse {
                error_code,
                error_message,
                resource_type: resource.resource_type,
                resource_name: resource.resource_name.clone(),
                ..AlterConfigsResourceResponse::default()
            }
        };
        AlterConfigsResponse {
            responses: request.resources.iter().zip(outcomes).map(response).collect(),
            ..AlterConfigsResponse::default()
        }
    }
}

fn wanted(broker: &Broker, resource: &AlterConfigsResource) -> Result<Vec<ConfigPair>, Refused> {
    let (kind, name) = (resource.resource_type, &*resource.resource_name);
    check_form(resource.configs.iter().map(|config| (&config.name, config.value.is_none())))?;
    check_resource(broker, kind, name)?;
    let own = ConfigResource { kind: ResourceKind(kind), name: Arc::from(name) };
    let own = texts(&broker.image(), &own);
    let wanted: Vec<(&str, Option<&str>)> =
        resource.configs.iter().map(|config| (&*config.name, config.value.as_deref())).collect();
    check_broker_change(broker, kind, name, &replacement(&own, &wanted))?;
    Ok(wanted.into_iter().filter_map(|(key, value)| Some((Arc::from(key), Arc::from(value?)))).collect())
}
