//! JoinGroup (11): become a member of a classic group, or stay one. KIP-62, KIP-345, KIP-394, KIP-559, KIP-814.

use std::sync::Arc;

use ottla_group::{Command, Join, JoinRefused, Joined, Protocol, Reply};
use ottla_protocol::messages::join_group::{JoinGroupRequest, JoinGroupResponse, JoinGroupResponseMember};
use ottla_types::ErrorCode;

use crate::groups::unexpected;
use crate::request::{Call, Serve};

/// Before this version there is no rebalance timeout of its own: the session timeout stands for both.
const REBALANCE_TIMEOUT_SINCE: i16 = 1;
/// From this version on a client understands MEMBER_ID_REQUIRED (KIP-394).
const MEMBER_ID_FIRST_SINCE: i16 = 4;
/// From this version on a null protocol name can be sent.
const NULL_PROTOCOL_SINCE: i16 = 7;
/// From this version on a leader understands that it keeps the assignment (KIP-814).
const SKIP_ASSIGNMENT_SINCE: i16 = 9;

impl Serve for JoinGroupRequest {
    const WAITS_FOR_OTHERS: bool = true;

    async fn serve(call: Call<Self>) -> JoinGroupResponse {
        let command = Command::Join(join(&call));
        match call.broker.groups().call(&call.request.group_id, command).await {
            Ok(Reply::Join(Ok(joined))) => accepted(joined),
            Ok(Reply::Join(Err(refused))) => refusal(call.version(), &refused),
            Ok(other) => unexpected(&other),
            Err(error) => {
                let member_id = Arc::from(&*call.request.member_id);
                refusal(call.version(), &JoinRefused { error, member_id })
            }
        }
    }
}

fn join(call: &Call<JoinGroupRequest>) -> Join {
    let (request, version) = (&call.request, call.version());
    let has_rebalance_timeout = version >= REBALANCE_TIMEOUT_SINCE && request.rebalance_timeout_ms >= 0;
    Join {
        group: Arc::from(&*request.group_id),
        member_id: Arc::from(&*request.member_id),
        instance_id: request.group_instance_id.as_deref().map(Arc::from),
        client_id: Arc::from(call.client_id()),
        client_host: call.client_host().into(),
        session_timeout_ms: request.session_timeout_ms,
        rebalance_timeout_ms: match has_rebalance_timeout {
            true => request.rebalance_timeout_ms,
            false => request.session_timeout_ms,
        },
        protocol_type: Arc::from(&*request.protocol_type),
        protocols: request
            .protocols
            .iter()
            .map(|protocol| Protocol {
                name: Arc::from(&*protocol.name),
                // Kept for as long as the member lives: it must not keep the whole frame alive.
                metadata: bytes::Bytes::copy_from_slice(&protocol.metadata),
            })
            .collect(),
        fresh_member: call.broker.random_uuid(),
        takes_member_id_first: version >= MEMBER_ID_FIRST_SINCE,
        may_skip_assignment: version >= SKIP_ASSIGNMENT_SINCE,
        reason: request.reason.as_deref().map(Arc::from),
    }
}

fn accepted(joined: Joined) -> JoinGroupResponse {
    JoinGroupResponse {
        error_code: ErrorCode::None.code(),
        generation_id: joined.generation.0,
        protocol_type: joined.protocol_type.as_deref().map(Into::into),
        protocol_name: joined.protocol.as_deref().map(Into::into),
        leader: joined.leader.as_ref().into(),
        skip_assignment: joined.skip_assignment,
        member_id: joined.member_id.as_ref().into(),
        members: joined
            .members
            .into_iter()
            .map(|member| JoinGroupResponseMember {
                member_id: member.member_id.as_ref().into(),
                group_instance_id: member.instance_id.as_deref().map(Into::into),
                metadata: member.metadata,
                ..JoinGroupResponseMember::default()
            })
            .collect(),
        ..JoinGroupResponse::default()
    }
}

fn refusal(version: i16, refused: &JoinRefused) -> JoinGroupResponse {
    JoinGroupResponse {
        error_code: refused.error.code(),
        generation_id: -1,
        protocol_name: (version < NULL_PROTOCOL_SINCE).then(Default::default),
        member_id: refused.member_id.as_ref().into(),
        ..JoinGroupResponse::default()
    }
}
