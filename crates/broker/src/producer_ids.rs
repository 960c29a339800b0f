//! Ids for idempotent producers, out of blocks that the controller gives away (KIP-730).

use ottla_controller::{Command, PRODUCER_ID_BLOCK_LEN, Reply};
use ottla_types::{BrokerEpoch, ErrorCode, ProducerId};
use tokio::sync::Mutex;

use crate::broker::Broker;

/// The block that this broker hands out ids from.
#[derive(Debug, Default)]
pub(crate) struct ProducerIds {
    /// The next id and the end of the block. Held while a new block is fetched, so that one fetch serves all who
    /// wait for it; that is the one lock here which is meant to be waited for.
    block: Mutex<(i64, i64)>,
}

impl ProducerIds {
    /// An id that nobody ever had.
    pub(crate) async fn next(&self, broker: &Broker) -> Result<ProducerId, ErrorCode> {
        let mut block = self.block.lock().await;
        if block.0 >= block.1 {
            let first = fetch_block(broker).await?;
            *block = (first.0, first.0 + PRODUCER_ID_BLOCK_LEN);
        }
        let id = ProducerId(block.0);
        block.0 += 1;
        Ok(id)
    }
}

async fn fetch_block(broker: &Broker) -> Result<ProducerId, ErrorCode> {
    let id = broker.config().node_id;
    let epoch = broker.image().broker(id).map_or(BrokerEpoch(-1), |broker| broker.epoch);
    match broker.control(Command::AllocateProducerIds { broker: id, epoch }).await {
        Ok(Reply::AllocateProducerIds(Ok(first))) => Ok(first),
        Ok(Reply::AllocateProducerIds(Err(refusal))) => {
            tracing::warn!("the controller gave no producer ids: {refusal}");
            Err(ErrorCode::CoordinatorLoadInProgress)
        }
        Ok(other) => panic!("the controller answered another question: {other:?}"),
        // The producer tries again, and by then there may be a controller.
        Err(_) => Err(ErrorCode::CoordinatorLoadInProgress),
    }
}
