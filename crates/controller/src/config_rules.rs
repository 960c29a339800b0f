//! What the controller must know about settings, told by whoever knows them.

use std::fmt::Debug;
use std::sync::Arc;

use ottla_metadata::{ConfigResource, ConfigValues, ResourceKind};

use crate::command::ConfigChange;
use crate::refusal::Refusal;

/// A setting and what becomes of it: a new value, or `None` where the resource loses its own.
pub type AlteredConfig = (Arc<str>, Option<Arc<str>>);

/// Knows settings: which there are, what they may be, and what a change makes of them.
pub trait ConfigRules: Send + Sync + Debug {
    /// What `changes` make of a resource that has `own` settings: what is to be written down, in the order of
    /// the changes. Refuses what is malformed, what no setting may be, and settings that contradict each
    /// other.
    fn alter(
        &self,
        resource: &ConfigResource,
        own: &ConfigValues,
        changes: &[ConfigChange],
    ) -> Result<Vec<AlteredConfig>, Refusal>;
    /// What the setting is where nobody has set it at run time.
    fn default_value(&self, kind: ResourceKind, key: &str) -> Option<Arc<str>>;
}
