//! LeaveGroup (13): members go, or an administrator removes them. KIP-345, KIP-800.

use std::sync::Arc;

use ottla_group::{Command, Leave, LeaveOutcome, Leaver, Reply};
use ottla_protocol::messages::leave_group::{LeaveGroupRequest, LeaveGroupResponse, MemberResponse};
use ottla_types::ErrorCode;

use crate::groups::unexpected;
use crate::request::{Call, Serve};

/// Before this version a request names one member and its response has one error.
const SEVERAL_SINCE: i16 = 3;

impl Serve for LeaveGroupRequest {
    async fn serve(call: Call<Self>) -> LeaveGroupResponse {
        let group = Arc::from(&*call.request.group_id);
        let command = Command::Leave(Leave { group, members: leavers(&call) });
        match call.broker.groups().call(&call.request.group_id, command).await {
            Ok(Reply::Leave(Ok(outcomes))) => answered(call.version(), &outcomes),
            Ok(Reply::Leave(Err(error))) | Err(error) => {
                LeaveGroupResponse { error_code: error.code(), ..LeaveGroupResponse::default() }
            }
            Ok(other) => unexpected(&other),
        }
    }
}

fn leavers(call: &Call<LeaveGroupRequest>) -> Vec<Leaver> {
    let request = &call.request;
    if call.version() < SEVERAL_SINCE {
        return vec![Leaver { member_id: Arc::from(&*request.member_id), instance_id: None, reason: None }];
    }
    request
        .members
        .iter()
        .map(|member| Leaver {
            member_id: Arc::from(&*member.member_id),
            instance_id: member.group_instance_id.as_deref().map(Arc::from),
            reason: member.reason.as_deref().map(Arc::from),
        })
        .collect()
}

fn answered(version: i16, outcomes: &[LeaveOutcome]) -> LeaveGroupResponse {
    if version < SEVERAL_SINCE {
        let error = outcomes.first().map_or(ErrorCode::None, |outcome| outcome.error);
        return LeaveGroupResponse { error_code: error.code(), ..LeaveGroupResponse::default() };
    }
    LeaveGroupResponse {
        members: outcomes
            .iter()
            .map(|outcome| MemberResponse {
                member_id: outcome.member_id.as_ref().into(),
                group_instance_id: outcome.instance_id.as_deref().map(Into::into),
                error_code: outcome.error.code(),
                ..MemberResponse::default()
            })
            .collect(),
        ..LeaveGroupResponse::default()
    }
}
