//! InitProducerId (22): an id for an idempotent producer. KIP-98, KIP-360.

use ottla_protocol::messages::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};
use ottla_types::{ErrorCode, ProducerEpoch, ProducerId};

use crate::request::{Call, Serve};

/// For `docs/protocol.md`.
pub(crate) const DEVIATION: &str = "A transactional id is refused until transactions are served.";

impl Serve for InitProducerIdRequest {
    async fn serve(call: Call<Self>) -> InitProducerIdResponse {
        let given = (call.request.producer_id, call.request.producer_epoch);
        let outcome = match &call.request.transactional_id {
            Some(id) if id.is_empty() => Err(ErrorCode::InvalidRequest),
            Some(_) => Err(ErrorCode::UnsupportedVersion),
            // An id without an epoch, or the reverse, means nothing.
            None if (given.0 == ProducerId::NONE.0) != (given.1 == ProducerEpoch::NONE.0) => {
                Err(ErrorCode::InvalidRequest)
            }
            None => call.broker.producer_ids().next(&call.broker).await,
        };
        match outcome {
            Ok(id) => InitProducerIdResponse {
                producer_id: id.0,
                producer_epoch: 0,
                ..InitProducerIdResponse::default()
            },
            Err(error) => InitProducerIdResponse {
                error_code: error.code(),
                producer_id: ProducerId::NONE.0,
                producer_epoch: ProducerEpoch::NONE.0,
                ..InitProducerIdResponse::default()
            },
        }
    }
}
