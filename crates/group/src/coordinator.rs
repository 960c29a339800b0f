//! Where it comes together: the state of one partition of the offsets topic, and who answers which command.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_machine::{Coordinator, Decision, Token};
use ottla_types::{ErrorCode, Timestamp};

use crate::classic::Group;
use crate::deadlines::{Deadlines, Due};
use crate::foreign::ForeignGroups;
use crate::notice::Notices;
use crate::offsets::Offsets;
use crate::turn::Turn;
use crate::{
    Command, Generation, GroupConfig, GroupRecord, GroupType, GroupValue, Heartbeat, Join, Leave,
    LeaveOutcome, Notice, Reply, Sync,
};

/// How long a name may be that a member id is made of: a string of Kafka's less a dash and a UUID.
const NAME_LEN_MAX: usize = i16::MAX as usize - 37;

/// The groups and offsets that live in one partition of `__consumer_offsets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCoordinator {
    pub(crate) config: GroupConfig,
    /// Durable: the offsets.
    pub(crate) offsets: Offsets,
    /// Durable: what the log says of each classic group. Only loading reads it.
    logged: BTreeMap<Arc<str>, GroupValue>,
    /// Durable: groups of other types.
    pub(crate) foreign: ForeignGroups,
    /// How many records were of no known kind.
    ignored_records: u64,
    /// Soft: the classic groups at work.
    pub(crate) groups: BTreeMap<Arc<str>, Group>,
    /// Soft.
    pub(crate) deadlines: Deadlines,
    notices: Notices,
}

impl GroupCoordinator {
    /// A coordinator that has not loaded anything yet.
    #[must_use]
    pub fn new(config: GroupConfig) -> Self {
        Self {
            config,
            offsets: Offsets::default(),
            logged: BTreeMap::new(),
            foreign: ForeignGroups::default(),
            ignored_records: 0,
            groups: BTreeMap::new(),
            deadlines: Deadlines::default(),
            notices: Notices::default(),
        }
    }

    /// Takes other settings. They count from the next command on.
    pub fn set_config(&mut self, config: GroupConfig) {
        self.config = config;
    }

    /// Takes another limit for the records of one decision.
    pub fn set_records_bytes_max(&mut self, bytes: usize) {
        self.config.records_bytes_max = bytes;
    }

