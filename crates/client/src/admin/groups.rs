//! Groups: which there are, who is in them, and taking them away.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_protocol::embedded::{ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use ottla_protocol::messages::describe_groups::DescribedGroup;
use ottla_protocol::messages::{
    ConsumerGroupDescribeRequest, DeleteGroupsRequest, DescribeGroupsRequest, ListGroupsRequest,
    consumer_group_describe,
};
use ottla_protocol::{ApiKey, Str};
use ottla_types::{BrokerId, ErrorCode, PartitionIndex, TopicPartition};

use super::Admin;
use super::topics::incomplete;
use crate::cluster::{Target, Topics};
use crate::{Error, Result, versioned};

/// A group, as its coordinator lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupListing {
    /// Its name.
    pub id: String,
    /// What its members are: `consumer`, or what else a client chose; empty for a group that only has offsets.
    pub protocol_type: String,
    /// `Stable`, `Empty` and so on; empty where the broker is too old to tell.
    pub state: String,
    /// `Classic`, `Consumer` and so on; empty where the broker is too old to tell.
    pub kind: String,
    /// Which broker coordinates it.
    pub coordinator: BrokerId,
}

/// A group with its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDescription {
    /// Its name.
    pub id: String,
    /// `Stable`, `Empty`, `Dead` and so on.
    pub state: String,
    /// What its members are.
    pub protocol_type: String,
    /// How partitions are assigned: the assignor's name.
    pub assignor: String,
    /// Which broker coordinates it.
    pub coordinator: BrokerId,
    /// Who is in it, by member id.
    pub members: Vec<GroupMember>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// The id that the coordinator gave it.
    pub id: String,
    /// Its `group.instance.id`, if it is a static member (KIP-345).
    pub instance_id: Option<String>,
    /// Its `client.id`.
    pub client_id: String,
    /// The address it connects from.
    pub host: String,
    /// The topics that it wants.
    pub topics: Vec<String>,
    /// The partitions that it has.
    pub partitions: Vec<TopicPartition>,
}

/// The kind of groups of KIP-848, which are described by a request of their own.
const KIND_CONSUMER: &str = "consumer";
/// The protocol type whose metadata this library can read.
const PROTOCOL_CONSUMER: &str = "consumer";

impl Admin {
    /// Every group of the cluster, by name.
    ///
    /// # Errors
    /// See [`Error::kind`]. A broker that does not answer is an error: its groups would be missing.
    pub async fn groups(&self) -> Result<BTreeMap<String, GroupListing>> {
        self.cluster.refresh(Topics::These { names: &[], may_create: false }).await?;
        let mut groups = BTreeMap::new();
        let brokers = self.cluster.metadata().brokers.keys().copied().collect::<Vec<_>>();
        for broker in brokers {
            let listed = self
                .ask(Target::Broker(broker), &ListGroupsRequest::default(), |answer| {
                    Error::check(answer.error_code, None, format_args!("the groups of broker {broker}"))?;
                    Ok(answer.groups)
                })
                .await?;
            for group in listed {
                let listing = GroupListing {
                    id: group.group_id.to_string(),
                    protocol_type: group.protocol_type.to_string(),
                    state: group.group_state.to_string(),
                    kind: group.group_type.to_string(),
                    coordinator: broker,
                };
                groups.insert(listing.id.clone(), listing);
            }
        }
        Ok(groups)
    }

    /// A group and its members. One that does not exist has the state `Dead` with old brokers, and is an error with
    /// new ones.
    ///
    /// # Errors
    /// See [`Error::kind`].
    pub async fn describe_group(&self, group: &str) -> Result<GroupDescription> {
        let group: Arc<str> = Arc::from(group);
        match self.describe_consumer_group(&group).await {
            // A classic group, or a broker that has no others.
            Err(
                Error::Refused { code: ErrorCode::GroupIdNotFound | ErrorCode::UnsupportedVersion, .. }
                | Error::Unsupported { .. },
            ) => self.describe_classic_group(&group).await,
            described => described,
        }
    }

    /// Deletes groups that have no members; the results stand in the order of the names.
    pub async fn delete_groups(&self, groups: &[&str]) -> Vec<Result<()>> {
        let mut results = Vec::new();
        for &name in groups {
            let build = |_| DeleteGroupsRequest { groups_names: vec![Str::from(name)], ..Default::default() };
            let result = self
                .cluster
                .ask_coordinator(&Arc::from(name), i16::MAX, build, |answer| {
                    let result = answer.results.first();
                    let result = result.ok_or_else(|| incomplete(ApiKey::DeleteGroups, name))?;
                    Error::check(result.error_code, None, format_args!("group {name}"))
                })
                .await;
            results.push(result);
        }
        results
    }

