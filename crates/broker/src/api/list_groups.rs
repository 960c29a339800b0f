//! ListGroups (16): the groups that this broker coordinates. KIP-518, KIP-848.

use std::sync::Arc;

use ottla_group::{Command, List, Reply};
use ottla_protocol::messages::list_groups::{ListGroupsRequest, ListGroupsResponse, ListedGroup};

use crate::groups::unexpected;
use crate::request::{Call, Serve};

impl Serve for ListGroupsRequest {
    async fn serve(call: Call<Self>) -> ListGroupsResponse {
        let texts = |filter: &[ottla_protocol::Str]| filter.iter().map(|text| Arc::from(&**text)).collect();
        let list =
            List { states: texts(&call.request.states_filter), types: texts(&call.request.types_filter) };
        let mut response = ListGroupsResponse::default();
        for reply in call.broker.groups().call_every(|| Command::List(list.clone())).await {
            match reply {
                Ok(Reply::List(groups)) => {
                    response.groups.extend(groups.into_iter().map(|group| ListedGroup {
                        group_id: group.group.as_ref().into(),
                        protocol_type: group.protocol_type.as_ref().into(),
                        group_state: group.state.as_str().into(),
                        group_type: group.group_type.as_str().into(),
                        ..ListedGroup::default()
                    }));
                }
                // A list that lacks some groups says so, and the client asks again.
                Err(error) => response.error_code = error.code(),
                Ok(other) => unexpected(&other),
            }
        }
        response
    }
}