    /// What people may want to read, since the last time.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.notices.take()
    }

    /// How many records were read whose kind is not known. They stay in the log.
    #[must_use]
    pub fn ignored_records(&self) -> u64 {
        self.ignored_records
    }

    /// How many offsets are kept.
    #[must_use]
    pub fn offset_count(&self) -> usize {
        self.offsets.len()
    }

    /// How many classic groups there are.
    #[must_use]
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// Whether both would load the same from their logs, whatever goes on in them.
    #[must_use]
    pub fn is_durably_equal(&self, other: &Self) -> bool {
        self.offsets == other.offsets && self.logged == other.logged && self.foreign == other.foreign
    }

    /// Checks what always holds within and between the groups; for tests, since it looks at everything.
    ///
    /// # Panics
    /// If it does not hold, which is a bug here.
    pub fn assert_consistent(&self) {
        self.groups.values().for_each(Group::assert_consistent);
        for group in self.offsets.groups() {
            let is_known = self.groups.contains_key(group) || self.foreign.find(group).is_some();
            assert!(is_known, "offsets belong to a group");
        }
    }

    /// A classic group and what it needs for a turn.
    pub(crate) fn turn<'a>(
        &'a mut self,
        now: Timestamp,
        group: &str,
        out: &'a mut Decision<Self>,
    ) -> Option<(&'a mut Group, Turn<'a>)> {
        let Self { config, groups, deadlines, notices, .. } = self;
        let group = groups.get_mut(group)?;
        Some((group, Turn { now, config, deadlines, notices, out }))
    }

    /// Forgets a classic group at once. The record that makes it durable is the caller's.
    pub(crate) fn drop_group(&mut self, group: &Arc<str>) {
        self.groups.remove(group);
        self.deadlines.cancel_all(group);
    }

    fn join(&mut self, now: Timestamp, token: Token, join: Join, out: &mut Decision<Self>) {
        if let Err((error, member_id)) = self.admit_join(&join) {
            let refused = crate::JoinRefused { error, member_id };
            return out.reply(token, Reply::Join(Err(refused)));
        }
        let id = Arc::clone(&join.group);
        let is_new = !self.groups.contains_key(&id);
        if is_new {
            if let Some(foreign) = self.foreign.find(&id) {
                out.records.extend(foreign.forget_all(&id));
            }
            self.groups.insert(Arc::clone(&id), Group::new(Arc::clone(&id), now));
        }
        let Some((group, mut turn)) = self.turn(now, &id, out) else { return };
        group.join(&mut turn, token, join);
        if is_new {
            // The group is there from now on, even if nobody completes a generation.
            let value = GroupValue {
                protocol_type: None,
                generation: Generation(0),
                protocol: None,
                leader: None,
                state_since: Some(now),
                members: Vec::new(),
            };
            out.record(GroupRecord::GroupChanged { group: id, value });
        }
    }

    /// What can be said without looking into the group.
    fn admit_join(&self, join: &Join) -> Result<(), (ErrorCode, Arc<str>)> {
        let member_id = || Arc::clone(&join.member_id);
        let session_ms = self.config.session_timeout_min_ms..=self.config.session_timeout_max_ms;
        if join.group.is_empty() {
            return Err((ErrorCode::InvalidGroupId, member_id()));
        }
        if !session_ms.contains(&join.session_timeout_ms) {
            return Err((ErrorCode::InvalidSessionTimeout, member_id()));
        }
        if join.name().len() > NAME_LEN_MAX {
            // The member id that would be made of it could neither be sent nor logged.
            return Err((ErrorCode::InvalidRequest, member_id()));
        }
        if self.groups.contains_key(&join.group) {
            return Ok(());
        }
        match self.foreign.find(&join.group).map(|foreign| (foreign.group_type(), foreign.has_members())) {
            Some((GroupType::Share, _) | (GroupType::Streams, true)) => {
                Err((ErrorCode::InconsistentGroupProtocol, Arc::default()))
            }
            // As Kafka answers where `group.consumer.migration.policy` forbids that classic members join.
            Some((GroupType::Consumer, true)) => Err((ErrorCode::GroupIdNotFound, member_id())),
            // Whoever has an id has it from a group that is no more.
            _ if !join.member_id.is_empty() => Err((ErrorCode::UnknownMemberId, member_id())),
            // An empty group of another type becomes a classic one.
            _ => Ok(()),
        }
    }

    fn sync(&mut self, now: Timestamp, token: Token, sync: Sync, out: &mut Decision<Self>) {
        if sync.group.is_empty() {
            return out.reply(token, Reply::Sync(Err(ErrorCode::InvalidGroupId)));
        }
        match self.turn(now, &Arc::clone(&sync.group), out) {
            Some((group, mut turn)) => group.sync(&mut turn, token, sync),
            None => out.reply(token, Reply::Sync(Err(ErrorCode::UnknownMemberId))),
        }
    }

    fn heartbeat(
        &mut self,
        now: Timestamp,
        beat: &Heartbeat,
        out: &mut Decision<Self>,
    ) -> Result<(), ErrorCode> {
        if beat.group.is_empty() {
            return Err(ErrorCode::InvalidGroupId);
        }
        let (group, mut turn) = self.turn(now, &beat.group, out).ok_or(ErrorCode::UnknownMemberId)?;
        group.heartbeat(&mut turn, beat)
    }

    fn leave(
        &mut self,
        now: Timestamp,
        leave: Leave,
        out: &mut Decision<Self>,
    ) -> Result<Vec<LeaveOutcome>, ErrorCode> {
        if leave.group.is_empty() {
            return Err(ErrorCode::InvalidGroupId);
        }
        if let Some((group, mut turn)) = self.turn(now, &Arc::clone(&leave.group), out) {
            return Ok(group.leave(&mut turn, leave));
        }
        let outcome = |leaver: crate::Leaver| LeaveOutcome {
            member_id: leaver.member_id,
            instance_id: leaver.instance_id,
            error: ErrorCode::UnknownMemberId,
        };
        Ok(leave.members.into_iter().map(outcome).collect())
    }
}

impl Coordinator for GroupCoordinator {
    type Command = Command;
    type Record = GroupRecord;
    type Reply = Reply;

