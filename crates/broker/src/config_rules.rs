//! What the controller must know about settings, from the tables of `ottla-config`.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use ottla_config::{AlterError, Change, EffectiveConfig, Operation, Texts, alter_distant_broker};
use ottla_controller::{AlteredConfig, ConfigChange, ConfigOperation, ConfigRules, Refusal};
use ottla_metadata::{ConfigResource, ConfigValues, ResourceKind};
use ottla_types::ErrorCode;

/// Judges settings by the tables, and by what is in force on this node.
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
    fn alter(
        &self,
        resource: &ConfigResource,
        own: &ConfigValues,
        changes: &[ConfigChange],
    ) -> Result<Vec<AlteredConfig>, Refusal> {
        let own: Texts = own.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let changes: Vec<Change<'_>> = changes.iter().map(change).collect();
        let effective = self.effective.load();
        let altered = match resource.kind {
            ResourceKind::TOPIC => effective.alter_topic(&own, &changes),
            // The broker that took the request has judged the change by what holds on that broker.
            ResourceKind::BROKER => alter_distant_broker(&own, &changes),
            ResourceKind::GROUP => effective.alter_group(&resource.name, &own, &changes),
            ResourceKind::CLIENT_METRICS => effective.alter_client_metrics(&resource.name, &own, &changes),
            ResourceKind(other) => return Err(Refusal::BadResourceKind(other)),
        };
        let altered = altered.map_err(refusal)?;
        for warning in altered.warnings {
            tracing::warn!(resource = %resource.name, "{warning}");
        }
        let pair = |(key, value): (String, Option<String>)| (Arc::from(key), value.map(Arc::from));
        Ok(altered.changes.into_iter().map(pair).collect())
    }

    fn default_value(&self, kind: ResourceKind, key: &str) -> Option<Arc<str>> {
        match kind {
            ResourceKind::TOPIC => self.effective.load().topic_default(key).map(Arc::from),
            _ => None,
        }
    }
}

/// A change of a setting in the words of `ottla-config`.
pub(crate) fn change(ConfigChange { key, operation }: &ConfigChange) -> Change<'_> {
    let (operation, value) = match operation {
        ConfigOperation::Set(value) => (Operation::Set, Some(&**value)),
        ConfigOperation::Delete => (Operation::Delete, None),
        ConfigOperation::Append(value) => (Operation::Append, Some(&**value)),
        ConfigOperation::Subtract(value) => (Operation::Subtract, Some(&**value)),
    };
    Change { key, operation, value }
}

fn refusal(error: AlterError) -> Refusal {
    match error.code {
        ErrorCode::InvalidConfig => Refusal::BadConfig(error.message),
        _ => Refusal::BadConfigRequest(error.message),
    }
}
