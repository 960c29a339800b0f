//! UnregisterBroker (64): a broker is gone for good and forgotten. KIP-631.

use ottla_controller::{Command, Reply};
use ottla_protocol::messages::unregister_broker::{UnregisterBrokerRequest, UnregisterBrokerResponse};
use ottla_types::BrokerId;

use crate::admin::{Refused, error_fields};
use crate::request::{Call, Serve};

impl Serve for UnregisterBrokerRequest {
    async fn serve(call: Call<Self>) -> UnregisterBrokerResponse {
        let command = Command::UnregisterBroker(BrokerId(call.request.broker_id));
        let outcome = match call.broker.control_unhurried(command).await {
            Ok(Reply::UnregisterBroker(outcome)) => outcome.map_err(Refused::from),
            Ok(other) => panic!("the controller answered another question: {other:?}"),
            Err(why) => Err(why),
        };
        let (error_code, error_message) = error_fields(outcome);
        UnregisterBrokerResponse {
            error_code,
            // Where nothing is wrong Apache Kafka says so with an empty text.
            error_message: Some(error_message.unwrap_or_default()),
            ..UnregisterBrokerResponse::default()
        }
    }
}
