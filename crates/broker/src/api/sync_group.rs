//! SyncGroup (14): a member asks for its part, and the leader brings everybody's. KIP-559.

use std::sync::Arc;

use bytes::Bytes;
use ottla_group::{Command, Generation, Reply, Sync};
use ottla_protocol::messages::sync_group::{SyncGroupRequest, SyncGroupResponse};
use ottla_types::ErrorCode;

use crate::groups::unexpected;
use crate::request::{Call, Serve};

/// From this version on the client must say which protocol it believes in.
const PROTOCOL_SINCE: i16 = 5;

impl Serve for SyncGroupRequest {
    const WAITS_FOR_OTHERS: bool = true;

    async fn serve(call: Call<Self>) -> SyncGroupResponse {
        let request = &call.request;
        let names_protocol = request.protocol_type.is_some() && request.protocol_name.is_some();
        if call.version() >= PROTOCOL_SINCE && !names_protocol {
            return refused(ErrorCode::InconsistentGroupProtocol);
        }
        let command = Command::Sync(Sync {
            group: Arc::from(&*request.group_id),
            member_id: Arc::from(&*request.member_id),
            instance_id: request.group_instance_id.as_deref().map(Arc::from),
            generation: Generation(request.generation_id),
            protocol_type: request.protocol_type.as_deref().map(Arc::from),
            protocol: request.protocol_name.as_deref().map(Arc::from),
            assignments: request
                .assignments
                .iter()
                .map(|one| (Arc::from(&*one.member_id), Bytes::copy_from_slice(&one.assignment)))
                .collect(),
        });
        match call.broker.groups().call(&request.group_id, command).await {
            Ok(Reply::Sync(Ok(synced))) => SyncGroupResponse {
                protocol_type: synced.protocol_type.as_deref().map(Into::into),
                protocol_name: synced.protocol.as_deref().map(Into::into),
                assignment: synced.assignment,
                ..SyncGroupResponse::default()
            },
            Ok(Reply::Sync(Err(error))) | Err(error) => refused(error),
            Ok(other) => unexpected(&other),
        }
    }
}

fn refused(error: ErrorCode) -> SyncGroupResponse {
    SyncGroupResponse { error_code: error.code(), ..SyncGroupResponse::default() }
}
