//! FindCoordinator (10): which broker keeps a group. KIP-699.

use ottla_protocol::Str;
use ottla_protocol::messages::find_coordinator::{
    Coordinator, FindCoordinatorRequest, FindCoordinatorResponse,
};
use ottla_types::{BrokerId, ErrorCode};

use crate::cluster_view::ClusterView;
use crate::groups::OFFSETS_TOPIC;
use crate::request::{Call, Serve};

/// From this version on a request names several keys.
const SEVERAL_SINCE: i16 = 4;
/// From this version on keys of share groups can be asked for.
const SHARE_SINCE: i16 = 6;

const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;
const SHARE: i8 = 2;

/// For `docs/protocol.md`.
pub(crate) const DEVIATION: &str =
    "Coordinators of transactions and of share groups do not exist yet and are refused.";

impl Serve for FindCoordinatorRequest {
    async fn serve(call: Call<Self>) -> FindCoordinatorResponse {
        if call.version() >= SEVERAL_SINCE {
            let mut coordinators = Vec::with_capacity(call.request.coordinator_keys.len());
            for key in &call.request.coordinator_keys {
                coordinators.push(find(&call, key).await);
            }
            return FindCoordinatorResponse { coordinators, ..FindCoordinatorResponse::default() };
        }
        let found = find(&call, &call.request.key).await;
        FindCoordinatorResponse {
            error_code: found.error_code,
            error_message: found.error_message,
            node_id: found.node_id,
            host: found.host,
            port: found.port,
            ..FindCoordinatorResponse::default()
        }
    }
}

async fn find(call: &Call<FindCoordinatorRequest>, key: &Str) -> Coordinator {
    let refuse = |error: ErrorCode, message: &str| Coordinator {
        key: key.clone(),
        node_id: BrokerId::NONE.0,
        port: -1,
        error_code: error.code(),
        error_message: Some(message.into()),
        ..Coordinator::default()
    };
    match call.request.key_type {
        GROUP => {}
        // An error that says "try again" would make clients try for ever.
        TRANSACTION => {
            let message = "transactions are not served yet; use a producer without transactional.id";
            return refuse(ErrorCode::UnsupportedVersion, message);
        }
        SHARE if call.version() >= SHARE_SINCE => {
            let message = "share groups are not served yet; use a consumer group";
            return refuse(ErrorCode::UnsupportedVersion, message);
        }
        other => {
            let message = format!("key type {other} does not exist in this version; 0 asks for a group");
            return refuse(ErrorCode::InvalidRequest, &message);
        }
    }
    if call.broker.image().topics().by_name(OFFSETS_TOPIC).is_none() {
        call.broker.auto_create(vec![OFFSETS_TOPIC.into()]).await;
    }
    let leader = call.broker.groups().leader_of(key);
    let image = call.broker.image();
    let view = ClusterView { image: &image, listener: &call.session.peer.listener };
    match leader.and_then(|leader| Some((leader, view.endpoint(leader)?))) {
        Some((leader, endpoint)) => Coordinator {
            key: key.clone(),
            node_id: leader.0,
            host: endpoint.host.as_ref().into(),
            port: endpoint.port.into(),
            ..Coordinator::default()
        },
        None => refuse(ErrorCode::CoordinatorNotAvailable, "the offsets topic is not there yet; try again"),
    }
}