    async fn describe_classic_group(&self, group: &Arc<str>) -> Result<GroupDescription> {
        let build = |_| DescribeGroupsRequest { groups: vec![Str::from(&**group)], ..Default::default() };
        let described = self
            .cluster
            .ask_coordinator(group, i16::MAX, build, |mut answer| {
                let found = answer.groups.pop().ok_or_else(|| incomplete(ApiKey::DescribeGroups, group))?;
                let message = found.error_message.as_deref();
                Error::check(found.error_code, message, format_args!("group {group}"))?;
                Ok(found)
            })
            .await?;
        Ok(self.classic(&described, self.cluster.coordinator(group).await?))
    }

    async fn describe_consumer_group(&self, group: &Arc<str>) -> Result<GroupDescription> {
        let build =
            |_| ConsumerGroupDescribeRequest { group_ids: vec![Str::from(&**group)], ..Default::default() };
        let described = self
            .cluster
            .ask_coordinator(group, i16::MAX, build, |mut answer| {
                let found =
                    answer.groups.pop().ok_or_else(|| incomplete(ApiKey::ConsumerGroupDescribe, group))?;
                let message = found.error_message.as_deref();
                Error::check(found.error_code, message, format_args!("group {group}"))?;
                Ok(found)
            })
            .await?;
        Ok(consumer(&described, self.cluster.coordinator(group).await?))
    }

    fn classic(&self, group: &DescribedGroup, coordinator: BrokerId) -> GroupDescription {
        let is_consumer = group.protocol_type == PROTOCOL_CONSUMER;
        let member = |member: &ottla_protocol::messages::describe_groups::DescribedGroupMember| {
            let readable = |bytes: &bytes::Bytes| is_consumer && !bytes.is_empty();
            let mut topics = Vec::new();
            if readable(&member.member_metadata) {
                let subscription = versioned::decode::<ConsumerProtocolSubscription>(&member.member_metadata);
                topics = subscription.map_or_else(Vec::new, |subscription| names(&subscription.topics));
            }
            let mut partitions = Vec::new();
            if readable(&member.member_assignment) {
                let assignment = versioned::decode::<ConsumerProtocolAssignment>(&member.member_assignment);
                for topic in assignment.iter().flat_map(|assignment| &assignment.assigned_partitions) {
                    partitions.extend(of_topic(&topic.topic, &topic.partitions));
                }
            }
            partitions.sort();
            GroupMember {
                id: member.member_id.to_string(),
                instance_id: member.group_instance_id.as_ref().map(ToString::to_string),
                client_id: member.client_id.to_string(),
                host: member.client_host.to_string(),
                topics,
                partitions,
            }
        };
        let mut members: Vec<_> = group.members.iter().map(member).collect();
        members.sort_by(|a, b| a.id.cmp(&b.id));
        GroupDescription {
            id: group.group_id.to_string(),
            state: group.group_state.to_string(),
            protocol_type: group.protocol_type.to_string(),
            assignor: group.protocol_data.to_string(),
            coordinator,
            members,
        }
    }
}

fn consumer(group: &consumer_group_describe::DescribedGroup, coordinator: BrokerId) -> GroupDescription {
    let member = |member: &consumer_group_describe::Member| {
        let assigned = member.assignment.topic_partitions.iter();
        let mut partitions: Vec<_> =
            assigned.flat_map(|topic| of_topic(&topic.topic_name, &topic.partitions)).collect();
        partitions.sort();
        GroupMember {
            id: member.member_id.to_string(),
            instance_id: member.instance_id.as_ref().map(ToString::to_string),
            client_id: member.client_id.to_string(),
            host: member.client_host.to_string(),
            topics: names(&member.subscribed_topic_names),
            partitions,
        }
    };
    let mut members: Vec<_> = group.members.iter().map(member).collect();
    members.sort_by(|a, b| a.id.cmp(&b.id));
    GroupDescription {
        id: group.group_id.to_string(),
        state: group.group_state.to_string(),
        protocol_type: KIND_CONSUMER.to_owned(),
        assignor: group.assignor_name.to_string(),
        coordinator,
        members,
    }
}

fn names(topics: &[Str]) -> Vec<String> {
    let mut names: Vec<_> = topics.iter().map(ToString::to_string).collect();
    names.sort();
    names
}

fn of_topic(topic: &str, partitions: &[i32]) -> impl Iterator<Item = TopicPartition> {
    let topic: Arc<str> = Arc::from(topic);
    partitions.iter().map(move |&index| TopicPartition::new(Arc::clone(&topic), PartitionIndex(index)))
}
