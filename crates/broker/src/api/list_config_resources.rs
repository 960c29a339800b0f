//! ListConfigResources (74): what has settings that can be described. KIP-714, KIP-1142.
//!
//! Deviation: brokers' loggers are not listed, for they cannot be described.

use ottla_metadata::ResourceKind;
use ottla_protocol::messages::list_config_resources::{
    ConfigResource, ListConfigResourcesRequest, ListConfigResourcesResponse,
};
use ottla_types::ErrorCode;

use crate::cluster_view::ClusterView;
use crate::request::{Call, Serve};

/// In the order in which they are listed.
const KINDS: &[ResourceKind] = &[
    ResourceKind::GROUP,
    ResourceKind::CLIENT_METRICS,
    ResourceKind::BROKER_LOGGER,
    ResourceKind::BROKER,
    ResourceKind::TOPIC,
];
/// All that version 0 knows.
const KINDS_OF_VERSION_0: &[ResourceKind] = &[ResourceKind::CLIENT_METRICS];

pub(super) const DEVIATION: &str = "brokers' loggers are not listed, for they cannot be described";

impl Serve for ListConfigResourcesRequest {
    async fn serve(call: Call<Self>) -> ListConfigResourcesResponse {
        let kinds = if call.version() == 0 { KINDS_OF_VERSION_0 } else { KINDS };
        let asked = &call.request.resource_types;
        if asked.iter().any(|&kind| !kinds.contains(&ResourceKind(kind))) {
            return ListConfigResourcesResponse {
                error_code: ErrorCode::UnsupportedVersion.code(),
                ..ListConfigResourcesResponse::default()
            };
        }
        let image = call.broker.image();
        let view = ClusterView { image: &image, listener: &call.session.peer.listener };
        let mut config_resources = Vec::new();
        for &kind in kinds.iter().filter(|kind| asked.is_empty() || asked.contains(&kind.0)) {
            let mut add = |name: &str| {
                config_resources.push(ConfigResource {
                    resource_name: name.into(),
                    resource_type: kind.0,
                    ..ConfigResource::default()
                });
            };
            match kind {
                ResourceKind::TOPIC => image.topics().iter().for_each(|topic| add(&topic.name)),
                ResourceKind::BROKER => {
                    view.reachable().for_each(|(broker, _)| add(&broker.id.to_string()));
                }
                ResourceKind::BROKER_LOGGER => {}
                // Groups and subscriptions are there for us as soon as they have settings of their own.
                _ => {
                    let with_settings = image.configs().iter().filter(|(resource, _)| resource.kind == kind);
                    with_settings.for_each(|(resource, _)| add(&resource.name));
                }
            }
        }
        ListConfigResourcesResponse { config_resources, ..ListConfigResourcesResponse::default() }
    }
}
