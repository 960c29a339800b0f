//! What the controller must know about settings, from the tables of `ottla-config`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use ottla_config::{BrokerScope, Change, Default, EffectiveConfig, Kind, Operation, Setting, Texts};
use ottla_controller::ConfigRules;
use ottla_metadata::{ConfigResource, ResourceKind};

/// Checks settings against the tables, and against what is in force on this node.
pub(crate) struct Rules {
    effective: Arc<ArcSwap<EffectiveConfig>>,
}

impl Rules {
    pub(crate) fn new(effective: Arc<ArcSwap<EffectiveConfig>>) -> Self {
        Self { effective }
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rules")
    }
}

impl ConfigRules for Rules {
    fn check(&self, resource: &ConfigResource, values: &BTreeMap<Arc<str>, Arc<str>>) -> Result<(), String> {
        let changes: Vec<Change<'_>> = values
            .iter()
            .map(|(key, value)| Change { key, operation: Operation::Set, value: Some(value) })
            .collect();
        let (effective, none) = (self.effective.load(), Texts::new());
        let checked = match resource.kind {
            ResourceKind::TOPIC => effective.alter_topic(&none, &changes),
            ResourceKind::BROKER if resource.name.is_empty() => {
                effective.alter_broker(BrokerScope::All, &changes)
            }
            ResourceKind::BROKER => effective.alter_broker(BrokerScope::This, &changes),
            ResourceKind::GROUP => effective.alter_group(&resource.name, &none, &changes),
            ResourceKind::CLIENT_METRICS => effective.alter_client_metrics(&resource.name, &none, &changes),
            other => return Err(format!("resources of kind {} have no settings", other.0)),
        };
        checked.map(drop).map_err(|error| error.message)
    }

    fn is_list(&self, kind: ResourceKind, key: &str) -> bool {
        find(kind, key).is_some_and(|setting| setting.kind == Kind::List)
    }

    fn default_value(&self, kind: ResourceKind, key: &str) -> Option<Arc<str>> {
        default_text(find(kind, key)?.default).map(Arc::from)
    }
}

fn find(kind: ResourceKind, key: &str) -> Option<&'static Setting> {
    match kind {
        ResourceKind::TOPIC => ottla_config::topic::find(key),
        ResourceKind::BROKER => ottla_config::broker::find(key),
        ResourceKind::GROUP => ottla_config::group::find(key),
        ResourceKind::CLIENT_METRICS => ottla_config::client_metrics::find(key),
        _ => None,
    }
}

fn default_text(default: Default) -> Option<String> {
    match default {
        Default::Unset => None,
        Default::Bool(value) => Some(value.to_string()),
        Default::Whole(value) => Some(value.to_string()),
        Default::Real(value) => Some(value.to_string()),
        Default::Text(text) => Some(text.to_owned()),
    }
}
