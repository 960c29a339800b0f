//! The partitions that this node leads.

use std::sync::Arc;

use arc_swap::ArcSwap;
use imbl::OrdMap;
use ottla_types::{PartitionIndex, Uuid};

use crate::partition::Partition;

type Key = (Uuid, PartitionIndex);

/// A map that everyone reads and the task that follows the metadata log replaces. It is persistent, so a change
/// costs what changed and not how many partitions there are.
#[derive(Debug, Default)]
pub(crate) struct Partitions {
    map: ArcSwap<OrdMap<Key, Arc<Partition>>>,
}

impl Partitions {
    /// A partition by its topic's id.
    pub(crate) fn find(&self, topic: Uuid, index: PartitionIndex) -> Option<Arc<Partition>> {
        self.map.load().get(&(topic, index)).cloned()
    }

    /// All of them, as of now.
    pub(crate) fn all(&self) -> Arc<OrdMap<Key, Arc<Partition>>> {
        self.map.load_full()
    }

    /// Moves every high watermark to where it is by now. Those who read see to that themselves; retention and
    /// checkpoints must not depend on there being a reader.
    pub(crate) fn advance_watermarks(&self) {
        self.all().values().for_each(|partition| {
            partition.high_watermark();
        });
    }

    /// Adds or replaces a partition. Only one task changes the map.
    pub(crate) fn insert(&self, topic: Uuid, index: PartitionIndex, partition: Arc<Partition>) {
        self.map.store(Arc::new(self.map.load().update((topic, index), partition)));
    }

    /// Removes a partition. Only one task changes the map.
    pub(crate) fn remove(&self, topic: Uuid, index: PartitionIndex) -> Option<Arc<Partition>> {
        let (removed, rest) = self.map.load().extract(&(topic, index))?;
        self.map.store(Arc::new(rest));
        Some(removed)
    }
}
