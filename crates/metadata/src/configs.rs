//! Settings that were changed at run time, by the resource that they belong to.

use std::sync::Arc;

use imbl::OrdMap;

/// Kafka's number for what kind of thing a setting belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceKind(pub i8);

impl ResourceKind {
    /// A topic.
    pub const TOPIC: Self = Self(2);
    /// A broker, or all of them where the name is empty.
    pub const BROKER: Self = Self(4);
    /// The levels of a broker's loggers.
    pub const BROKER_LOGGER: Self = Self(8);
    /// A subscription of client metrics (KIP-714).
    pub const CLIENT_METRICS: Self = Self(16);
    /// A group.
    pub const GROUP: Self = Self(32);
}

/// What a setting belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigResource {
    /// What kind of thing.
    pub kind: ResourceKind,
    /// Which one. Empty for the default of all brokers.
    pub name: Arc<str>,
}

impl ConfigResource {
    /// A topic's settings.
    pub fn topic(name: impl Into<Arc<str>>) -> Self {
        Self { kind: ResourceKind::TOPIC, name: name.into() }
    }

    /// The settings of one broker; of all brokers if the name is empty.
    pub fn broker(name: impl Into<Arc<str>>) -> Self {
        Self { kind: ResourceKind::BROKER, name: name.into() }
    }
}

/// The settings of one resource, by key.
pub type ConfigValues = OrdMap<Arc<str>, Arc<str>>;

/// The settings of all resources.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Configs {
    by_resource: OrdMap<ConfigResource, ConfigValues>,
}

impl Configs {
    /// The settings of one resource, if any was changed.
    #[must_use]
    pub fn of(&self, resource: &ConfigResource) -> Option<&ConfigValues> {
        self.by_resource.get(resource)
    }

    /// One setting of one resource, if it was changed.
    #[must_use]
    pub fn value(&self, resource: &ConfigResource, key: &str) -> Option<&Arc<str>> {
        self.of(resource)?.get(key)
    }

    /// All resources with settings of their own, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&ConfigResource, &ConfigValues)> + '_ {
        self.by_resource.iter()
    }

    pub(crate) fn set(&mut self, resource: ConfigResource, key: Arc<str>, value: Option<Arc<str>>) {
        let mut values = self.by_resource.get(&resource).cloned().unwrap_or_default();
        match value {
            Some(value) => drop(values.insert(key, value)),
            None => drop(values.remove(&key)),
        }
        if values.is_empty() {
            self.by_resource.remove(&resource);
        } else {
            self.by_resource.insert(resource, values);
        }
    }

    pub(crate) fn remove(&mut self, resource: &ConfigResource) {
        self.by_resource.remove(resource);
    }

    pub(crate) fn map(&self) -> &OrdMap<ConfigResource, ConfigValues> {
        &self.by_resource
    }
}
