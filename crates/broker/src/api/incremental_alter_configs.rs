//! IncrementalAlterConfigs (44): single settings are set, deleted, added to and taken from. KIP-339, KIP-412.
//!
//! Deviations: there are no loggers whose levels change while the node runs, so a broker's loggers are
//! refused. An operation that does not exist is INVALID_REQUEST for its resource, where Apache Kafka fails
//! with UNKNOWN_SERVER_ERROR for all of them.

use std::sync::Arc;

use ottla_config::{Change, Operation};
use ottla_controller::{Command, ConfigChange, ConfigOperation};
use ottla_protocol::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterConfigsResourceResponse, AlterableConfig, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
};

use super::alteration::{Asked, alter, check_broker_change, check_form, check_resource};
use crate::admin::{Refused, error_fields};
use crate::broker::Broker;
use crate::config_rules;
use crate::request::{Call, Serve};

pub(super) const DEVIATION: &str = "a broker's loggers are refused: there are none whose levels change while \
    the node runs; an operation that does not exist is INVALID_REQUEST for its resource, where Apache Kafka \
    answers UNKNOWN_SERVER_ERROR for all";

impl Serve for IncrementalAlterConfigsRequest {
    async fn serve(call: Call<Self>) -> IncrementalAlterConfigsResponse {
        let Call { broker, request, .. } = call;
        let asked = request.resources.iter().map(|resource| Asked {
            kind: resource.resource_type,
            name: &resource.resource_name,
            changes: changes(&broker, resource),
        });
        let command = Command::IncrementalAlterConfigs;
        let outcomes = alter(&broker, asked.collect(), request.validate_only, command).await;
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
        IncrementalAlterConfigsResponse {
            responses: request.resources.iter().zip(outcomes).map(response).collect(),
            ..IncrementalAlterConfigsResponse::default()
        }
    }
}

fn changes(broker: &Broker, resource: &AlterConfigsResource) -> Result<Vec<ConfigChange>, Refused> {
    let (kind, name) = (resource.resource_type, &*resource.resource_name);
    let lacks_value = |config: &AlterableConfig| {
        config.value.is_none() && Operation::from_code(config.config_operation) != Some(Operation::Delete)
    };
    check_form(resource.configs.iter().map(|config| (&config.name, lacks_value(config))))?;
    check_resource(broker, kind, name)?;
    let changes = resource.configs.iter().map(change).collect::<Result<Vec<ConfigChange>, Refused>>()?;
    let in_words: Vec<Change<'_>> = changes.iter().map(config_rules::change).collect();
    check_broker_change(broker, kind, name, &in_words)?;
    Ok(changes)
}

fn change(config: &AlterableConfig) -> Result<ConfigChange, Refused> {
    let value = || Arc::from(config.value.as_deref().unwrap_or_default());
    let operation = match Operation::from_code(config.config_operation) {
        Some(Operation::Set) => ConfigOperation::Set(value()),
        Some(Operation::Delete) => ConfigOperation::Delete,
        Some(Operation::Append) => ConfigOperation::Append(value()),
        Some(Operation::Subtract) => ConfigOperation::Subtract(value()),
        None => {
            return Err(Refused::invalid(format!(
                "{}: operation {} does not exist; set (0), delete (1), append (2) or subtract (3)",
                config.name, config.config_operation
            )));
        }
    };
    Ok(ConfigChange { key: Arc::from(&*config.name), operation })
}
