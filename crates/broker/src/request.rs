//! One request on its way through the broker.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use ottla_net::{Chunk, Handled, Order, Peer, Response};
use ottla_protocol::codec::Chunks;
use ottla_protocol::messages::RequestHeader;
use ottla_protocol::{Piece, Request, frame};

use crate::broker::Broker;

/// What a connection remembers between its requests.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) peer: Peer,
}

/// A request that has been decoded, with all that its handler may use.
pub(crate) struct Call<R> {
    pub(crate) broker: Arc<Broker>,
    pub(crate) session: Rc<Session>,
    pub(crate) header: RequestHeader,
    pub(crate) request: R,
}

impl<R: Request> Call<R> {
    pub(crate) fn version(&self) -> i16 {
        self.header.request_api_version
    }

    /// The name under which the client introduced itself, empty if it did not.
    pub(crate) fn client_id(&self) -> &str {
        self.header.client_id.as_deref().unwrap_or_default()
    }

    /// The client's address as Kafka prints it in group descriptions.
    pub(crate) fn client_host(&self) -> String {
        format!("/{}", self.session.peer.address.ip().to_canonical())
    }

    /// Encodes the response to this request.
    pub(crate) fn reply(&self, response: &R::Response) -> Response {
        encode::<R>(&self.header, response)
    }
}

/// Encodes a response as a frame.
pub(crate) fn encode<R: Request>(header: &RequestHeader, response: &R::Response) -> Response {
    let mut chunks = Chunks::new();
    match frame::put_response(&mut chunks, header.correlation_id, response, header.request_api_version) {
        Ok(()) => {
            let chunks = chunks.finish().into_iter().map(|piece| match piece {
                Piece::Bytes(bytes) => Chunk::Bytes(bytes),
                Piece::Gap(_) => unreachable!("only a fetch has gaps, and fills them itself"),
            });
            Response { chunks: chunks.collect() }
        }
        // Only a handler that fills a field which the version lacks can come here: a defect of ours.
        Err(error) => panic!("the response cannot be encoded: {error}"),
    }
}

/// A request that this broker serves: implemented in one file per API key, see [`crate::api`].
///
/// A handler takes the whole call and returns the whole response. It starts when everything before it on its
/// connection is answered.
pub(crate) trait Serve: Request + 'static {
    async fn serve(call: Call<Self>) -> Self::Response;
}

/// How the service starts a request of one kind.
pub(crate) type Start = fn(Arc<Broker>, Rc<Session>, RequestHeader, Bytes) -> Handled;

/// One API as the table in [`crate::api`] lists it.
pub(crate) struct Api {
    pub(crate) key: ottla_protocol::ApiKey,
    /// The lowest and highest version that is served.
    pub(crate) versions: (i16, i16),
    pub(crate) order: Order,
    pub(crate) start: Start,
    /// Where its behavior differs from Apache Kafka's on purpose; empty if nowhere.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "read where docs/protocol.md is made, which is a test")
    )]
    pub(crate) deviation: &'static str,
}

impl Api {
    /// An API whose requests take their turn.
    pub(crate) const fn in_turn<R: Serve>(lowest: i16, highest: i16) -> Self {
        let (order, start) = (Order::InTurn, start_in_turn::<R> as Start);
        Self { key: R::KEY, versions: (lowest, highest), order, start, deviation: "" }
    }

    /// Says where the behavior differs from Apache Kafka's.
    pub(crate) const fn but(self, deviation: &'static str) -> Self {
        Self { deviation, ..self }
    }

    pub(crate) fn serves(&self, version: i16) -> bool {
        (self.versions.0..=self.versions.1).contains(&version)
    }
}

fn start_in_turn<R: Serve>(
    broker: Arc<Broker>,
    session: Rc<Session>,
    header: RequestHeader,
    body: Bytes,
) -> Handled {
    let request = match decode::<R>(&header, body) {
        Ok(request) => request,
        Err(why) => return Handled::Close(why),
    };
    Handled::Pending(Box::pin(async move {
        let reply_header = header.clone();
        let response = R::serve(Call { broker, session, header, request }).await;
        Some(encode::<R>(&reply_header, &response))
    }))
}

/// Decodes the body; the error says why the connection must be closed, as Kafka closes it.
///
/// What follows the request in its frame is passed over, as Apache Kafka passes it over: librdkafka leaves a few
/// bytes there in a Metadata request for all topics.
pub(crate) fn decode<R: Request>(header: &RequestHeader, mut body: Bytes) -> Result<R, String> {
    R::decode(&mut body, header.request_api_version)
        .map_err(|error| format!("a {} request cannot be read: {error}", R::KEY))
}
