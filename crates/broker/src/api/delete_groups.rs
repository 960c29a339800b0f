//! DeleteGroups (42): remove empty groups with their offsets. KIP-229.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_group::{Command, Reply};
use ottla_protocol::messages::delete_groups::{
    DeletableGroupResult, DeleteGroupsRequest, DeleteGroupsResponse,
};
use ottla_types::ErrorCode;

use crate::groups::unexpected;
use crate::request::{Call, Serve};

impl Serve for DeleteGroupsRequest {
    async fn serve(call: Call<Self>) -> DeleteGroupsResponse {
        let mut outcomes: BTreeMap<&str, ErrorCode> = BTreeMap::new();
        for id in &call.request.groups_names {
            if outcomes.contains_key(&**id) {
                continue;
            }
            let command = Command::DeleteGroups(vec![Arc::from(&**id)]);
            let error = match call.broker.groups().call(id, command).await {
                Ok(Reply::DeleteGroups(groups)) => {
                    groups.first().map_or(ErrorCode::None, |(_, error)| *error)
                }
                Ok(other) => unexpected(&other),
                Err(error) => error,
            };
            outcomes.insert(id, error);
        }
        let results = outcomes.into_iter().map(|(id, error)| DeletableGroupResult {
            group_id: id.into(),
            error_code: error.code(),
            ..DeletableGroupResult::default()
        });
        DeleteGroupsResponse { results: results.collect(), ..DeleteGroupsResponse::default() }
    }
}
