//! Changing settings at run time.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_machine::Decision;
use ottla_metadata::{ConfigResource, MetadataRecord, ResourceKind};
use ottla_protocol::metadata_records::ConfigRecord;

use crate::command::{AlterConfigs, ConfigChange, ConfigOperation, ConfigPair};
use crate::controller::Controller;
use crate::refusal::Refusal;

/// What a request wants of each setting that it names; `None` for its default.
type Wanted = BTreeMap<Arc<str>, Option<Arc<str>>>;

impl Controller {
    pub(crate) fn incremental_alter_configs(
        &self,
        command: AlterConfigs<ConfigChange>,
        out: &mut Decision<Self>,
    ) -> Vec<(ConfigResource, Result<(), Refusal>)> {
        let AlterConfigs { resources, validate_only } = command;
        let alter = |(resource, changes): (ConfigResource, Vec<ConfigChange>)| {
            let wanted = self.wanted(&resource, changes);
            let result = wanted.and_then(|wanted| self.alter_resource(&resource, &wanted));
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
            let old = self.image.configs().of(&resource);
            let mut wanted: Wanted =
                old.into_iter().flat_map(|old| old.keys()).map(|key| (key.clone(), None)).collect();
            wanted.extend(values.into_iter().map(|(key, value)| (key, Some(value))));
            let result = self.alter_resource(&resource, &wanted);
            (resource, keep(result, validate_only, out))
        };
        resources.into_iter().map(alter).collect()
    }

    fn wanted(&self, resource: &ConfigResource, changes: Vec<ConfigChange>) -> Result<Wanted, Refusal> {
        let mut wanted = Wanted::new();
        for ConfigChange { key, operation } in changes {
            let value = match operation {
                ConfigOperation::Set(value) => Some(value),
                ConfigOperation::Delete => None,
                ConfigOperation::Append(items) => Some(self.changed_list(resource, &key, |list| {
                    let new: Vec<&str> = items.split(',').filter(|item| !list.contains(item)).collect();
                    [list, &new].concat().join(",")
                })?),
                ConfigOperation::Subtract(items) => Some(self.changed_list(resource, &key, |list| {
                    let is_left = |item: &&&str| !items.split(',').any(|gone| gone == **item);
                    list.iter().filter(is_left).copied().collect::<Vec<_>>().join(",")
                })?),
            };
            wanted.insert(key, value);
        }
        Ok(wanted)
    }

    fn changed_list(
        &self,
        resource: &ConfigResource,
        key: &Arc<str>,
        change: impl FnOnce(&[&str]) -> String,
    ) -> Result<Arc<str>, Refusal> {
        if !self.options.config_rules.is_list(resource.kind, key) {
            return Err(Refusal::NotAList(key.clone()));
        }
        let old = self.effective_config(resource, key).unwrap_or_default();
        let list: Vec<&str> = old.split(',').filter(|item| !item.is_empty()).collect();
        Ok(Arc::from(change(&list)))
    }

    fn alter_resource(
        &self,
        resource: &ConfigResource,
        wanted: &Wanted,
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        match resource.kind {
            ResourceKind::TOPIC if self.image.topics().by_name(&resource.name).is_none() => {
                return Err(Refusal::UnknownTopic(resource.name.clone()));
            }
            ResourceKind::TOPIC
            | ResourceKind::BROKER
            | ResourceKind::CLIENT_METRICS
            | ResourceKind::GROUP => {}
            ResourceKind(kind) => return Err(Refusal::BadResourceKind(kind)),
        }
        let old = self.image.configs().of(resource);
        let mut values: BTreeMap<Arc<str>, Arc<str>> =
            old.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
        let mut records = Vec::new();
        for (key, value) in wanted {
            let is_new = values.get(key) != value.as_ref();
            match value {
                Some(value) => drop(values.insert(key.clone(), value.clone())),
                None => drop(values.remove(key)),
            }
            // Setting a broker's setting again to what it is makes brokers load the file that it names anew.
            if is_new || resource.kind == ResourceKind::BROKER {
                let record = ConfigRecord {
                    resource_type: resource.kind.0,
                    resource_name: (&*resource.name).into(),
                    name: (&**key).into(),
                    value: value.as_deref().map(Into::into),
                    ..Default::default()
                };
                records.push(record.into());
            }
        }
        self.options.config_rules.check(resource, &values).map_err(Refusal::BadConfig)?;
        Ok(records)
    }
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
