//! A static member that has been replaced is not heard any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ottla_group::{Command, GroupRecord, Reply};

use super::Event;

type Instance = (Arc<str>, Arc<str>);

#[derive(Default)]
pub(super) struct Fencing {
    /// All ids that an instance ever had.
    ids: BTreeMap<Instance, BTreeSet<Arc<str>>>,
    /// Those that were replaced.
    fenced: BTreeSet<Arc<str>>,
}

impl Fencing {
    pub(super) fn decided(&mut self, event: &Event<'_>) {
        let Some((token, command)) = event.asked else { return self.learn(event) };
        let reply = event.out.replies.iter().find(|(of, _)| *of == token).map(|(_, reply)| reply);
        let is_heard = match reply {
            None => true,
            Some(Reply::Join(reply)) => reply.is_ok(),
            Some(Reply::Sync(reply)) => reply.is_ok(),
            Some(Reply::Heartbeat(reply)) => reply.is_ok(),
            Some(Reply::CommitOffsets(reply)) => reply.is_ok(),
            Some(_) => false,
        };
        let (group, instance_id, member_id) = match command {
            Command::Join(join) => (&join.group, &join.instance_id, &join.member_id),
            Command::Sync(sync) => (&sync.group, &sync.instance_id, &sync.member_id),
            Command::Heartbeat(beat) => (&beat.group, &beat.instance_id, &beat.member_id),
            Command::CommitOffsets(commit) => (&commit.group, &commit.instance_id, &commit.member_id),
            _ => return self.learn(event),
        };
        assert!(!is_heard || !self.fenced.contains(member_id), "{command:?} was heard: {reply:?}");
        if let (Command::Join(_), Some(instance_id), true, true) =
            (command, instance_id, member_id.is_empty(), is_heard)
        {
            let instance = (Arc::clone(group), Arc::clone(instance_id));
            self.fenced.extend(self.ids.get(&instance).into_iter().flatten().cloned());
        }
        self.learn(event);
    }

    /// A replacement that was not logged is forgotten: then the id in the log counts, and no other.
    pub(super) fn failed_over(&mut self, log: &[GroupRecord]) {
        self.fenced = self.ids.values().flatten().cloned().collect();
        let mut logged = BTreeMap::new();
        for record in log {
            match record {
                GroupRecord::GroupChanged { group, value } => {
                    logged.insert(group, value);
                }
                GroupRecord::GroupForgotten { group } => {
                    logged.remove(group);
                }
                _ => {}
            }
        }
        for member in logged.values().flat_map(|value| &value.members) {
            self.fenced.remove(&member.member_id);
        }
    }

    fn learn(&mut self, event: &Event<'_>) {
        for (command, reply) in event.answers() {
            if let (Command::Join(join), Reply::Join(Ok(joined))) = (command, reply)
                && let Some(instance_id) = &join.instance_id
            {
                let instance = (Arc::clone(&join.group), Arc::clone(instance_id));
                self.ids.entry(instance).or_default().insert(Arc::clone(&joined.member_id));
            }
        }
    }
}
