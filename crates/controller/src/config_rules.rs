//! What the controller must know about settings, told by whoever knows them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use ottla_metadata::{ConfigResource, ResourceKind};

/// Knows settings: their types, ranges and defaults.
pub trait ConfigRules: Send + Sync + Debug {
    /// Checks all settings that a resource is to have. The error says which one is wrong, why, and what is
    /// right.
    fn check(&self, resource: &ConfigResource, values: &BTreeMap<Arc<str>, Arc<str>>) -> Result<(), String>;
    /// Whether the setting is a list, so that elements can be appended and subtracted.
    fn is_list(&self, kind: ResourceKind, key: &str) -> bool;
    /// What the setting is where nobody has set it at run time.
    fn default_value(&self, kind: ResourceKind, key: &str) -> Option<Arc<str>>;
}
