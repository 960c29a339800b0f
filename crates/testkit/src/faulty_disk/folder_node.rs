//! The entries of one folder: what programs see, what the device holds, and what lies between.

use std::collections::BTreeMap;

use super::tree::NodeId;
use crate::Chance;

pub(super) type Entries = BTreeMap<String, NodeId>;

/// A folder.
#[derive(Debug, Default)]
pub(super) struct FolderNode {
    pub(super) entries: Entries,
    durable: Entries,
    unsynced: Vec<Unsynced>,
}

#[derive(Debug)]
enum Unsynced {
    Link(String, NodeId),
    Unlink(String),
    /// Happens whole or not at all, as POSIX promises.
    Rename(String, String, NodeId),
}

impl FolderNode {
    /// A folder whose entries all survived.
    pub(super) fn durable(entries: Entries) -> Self {
        Self { durable: entries.clone(), entries, unsynced: Vec::new() }
    }

    pub(super) fn link(&mut self, name: &str, node: NodeId) {
        self.change(Unsynced::Link(name.to_owned(), node));
    }

    pub(super) fn unlink(&mut self, name: &str) {
        self.change(Unsynced::Unlink(name.to_owned()));
    }

    pub(super) fn rename(&mut self, from: &str, to: &str, node: NodeId) {
        self.change(Unsynced::Rename(from.to_owned(), to.to_owned(), node));
    }

    fn change(&mut self, change: Unsynced) {
        change.apply(&mut self.entries);
        self.unsynced.push(change);
    }

    pub(super) fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// The device refused; what it has is known to nobody, and a second sync finds nothing to do.
    pub(super) fn fail_sync(&mut self, chance: &mut Chance) {
        self.durable = self.survivors(chance);
        self.unsynced.clear();
    }

    /// One of the sets of entries that the folder may have after a power loss: any subset of what was not synced.
    pub(super) fn survivors(&self, chance: &mut Chance) -> Entries {
        let mut entries = self.durable.clone();
        let percent_kept = *chance.pick(&[0, 10, 50, 90, 100]);
        for change in &self.unsynced {
            if chance.percent(percent_kept) {
                change.apply(&mut entries);
            }
        }
        entries
    }
}

impl Unsynced {
    fn apply(&self, entries: &mut Entries) {
        match self {
            Self::Link(name, node) => drop(entries.insert(name.clone(), *node)),
            Self::Unlink(name) => drop(entries.remove(name)),
            Self::Rename(from, to, node) => {
                // After other changes were lost, the old name may stand for something else or nothing.
                if entries.get(from) == Some(node) {
                    entries.remove(from);
                }
                entries.insert(to.clone(), *node);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn outcomes(folder: &FolderNode) -> BTreeSet<Vec<String>> {
        let names = |seed| folder.survivors(&mut Chance::from_seed(seed)).into_keys().collect();
        (0..400).map(names).collect()
    }

    #[test]
    fn any_subset_of_what_was_not_synced_may_be_lost() {
        let mut folder = FolderNode::default();
        folder.link("kept", NodeId(1));
        folder.link("removed", NodeId(2));
        folder.sync();
        folder.unlink("removed");
        folder.link("new", NodeId(3));
        let all = outcomes(&folder);
        assert_eq!(all.len(), 4);
        assert!(all.iter().all(|names| names.contains(&"kept".to_owned())));
    }

    #[test]
    fn a_rename_happens_whole_or_not_at_all() {
        let mut folder = FolderNode::default();
        folder.link("old", NodeId(1));
        folder.sync();
        folder.rename("old", "new", NodeId(1));
        assert_eq!(outcomes(&folder), [vec!["new".to_owned()], vec!["old".to_owned()]].into());
    }
}
