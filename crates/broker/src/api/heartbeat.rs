//! Heartbeat (12): a member of a classic group is alive.

use std::sync::Arc;

use ottla_group::{Command, Generation, Heartbeat, Reply};
use ottla_protocol::messages::heartbeat::{HeartbeatRequest, HeartbeatResponse};
use ottla_types::ErrorCode;

use crate::groups::unexpected;
use crate::request::{Call, Serve};

impl Serve for HeartbeatRequest {
    async fn serve(call: Call<Self>) -> HeartbeatResponse {
        let request = &call.request;
        let command = Command::Heartbeat(Heartbeat {
            group: Arc::from(&*request.group_id),
            member_id: Arc::from(&*request.member_id),
            instance_id: request.group_instance_id.as_deref().map(Arc::from),
            generation: Generation(request.generation_id),
        });
        let error = match call.broker.groups().call(&request.group_id, command).await {
            Ok(Reply::Heartbeat(Ok(()))) => ErrorCode::None,
            // While its log is read the coordinator knows no member, so it cannot miss a heartbeat either.
            Err(ErrorCode::CoordinatorLoadInProgress) => ErrorCode::None,
            Ok(Reply::Heartbeat(Err(error))) | Err(error) => error,
            Ok(other) => unexpected(&other),
        };
        HeartbeatResponse { error_code: error.code(), ..HeartbeatResponse::default() }
    }
}
