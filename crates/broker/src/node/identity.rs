//! Who a node is: its id, its cluster and its directory, agreed between the configuration and the data directory.

use ottla_config::NodeConfig;
use ottla_storage::checkpoint::MetaProperties;
use ottla_storage::log_dir::LockedDir;
use ottla_types::{BrokerId, Uuid};

use super::StartError;

/// What a data directory says, or was told when it was new.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) node_id: BrokerId,
    pub(super) cluster_id: String,
    pub(super) directory_id: Uuid,
}

impl Identity {
    /// Reads the directory's identity, and gives it one if it has none: there is no format step.
    pub(super) fn settle(dir: &mut LockedDir, config: &NodeConfig) -> Result<Self, StartError> {
        let Some(meta) = dir.meta().cloned() else {
            let identity = Self {
                node_id: config.node_id,
                cluster_id: fresh_id().to_string(),
                directory_id: fresh_id(),
            };
            tracing::info!(cluster = identity.cluster_id, "a new cluster in an empty directory");
            identity.write(dir)?;
            return Ok(identity);
        };
        if config.is_node_id_given && meta.node_id != config.node_id {
            return Err(StartError::OtherNode {
                directory: dir.root().to_owned(),
                theirs: meta.node_id,
                ours: config.node_id,
            });
        }
        let identity = Self {
            node_id: meta.node_id,
            cluster_id: meta.cluster_id,
            directory_id: meta.directory_id.unwrap_or_else(fresh_id),
        };
        if meta.directory_id.is_none() {
            identity.write(dir)?;
        }
        Ok(identity)
    }

    fn write(&self, dir: &mut LockedDir) -> Result<(), StartError> {
        dir.format(MetaProperties {
            cluster_id: self.cluster_id.clone(),
            node_id: self.node_id,
            directory_id: Some(self.directory_id),
        })?;
        Ok(())
    }
}

/// A random id that Kafka gives no meaning of its own.
pub(super) fn fresh_id() -> Uuid {
    loop {
        let id = Uuid::from_random(rand::random());
        if !id.is_reserved() {
            return id;
        }
    }
}
