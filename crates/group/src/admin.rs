//! Listing, describing and deleting groups.

use std::collections::BTreeSet;
use std::sync::Arc;

use ottla_machine::Decision;
use ottla_types::ErrorCode;

use crate::subscription::CONSUMER;
use crate::{GroupCoordinator, GroupDescription, GroupRecord, GroupType, List, ListedGroup, NotDescribed};

impl GroupCoordinator {
    pub(crate) fn list(&self, list: &List) -> Vec<ListedGroup> {
        let classic = self.groups.iter().map(|(id, group)| ListedGroup {
            group: Arc::clone(id),
            protocol_type: group.protocol_type(),
            state: group.state(),
            group_type: GroupType::Classic,
        });
        let foreign = self.foreign.iter().filter(|(id, _)| !self.groups.contains_key(*id));
        let foreign = foreign.map(|(id, group)| ListedGroup {
            group: Arc::clone(id),
            protocol_type: match group.group_type() {
                GroupType::Classic | GroupType::Consumer => CONSUMER.into(),
                GroupType::Share => "share".into(),
                GroupType::Streams => "streams".into(),
            },
            state: group.state(),
            group_type: group.group_type(),
        });
        // A client may ask for many more than there are.
        let names = |wanted: &[Arc<str>]| -> BTreeSet<String> {
            wanted.iter().map(|name| name.trim().to_ascii_lowercase()).collect()
        };
        let (states, types) = (names(&list.states), names(&list.types));
        let is_wanted = |wanted: &BTreeSet<String>, name: &str| {
            wanted.is_empty() || wanted.contains(&name.to_ascii_lowercase())
        };
        classic
            .chain(foreign)
            .filter(|group| is_wanted(&states, group.state.as_str()))
            .filter(|group| is_wanted(&types, group.group_type.as_str()))
            .collect()
    }

    pub(crate) fn describe(
        &self,
        groups: Vec<Arc<str>>,
    ) -> Vec<(Arc<str>, Result<GroupDescription, NotDescribed>)> {
        let describe = |id: Arc<str>| {
            let description = match self.groups.get(&id) {
                Some(group) => Ok(group.describe()),
                None if self.foreign.find(&id).is_some() => Err(NotDescribed::NotClassic),
                None => Err(NotDescribed::NotFound),
            };
            (id, description)
        };
        groups.into_iter().map(describe).collect()
    }

    pub(crate) fn delete_groups(
        &mut self,
        groups: Vec<Arc<str>>,
        out: &mut Decision<Self>,
    ) -> Vec<(Arc<str>, ErrorCode)> {
        let delete = |id: Arc<str>| {
            let error = self.delete_group(&id, out).err().unwrap_or_default();
            (id, error)
        };
        groups.into_iter().map(delete).collect()
    }

    fn delete_group(&mut self, id: &Arc<str>, out: &mut Decision<Self>) -> Result<(), ErrorCode> {
        let last = match (self.groups.get(id), self.foreign.find(id)) {
            (Some(group), _) if !group.is_empty() => return Err(ErrorCode::NonEmptyGroup),
            (Some(_), _) => vec![GroupRecord::GroupForgotten { group: Arc::clone(id) }],
            (None, Some(foreign)) if foreign.has_members() => return Err(ErrorCode::NonEmptyGroup),
            // What a share group has read is kept by the share coordinator, and would be left behind.
            (None, Some(foreign)) if !foreign.has_offsets() => return Err(ErrorCode::GroupIdNotFound),
            (None, Some(foreign)) => foreign.forget_all(id),
            (None, None) => return Err(ErrorCode::GroupIdNotFound),
        };
        for partition in self.offsets.partitions_of(id) {
            out.record(GroupRecord::OffsetForgotten { group: Arc::clone(id), partition });
        }
        out.records.extend(last);
        self.drop_group(id);
        Ok(())
    }
}
