//! DescribeCluster (60): the brokers, and which of them takes admin requests. KIP-700, KIP-919, KIP-1073.

use ottla_protocol::messages::describe_cluster::{
    DescribeClusterBroker, DescribeClusterRequest, DescribeClusterResponse,
};
use ottla_types::ErrorCode;

use crate::cluster_view::{ClusterView, endpoint_of};
use crate::operations;
use crate::request::{Call, Serve};

/// The kind of endpoints that a broker's listener can name.
const BROKERS: i8 = 1;

impl Serve for DescribeClusterRequest {
    async fn serve(call: Call<Self>) -> DescribeClusterResponse {
        let request = &call.request;
        if request.endpoint_type != BROKERS {
            return wrong_endpoint_type(request.endpoint_type);
        }
        let image = call.broker.image();
        let view = ClusterView { image: &image, listener: &call.session.peer.listener };
        let brokers = image
            .brokers()
            .filter(|broker| !broker.is_fenced || request.include_fenced_brokers)
            .filter_map(|broker| Some((broker, endpoint_of(broker, view.listener)?)))
            .map(|(broker, endpoint)| DescribeClusterBroker {
                broker_id: broker.id.0,
                host: endpoint.host.as_ref().into(),
                port: endpoint.port.into(),
                rack: broker.rack.as_deref().map(Into::into),
                is_fenced: broker.is_fenced,
                ..DescribeClusterBroker::default()
            })
            .collect();
        DescribeClusterResponse {
            endpoint_type: BROKERS,
            cluster_id: call.broker.cluster_id().into(),
            controller_id: view.controller().0,
            brokers,
            cluster_authorized_operations: operations::if_asked(
                request.include_cluster_authorized_operations,
                operations::CLUSTER,
            ),
            ..DescribeClusterResponse::default()
        }
    }
}

fn wrong_endpoint_type(asked: i8) -> DescribeClusterResponse {
    let (error, message) = match asked {
        2 => (
            ErrorCode::MismatchedEndpointType,
            "this listener belongs to a broker; ask a controller's listener for controllers".to_owned(),
        ),
        _ => (
            ErrorCode::UnsupportedEndpointType,
            format!("endpoint type {asked} does not exist; ask for brokers (1)"),
        ),
    };
    DescribeClusterResponse {
        error_code: error.code(),
        error_message: Some(message.into()),
        endpoint_type: BROKERS,
        ..DescribeClusterResponse::default()
    }
}
