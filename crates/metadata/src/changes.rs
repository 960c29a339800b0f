//! What differs between two images, found at a cost that follows what differs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use ottla_types::{BrokerId, PartitionIndex, Uuid};

use crate::configs::ConfigResource;
use crate::image::MetadataImage;
use crate::topics::Topic;

/// What happened to one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicChange {
    /// It is new.
    Created(Arc<Topic>),
    /// Some of its partitions are new or different.
    Changed {
        /// The topic as it is now.
        topic: Arc<Topic>,
        /// Which of its partitions.
        partitions: Vec<PartitionIndex>,
    },
    /// It is gone; this is what it was.
    Deleted(Arc<Topic>),
}

/// What differs between an older image and a newer one.
///
/// An image shares what it did not change with the one it came from, and what is shared is skipped. So
/// whoever follows the metadata log compares the image it last acted on with the newest: nothing is lost if
/// images were skipped in between, and nothing has to be queued.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Changes {
    /// Topics by id. One that was deleted and created again under its name appears twice.
    pub topics: BTreeMap<Uuid, TopicChange>,
    /// Resources whose settings changed.
    pub configs: BTreeSet<ConfigResource>,
    /// Brokers that registered, changed or went.
    pub brokers: BTreeSet<BrokerId>,
    /// Whether a controller registered or changed.
    pub controllers: bool,
    /// Whether a feature's finalized level changed.
    pub features: bool,
    /// Whether an ACL changed.
    pub acls: bool,
    /// Whether a SCRAM credential changed.
    pub scram: bool,
    /// Whether a delegation token changed.
    pub tokens: bool,
    /// Whether a client quota changed.
    pub quotas: bool,
}

impl Changes {
    /// Compares two images.
    #[must_use]
    pub fn between(old: &MetadataImage, new: &MetadataImage) -> Self {
        let mut topics = BTreeMap::new();
        for item in old.topics.id_map().diff(new.topics.id_map()) {
            let (id, change) = match item {
                DiffItem::Add(&id, topic) => (id, TopicChange::Created(topic.clone())),
                DiffItem::Remove(&id, topic) => (id, TopicChange::Deleted(topic.clone())),
                DiffItem::Update { old: (&id, old), new: (_, topic) } => {
                    let partitions = changed_keys(&old.partitions, &topic.partitions).collect();
                    (id, TopicChange::Changed { topic: topic.clone(), partitions })
                }
            };
            topics.insert(id, change);
        }
        Self {
            topics,
            configs: changed_keys(old.configs.map(), new.configs.map()).collect(),
            brokers: changed_keys(&old.brokers, &new.brokers).collect(),
            controllers: old.controllers != new.controllers,
            features: old.features != new.features,
            acls: is_changed(&old.security.acls, &new.security.acls),
            scram: is_changed(&old.security.scram, &new.security.scram),
            tokens: is_changed(&old.security.tokens, &new.security.tokens),
            quotas: is_changed(&old.security.quotas, &new.security.quotas),
        }
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn changed_keys<'a, K, V>(old: &'a OrdMap<K, V>, new: &'a OrdMap<K, V>) -> impl Iterator<Item = K> + 'a
where
    K: Ord + Clone,
    V: PartialEq,
{
    old.diff(new).map(|item| match item {
        DiffItem::Add(key, _) | DiffItem::Remove(key, _) | DiffItem::Update { new: (key, _), .. } => {
            key.clone()
        }
    })
}

fn is_changed<K: Ord, V: PartialEq>(old: &OrdMap<K, V>, new: &OrdMap<K, V>) -> bool {
    old.diff(new).next().is_some()
}
