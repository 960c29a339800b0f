//! The cluster as a client behind one listener sees it.

use std::sync::Arc;

use ottla_metadata::{Broker, Endpoint, MetadataImage, Partition};
use ottla_types::{BrokerId, ErrorCode};

/// The metadata image through the eyes of one listener: brokers that do not have it cannot be reached by it.
#[derive(Clone, Copy)]
pub(crate) struct ClusterView<'a> {
    pub(crate) image: &'a MetadataImage,
    pub(crate) listener: &'a str,
}

impl<'a> ClusterView<'a> {
    /// Where a broker can be reached, if it is alive and has this listener.
    pub(crate) fn endpoint(self, id: BrokerId) -> Option<&'a Endpoint> {
        endpoint_of(self.image.broker(id).filter(|broker| !broker.is_fenced)?, self.listener)
    }

    /// All brokers that are alive and have this listener.
    pub(crate) fn reachable(self) -> impl Iterator<Item = (&'a Arc<Broker>, &'a Endpoint)> {
        self.image
            .brokers()
            .filter(|broker| !broker.is_fenced)
            .filter_map(move |broker| Some((broker, endpoint_of(broker, self.listener)?)))
    }

    /// Any reachable broker: it takes admin requests and forwards them, which is all that clients want to
    /// know about a controller.
    pub(crate) fn controller(self) -> BrokerId {
        self.reachable().next().map_or(BrokerId::NONE, |(broker, _)| broker.id)
    }

    /// Replicas of a partition that cannot be served.
    pub(crate) fn offline_replicas(self, partition: &Partition) -> Vec<i32> {
        let is_offline = |id: &BrokerId| match self.image.broker(*id) {
            Some(broker) => broker.is_fenced || !broker.has_online_dir(partition.directory(*id)),
            None => true,
        };
        partition.replicas.iter().filter(|id| is_offline(id)).map(|id| id.0).collect()
    }

    /// What is wrong with a partition's leader, if anything.
    pub(crate) fn leader_error(self, partition: &Partition) -> ErrorCode {
        match self.image.broker(partition.leader) {
            None => ErrorCode::LeaderNotAvailable,
            Some(broker) if broker.is_fenced => ErrorCode::LeaderNotAvailable,
            Some(broker) if endpoint_of(broker, self.listener).is_none() => ErrorCode::ListenerNotFound,
            Some(_) => ErrorCode::None,
        }
    }
}

/// The broker's endpoint under a listener's name.
pub(crate) fn endpoint_of<'a>(broker: &'a Broker, listener: &str) -> Option<&'a Endpoint> {
    broker.endpoints.iter().find(|endpoint| &*endpoint.listener == listener)
}

/// Topics that belong to the coordinators.
pub(crate) fn is_internal(topic: &str) -> bool {
    matches!(topic, "__consumer_offsets" | "__transaction_state" | "__share_group_state")
}

/// The ids as the protocol has them.
pub(crate) fn numbers(ids: &[BrokerId]) -> Vec<i32> {
    ids.iter().map(|id| id.0).collect()
}
