//! How this broker stands with the controller: it registers, stays alive by heartbeats, and says when it goes.

use std::sync::Arc;

use ottla_controller::{BrokerHeartbeat, Command, RegisterBroker, Reply};
use ottla_metadata::{Endpoint, FeatureRange};
use ottla_quorum::ControllerHandle;
use ottla_types::{BrokerEpoch, BrokerId, Uuid};

use crate::broker::Broker;
use crate::features::SUPPORTED;

/// This broker's registration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registration {
    pub(crate) id: BrokerId,
    pub(crate) epoch: BrokerEpoch,
}

/// What a broker says of itself when it starts.
pub(crate) struct Applicant {
    pub(crate) id: BrokerId,
    pub(crate) cluster_id: String,
    pub(crate) incarnation: Uuid,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) rack: Option<String>,
    pub(crate) directory_id: Uuid,
    pub(crate) previous_epoch: Option<i64>,
}

impl Registration {
    /// Registers; the error says why the controller refuses.
    pub(crate) async fn register(controller: &ControllerHandle, who: Applicant) -> Result<Self, String> {
        let command = Command::RegisterBroker(RegisterBroker {
            id: who.id,
            cluster_id: who.cluster_id.into(),
            incarnation: who.incarnation,
            endpoints: who.endpoints,
            features: features(),
            rack: who.rack.map(Into::into),
            log_dirs: vec![who.directory_id],
            previous_epoch: who.previous_epoch.map(BrokerEpoch),
        });
        match controller.submit(command).await {
            Ok(Reply::RegisterBroker(Ok(epoch))) => Ok(Self { id: who.id, epoch }),
            Ok(Reply::RegisterBroker(Err(refusal))) => Err(refusal.to_string()),
            Ok(other) => panic!("the controller answered another question: {other:?}"),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Tells the controller that this broker is alive; lifts the fence once the broker has followed the log.
    pub(crate) async fn heartbeat(&self, broker: &Broker) {
        self.send(broker, false).await;
    }

    /// Tells the controller that this broker is about to stop.
    pub(crate) async fn say_goodbye(&self, broker: &Broker) {
        self.send(broker, true).await;
    }

    async fn send(&self, broker: &Broker, wants_shutdown: bool) {
        let command = Command::BrokerHeartbeat(BrokerHeartbeat {
            id: self.id,
            epoch: self.epoch,
            metadata_offset: ottla_types::Offset(broker.image().end_offset().0 - 1),
            wants_fence: false,
            wants_shutdown,
            offline_log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        });
        match broker.control(command).await {
            Ok(Reply::BrokerHeartbeat(Ok(standing))) => {
                tracing::trace!(?standing, "heartbeat");
            }
            Ok(Reply::BrokerHeartbeat(Err(refusal))) => {
                tracing::warn!("the controller refused a heartbeat: {refusal}");
            }
            Ok(other) => panic!("the controller answered another question: {other:?}"),
            Err(_) => {}
        }
    }
}

/// What this build supports, as brokers register it.
pub(crate) fn features() -> Vec<FeatureRange> {
    let range = |feature: &crate::features::Feature| FeatureRange {
        name: Arc::from(feature.name),
        min: feature.min,
        max: feature.max,
    };
    SUPPORTED.iter().map(range).collect()
}
