//! Changing settings at run time.

use std::collections::BTreeSet;
use std::sync::Arc;

use ottla_machine::Decision;
use ottla_metadata::{ConfigResource, MetadataRecord, ResourceKind};
use ottla_protocol::metadata_records::ConfigRecord;
use ottla_types::BrokerId;

use crate::command::{AlterConfigs, ConfigChange, ConfigOperation, ConfigPair};
use crate::config_rules::AlteredConfig;
use crate::controller::Controller;
use crate::refusal::Refusal;
use crate::topic_name::check_topic_name;

/// The longest value that the metadata log can hold.
const VALUE_LEN_MAX: usize = i16::MAX as usize;

impl Controller {
    pub(crate) fn incremental_alter_configs(
        &self,
        command: AlterConfigs<ConfigChange>,
        out: &mut Decision<Self>,
    ) -> Vec<(ConfigResource, Result<(), Refusal>)> {
        let AlterConfigs { resources, validate_only } = command;
        let alter = |(resource, changes): (ConfigResource, Vec<ConfigChange>)| {
            let result = self.alter_resource(&resource, &changes);
            (resource, keep(result, validate_only, out))
        };
        resources.into_iter().map(alter).collect()
    }

    /// The older way: what is not named gets its default again.
    pub(crate) fn alter_configs(
        &self,
        command: AlterConfigs<ConfigPair>,
        out: &mut Decision<Self>,
    ) -> Vec<(ConfigResource, Result<(), Refusal>)> {
        let AlterConfigs { resources, validate_only } = command;
        let alter = |(resource, values): (ConfigResource, Vec<ConfigPair>)| {
            let result = self.alter_resource(&resource, &self.replacement(&resource, values));
            (resource, keep(result, validate_only, out))
        };
        resources.into_iter().map(alter).collect()
    }

    /// The changes that leave a resource with `values` and no others.
    fn replacement(&self, resource: &ConfigResource, values: Vec<ConfigPair>) -> Vec<ConfigChange> {
        let named: BTreeSet<Arc<str>> = values.iter().map(|(key, _)| key.clone()).collect();
        let set = |(key, value)| ConfigChange { key, operation: ConfigOperation::Set(value) };
        let mut changes: Vec<ConfigChange> = values.into_iter().map(set).collect();
        let own = self.image.configs().of(resource).into_iter().flat_map(|own| own.keys());
        let gone = own.filter(|key| !named.contains(*key)).cloned();
        changes.extend(gone.map(|key| ConfigChange { key, operation: ConfigOperation::Delete }));
        changes
    }

    fn alter_resource(
        &self,
        resource: &ConfigResource,
        changes: &[ConfigChange],
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        if resource.kind == ResourceKind::TOPIC {
            check_topic_name(&resource.name)?;
        }
        let own = self.image.configs().of(resource).cloned().unwrap_or_default();
        let altered = self.options.config_rules.alter(resource, &own, changes)?;
        self.check_exists(resource)?;
        // What is appended to comes out longer than anything that a request can hold.
        let too_long = altered.iter().find_map(|(key, value)| {
            let len = value.as_ref()?.len();
            (len > VALUE_LEN_MAX).then_some((key, len))
        });
        if let Some((key, len)) = too_long {
            return Err(Refusal::BadConfig(format!(
                "{key}: the value would be {len} bytes long; a value has at most {VALUE_LEN_MAX}"
            )));
        }
        Ok(altered.into_iter().map(|altered| config_record(resource, altered)).collect())
    }

    fn check_exists(&self, resource: &ConfigResource) -> Result<(), Refusal> {
        let ConfigResource { kind, name } = resource;
        match *kind {
            ResourceKind::TOPIC if self.image.topics().by_name(name).is_none() => {
                Err(Refusal::UnknownTopic(name.clone()))
            }
            ResourceKind::BROKER if !name.is_empty() => {
                let id = name.parse().map(BrokerId).map_err(|_| {
                    Refusal::BadConfigRequest(format!("{name:?} is no broker; broker ids are whole numbers"))
                })?;
                self.image.broker(id).map(drop).ok_or(Refusal::UnknownBroker(id))
            }
            ResourceKind::TOPIC
            | ResourceKind::BROKER
            | ResourceKind::CLIENT_METRICS
            | ResourceKind::GROUP => Ok(()),
            ResourceKind(kind) => Err(Refusal::BadResourceKind(kind)),
        }
    }
}

/// A change of a setting as the log has it.
pub(crate) fn config_record(resource: &ConfigResource, (key, value): AlteredConfig) -> MetadataRecord {
    let record = ConfigRecord {
        resource_type: resource.kind.0,
        resource_name: (&*resource.name).into(),
        name: (&*key).into(),
        value: value.as_deref().map(Into::into),
        ..Default::default()
    };
    record.into()
}

fn keep(
    result: Result<Vec<MetadataRecord>, Refusal>,
    validate_only: bool,
    out: &mut Decision<Controller>,
) -> Result<(), Refusal> {
    let records = result?;
    if !validate_only {
        out.records.extend(records);
    }
    Ok(())
}
