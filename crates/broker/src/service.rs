//! The door between connections and handlers.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use ottla_net::{Handled, Order, Peer, Reservation, Service};
use ottla_protocol::{ApiKey, frame};

use crate::api;
use crate::broker::Broker;
use crate::request::{Arrival, Session};

/// Serves the connections of one core.
pub(crate) struct BrokerService {
    broker: Arc<Broker>,
}

impl BrokerService {
    pub(crate) fn new(broker: Arc<Broker>) -> Self {
        Self { broker }
    }
}

impl Service for BrokerService {
    type Session = Rc<Session>;

    fn connect(&self, peer: Peer) -> Rc<Session> {
        Rc::new(Session { peer })
    }

    fn order(&self, frame: &[u8]) -> Order {
        let key = frame.first_chunk().map(|key| i16::from_be_bytes(*key)).and_then(ApiKey::from_code);
        key.and_then(api::find).map_or(Order::InTurn, |api| api.order)
    }

    fn handle(&self, session: &Rc<Session>, mut frame: Bytes, memory: &mut Reservation) -> Handled {
        let header = match frame::request_header(&mut frame) {
            Ok(header) => header,
            Err(error) => return Handled::Close(format!("a request's header cannot be read: {error}")),
        };
        let version = header.request_api_version;
        let Some(key) = ApiKey::from_code(header.request_api_key) else {
            return Handled::Close(format!("no request has the API key {}", header.request_api_key));
        };
        let Some(api) = api::find(key) else {
            return Handled::Close(format!("{key} is not served; ApiVersions names what is"));
        };
        if !api.serves(version) {
            if key == ApiKey::ApiVersions {
                return match api::api_versions::refuse_version(&header) {
                    Ok(response) => Handled::Ready(response),
                    Err(why) => Handled::Close(why),
                };
            }
            let (lowest, highest) = api.versions;
            return Handled::Close(format!(
                "{key} is served in versions {lowest} to {highest}, not in {version}"
            ));
        }
        // Here authorization and quotas will have their say, before any handler runs.
        let (broker, session) = (Arc::clone(&self.broker), Rc::clone(session));
        (api.start)(Arrival { broker, session, header, body: frame, memory })
    }
}