    fn handle(&mut self, now: Timestamp, token: Token, command: Command, out: &mut Decision<Self>) {
        let reply = match command {
            Command::Join(join) => return self.join(now, token, join, out),
            Command::Sync(sync) => return self.sync(now, token, sync, out),
            Command::Heartbeat(beat) => Reply::Heartbeat(self.heartbeat(now, &beat, out)),
            Command::Leave(leave) => Reply::Leave(self.leave(now, leave, out)),
            Command::CommitOffsets(commit) => Reply::CommitOffsets(self.commit_offsets(now, &commit, out)),
            Command::FetchOffsets(fetch) => Reply::FetchOffsets(self.fetch_offsets(&fetch)),
            Command::DeleteOffsets(delete) => Reply::DeleteOffsets(self.delete_offsets(&delete, out)),
            Command::List(list) => Reply::List(self.list(&list)),
            Command::Describe(groups) => Reply::Describe(self.describe(groups)),
            Command::DeleteGroups(groups) => Reply::DeleteGroups(self.delete_groups(groups, out)),
            Command::ExpireOffsets { resume_at } => {
                Reply::Sweep(self.expire_offsets(now, resume_at.as_ref(), out))
            }
            Command::ForgetTopics { topics, resume_at } => {
                Reply::Sweep(self.forget_topics(&topics, resume_at.as_ref(), out))
            }
        };
        out.reply(token, reply);
    }

    fn wake(&mut self, now: Timestamp, out: &mut Decision<Self>) {
        for (at, id, due) in self.deadlines.passed(now) {
            // What happened for an earlier one may have moved or cancelled this one.
            if !self.deadlines.is_set(&id, &due, at) {
                continue;
            }
            self.deadlines.cancel(&id, due.clone());
            if due == Due::Foreign {
                let members = self.foreign.find(&id).map(|foreign| foreign.forget_members(&id));
                out.records.extend(members.unwrap_or_default());
            } else if let Some((group, mut turn)) = self.turn(now, &id, out) {
                group.is_due(&mut turn, due);
            }
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    fn apply(&mut self, record: &GroupRecord) {
        match record {
            GroupRecord::OffsetCommitted { group, partition, offset } => {
                self.offsets.commit(group, partition, offset.clone());
            }
            GroupRecord::OffsetPending { producer_id, group, partition, offset } => {
                self.offsets.pend(*producer_id, group, partition, offset.clone());
            }
            GroupRecord::TransactionEnded { producer_id, is_committed } => {
                self.offsets.end_transaction(*producer_id, *is_committed);
            }
            GroupRecord::OffsetForgotten { group, partition } => self.offsets.forget(group, partition),
            GroupRecord::GroupChanged { group, value } => {
                self.logged.insert(Arc::clone(group), value.clone());
            }
            GroupRecord::GroupForgotten { group } => {
                self.logged.remove(group);
            }
            GroupRecord::ForeignChanged(key) => self.ignored_records += u64::from(!self.foreign.change(key)),
            GroupRecord::ForeignForgotten(key) => self.foreign.forget(key),
            GroupRecord::Unknown { .. } => self.ignored_records += 1,
        }
    }

    fn loaded(&mut self, now: Timestamp) {
        for (id, value) in &self.logged {
            self.groups.insert(Arc::clone(id), Group::from_value(Arc::clone(id), value));
        }
        for id in self.offsets.groups() {
            if !self.groups.contains_key(id) && self.foreign.find(id).is_none() {
                self.groups.insert(Arc::clone(id), Group::new(Arc::clone(id), now));
            }
        }
        let mut out = Decision::default();
        let Self { config, groups, deadlines, notices, foreign, .. } = self;
        for group in groups.values_mut() {
            let out = &mut out;
            group.rearm(&mut Turn { now, config, deadlines, notices, out });
        }
        assert!(out.is_empty(), "loading decides nothing: nobody waits, and no rebalance is ready at once");
        let silent_from = now.plus_ms(i64::from(config.foreign_session_timeout_ms));
        for (id, _) in foreign.iter().filter(|(_, foreign)| foreign.has_members()) {
            deadlines.set(id, Due::Foreign, silent_from);
        }
    }
}
