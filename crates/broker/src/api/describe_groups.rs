//! DescribeGroups (15): classic groups and their members. KIP-430, KIP-1043.

use std::sync::Arc;

use ottla_group::{Command, GroupDescription, MemberDescription, NotDescribed, Reply};
use ottla_protocol::Str;
use ottla_protocol::messages::describe_groups::{
    DescribeGroupsRequest, DescribeGroupsResponse, DescribedGroup, DescribedGroupMember,
};
use ottla_types::ErrorCode;

use crate::groups::unexpected;
use crate::operations;
use crate::request::{Call, Serve};

/// Before this version a group that does not exist is described as a dead one.
const NOT_FOUND_SINCE: i16 = 6;

impl Serve for DescribeGroupsRequest {
    async fn serve(call: Call<Self>) -> DescribeGroupsResponse {
        let mut groups = Vec::with_capacity(call.request.groups.len());
        for id in &call.request.groups {
            let group = describe(&call, id).await;
            // A group may be named again and again, and have thousands of members.
            if !call.room.take(bytes_of(&group)).await {
                break;
            }
            groups.push(group);
        }
        DescribeGroupsResponse { groups, ..DescribeGroupsResponse::default() }
    }
}

/// About what a group takes in memory.
fn bytes_of(group: &DescribedGroup) -> usize {
    let member = |member: &DescribedGroupMember| {
        size_of::<DescribedGroupMember>() + member.member_metadata.len() + member.member_assignment.len()
    };
    size_of::<DescribedGroup>() + group.members.iter().map(member).sum::<usize>()
}

async fn describe(call: &Call<DescribeGroupsRequest>, id: &Str) -> DescribedGroup {
    let command = Command::Describe(vec![Arc::from(&**id)]);
    let described = match call.broker.groups().call(id, command).await {
        Ok(Reply::Describe(mut groups)) => groups.pop().map(|(_, described)| described),
        Ok(other) => unexpected(&other),
        Err(error) => {
            return DescribedGroup {
                error_code: error.code(),
                group_id: id.clone(),
                ..DescribedGroup::default()
            };
        }
    };
    let asked = call.request.include_authorized_operations;
    match described {
        Some(Ok(group)) => known(id, group, operations::if_asked(asked, operations::GROUP)),
        Some(Err(reason)) => not_described(call.version(), id, Some(reason)),
        None => not_described(call.version(), id, None),
    }
}

fn known(id: &Str, group: GroupDescription, authorized_operations: i32) -> DescribedGroup {
    DescribedGroup {
        group_id: id.clone(),
        group_state: group.state.as_str().into(),
        protocol_type: group.protocol_type.as_ref().into(),
        protocol_data: group.protocol.as_ref().into(),
        members: group.members.into_iter().map(member).collect(),
        authorized_operations,
        ..DescribedGroup::default()
    }
}

fn member(member: MemberDescription) -> DescribedGroupMember {
    DescribedGroupMember {
        member_id: member.member_id.as_ref().into(),
        group_instance_id: member.instance_id.as_deref().map(Into::into),
        client_id: member.client_id.as_ref().into(),
        client_host: member.client_host.as_ref().into(),
        member_metadata: member.metadata,
        member_assignment: member.assignment,
        ..DescribedGroupMember::default()
    }
}

fn not_described(version: i16, id: &Str, reason: Option<NotDescribed>) -> DescribedGroup {
    let message = match reason {
        Some(NotDescribed::NotClassic) => {
            format!("group {id} is not a classic group; describe it as what it is")
        }
        Some(NotDescribed::NotFound) | None => format!("group {id} not found"),
    };
    let is_error = version >= NOT_FOUND_SINCE;
    DescribedGroup {
        error_code: if is_error { ErrorCode::GroupIdNotFound.code() } else { 0 },
        error_message: is_error.then(|| message.into()),
        group_id: id.clone(),
        group_state: "Dead".into(),
        ..DescribedGroup::default()
    }
}
