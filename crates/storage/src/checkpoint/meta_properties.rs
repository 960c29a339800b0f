//! `meta.properties`: to which cluster and node a log directory belongs.

use std::path::{Path, PathBuf};

use ottla_types::{BrokerId, Uuid};

use super::{read_text, write_atomically};
use crate::StorageError;
use crate::disk::Disk;

/// The content of a log directory's `meta.properties`, version 1 (KIP-631, KIP-858).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaProperties {
    /// The cluster's id. Usually the text of a [`Uuid`], but Kafka takes any word.
    pub cluster_id: String,
    /// The node whose directory this is.
    pub node_id: BrokerId,
    /// The id of the directory itself; `None` in directories that predate them.
    pub directory_id: Option<Uuid>,
}

impl MetaProperties {
    /// The file's place in a log directory.
    #[must_use]
    pub fn path(directory: &Path) -> PathBuf {
        directory.join("meta.properties")
    }

    /// Reads the file; `None` if the directory was never formatted.
    pub fn read(disk: &dyn Disk, directory: &Path) -> Result<Option<Self>, StorageError> {
        let path = Self::path(directory);
        let Some(text) = read_text(disk, &path)? else { return Ok(None) };
        Self::parse(&text).map(Some).map_err(|problem| StorageError::corrupt(&path, problem))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (mut version, mut cluster_id, mut node_id, mut directory_id) = (None, None, None, None);
        for line in text.lines() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', '!']) {
                continue;
            }
            let (key, value) = line.split_once(['=', ':']).unwrap_or((line, ""));
            let value = value.trim().replace('\\', "");
            match key.trim() {
                "version" => version = Some(value),
                "cluster.id" => cluster_id = Some(value),
                "node.id" => node_id = Some(value),
                "directory.id" => directory_id = Some(value),
                // Kafka keeps what it does not know, and so may a later version of ours: it says nothing to us.
                _ => {}
            }
        }
        match version.as_deref() {
            Some("1") => {}
            Some("0") => {
                return Err("version 0 belongs to a ZooKeeper cluster; migrate it to KRaft first".into());
            }
            Some(other) => return Err(format!("version {other:?} is unknown, 1 is expected")),
            None => return Err("version is missing".to_owned()),
        }
        let node_id = node_id.ok_or("node.id is missing")?;
        let node_id: i32 = node_id.parse().map_err(|_| format!("node.id {node_id:?} is not a number"))?;
        let directory_id = directory_id
            .map(|id| id.parse().map_err(|error| format!("directory.id {id:?}: {error}")))
            .transpose()?;
        let cluster_id = cluster_id.ok_or("cluster.id is missing")?;
        Ok(Self { cluster_id, node_id: BrokerId(node_id), directory_id })
    }

    /// Replaces the file.
    pub fn write(&self, disk: &dyn Disk, directory: &Path) -> Result<(), StorageError> {
        let mut text = format!("version=1\ncluster.id={}\nnode.id={}\n", self.cluster_id, self.node_id);
        if let Some(id) = self.directory_id {
            text.push_str(&format!("directory.id={id}\n"));
        }
        write_atomically(disk, &Self::path(directory), text.as_bytes())
    }
}
