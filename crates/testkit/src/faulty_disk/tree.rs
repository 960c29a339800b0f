//! The nodes of the file system and the paths that lead to them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path};

use super::file_node::FileNode;
use super::folder_node::{Entries, FolderNode};
use crate::Chance;

/// The number of a file or folder, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NodeId(pub(super) u64);

const ROOT: NodeId = NodeId(0);

#[derive(Debug)]
pub(super) enum Node {
    File(FileNode),
    Folder(FolderNode),
}

/// All files and folders, reachable or still open.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: BTreeMap<NodeId, Node>,
    created: u64,
}

impl Tree {
    pub(super) fn new() -> Self {
        Self { nodes: [(ROOT, Node::Folder(FolderNode::default()))].into(), created: 0 }
    }

    pub(super) fn file(&mut self, id: NodeId) -> &mut FileNode {
        match self.nodes.get_mut(&id) {
            Some(Node::File(file)) => file,
            _ => unreachable!("a handle's file exists until the crash that ends the handle"),
        }
    }

    pub(super) fn folder(&mut self, path: &Path) -> io::Result<&mut FolderNode> {
        let id = self.find(path)?;
        self.folder_at(id)
    }

    fn folder_at(&mut self, id: NodeId) -> io::Result<&mut FolderNode> {
        match self.nodes.get_mut(&id) {
            Some(Node::Folder(folder)) => Ok(folder),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(&id).expect("an entry leads to a node")
    }

    /// What a path leads to.
    pub(super) fn find(&self, path: &Path) -> io::Result<NodeId> {
        let mut at = ROOT;
        for name in names(path)? {
            let Node::Folder(folder) = self.node(at) else {
                return Err(io::ErrorKind::NotADirectory.into());
            };
            at = *folder.entries.get(name).ok_or(io::ErrorKind::NotFound)?;
        }
        Ok(at)
    }

    /// The folder that holds a path's last name, and that name.
    pub(super) fn parent<'a>(&mut self, path: &'a Path) -> io::Result<(&mut FolderNode, &'a str)> {
        let name = *names(path)?.last().ok_or(io::ErrorKind::InvalidInput)?;
        let folder = self.folder(path.parent().unwrap_or(Path::new("/")))?;
        Ok((folder, name))
    }

    pub(super) fn create_file(&mut self, path: &Path) -> io::Result<NodeId> {
        self.create(path, Node::File(FileNode::default()))
    }

    fn create(&mut self, path: &Path, node: Node) -> io::Result<NodeId> {
        let id = NodeId(self.created + 1);
        let (folder, name) = self.parent(path)?;
        folder.link(name, id);
        self.created += 1;
        self.nodes.insert(id, node);
        Ok(id)
    }

    pub(super) fn create_folders(&mut self, path: &Path) -> io::Result<()> {
        let mut at = std::path::PathBuf::from("/");
        for name in names(path)? {
            at.push(name);
            match self.find(&at) {
                Ok(_) => self.folder(&at).map(|_| ())?,
                Err(_) => drop(self.create(&at, Node::Folder(FolderNode::default()))?),
            }
        }
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let id = self.find(from)?;
        if from.parent() != to.parent() {
            // Nothing here needs it, and what a power loss does to it would have to be modeled.
            return Err(io::ErrorKind::CrossesDevices.into());
        }
        let replaced = self.find(to).ok();
        match (self.node(id), replaced.map(|replaced| self.node(replaced))) {
            (_, None) | (Node::File(_), Some(Node::File(_))) => {}
            (Node::File(_), Some(Node::Folder(_))) => return Err(io::ErrorKind::IsADirectory.into()),
            (Node::Folder(_), Some(Node::File(_))) => return Err(io::ErrorKind::NotADirectory.into()),
            (Node::Folder(_), Some(Node::Folder(folder))) if folder.entries.is_empty() => {}
            (Node::Folder(_), Some(Node::Folder(_))) => return Err(io::ErrorKind::DirectoryNotEmpty.into()),
        }
        let (_, new_name) = self.parent(to)?;
        let (folder, old_name) = self.parent(from)?;
        if old_name != new_name {
            folder.rename(old_name, new_name, id);
        }
        Ok(())
    }

    pub(super) fn remove_file(&mut self, path: &Path) -> io::Result<()> {
        let id = self.find(path)?;
        if let Node::Folder(_) = self.node(id) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let (folder, name) = self.parent(path)?;
        folder.unlink(name);
        Ok(())
    }

    pub(super) fn remove_folder(&mut self, path: &Path) -> io::Result<()> {
        let entries = self.folder(path)?.entries.clone();
        for (name, id) in entries {
            let path = path.join(name);
            match self.node(id) {
                Node::File(_) => self.remove_file(&path)?,
                Node::Folder(_) => self.remove_folder(&path)?,
            }
        }
        let (folder, name) = self.parent(path)?;
        folder.unlink(name);
        Ok(())
    }

    /// How many bytes of the device are in use.
    pub(super) fn room_used(&self) -> u64 {
        let room = |node: &Node| if let Node::File(file) = node { file.room() } else { 0 };
        self.nodes.values().map(room).sum()
    }

    /// Makes everything durable.
    pub(super) fn sync_all(&mut self) {
        for node in self.nodes.values_mut() {
            match node {
                Node::File(file) => file.sync(),
                Node::Folder(folder) => folder.sync(),
            }
        }
    }

    /// The tree that a power loss leaves.
    pub(super) fn survivors(&self, chance: &mut Chance) -> Self {
        let mut survived = Self { nodes: BTreeMap::new(), created: self.created };
        let mut pending = vec![ROOT];
        let mut seen = BTreeSet::from([ROOT]);
        while let Some(id) = pending.pop() {
            let node = match self.node(id) {
                Node::File(file) => Node::File(FileNode::durable(file.survivors(chance), file.modified_ms)),
                Node::Folder(folder) => {
                    let entries: Entries = folder.survivors(chance);
                    pending.extend(entries.values().filter(|id| seen.insert(**id)));
                    Node::Folder(FolderNode::durable(entries))
                }
            };
            survived.nodes.insert(id, node);
        }
        survived
    }
}

fn names(path: &Path) -> io::Result<Vec<&str>> {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::RootDir | Component::CurDir => {}
            Component::Normal(name) => names.push(name.to_str().ok_or(io::ErrorKind::InvalidInput)?),
            Component::ParentDir | Component::Prefix(_) => return Err(io::ErrorKind::InvalidInput.into()),
        }
    }
    Ok(names)
}
