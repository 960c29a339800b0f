//! One request on its way through the broker.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use ottla_net::{Chunk, Handled, Order, Peer, Reservation, Response};
use ottla_protocol::codec::{Chunks, Decoded};
use ottla_protocol::messages::RequestHeader;
use ottla_protocol::{Piece, Request, frame};

use crate::broker::Broker;
use crate::response_room::ResponseRoom;

/// What a request may cost to decode: enough for hundreds of thousands of topics or partitions.
const COST_MAX: usize = 16 << 20;
/// The same for a request that may wait for others, and so may keep for long what it takes: enough for the assignments
/// of ten thousand members.
const WAITING_COST_MAX: usize = 1 << 20;
/// What handlers make of a request while they serve it, for each byte that it cost to decode: most of all a Fetch makes.
const MADE_PER_COST: usize = 8;
/// A request up to this cost is nothing to count.
const UNCOUNTED_COST: usize = 16 << 10;
/// The bytes of a response beside records.
pub(crate) const RESPONSE_BYTES_MAX: usize = 128 << 20;

/// What a connection remembers between its requests.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) peer: Peer,
}

/// A request whose header has been read.
pub(crate) struct Arrival<'a> {
    pub(crate) broker: Arc<Broker>,
    pub(crate) session: Rc<Session>,
    pub(crate) header: RequestHeader,
    pub(crate) body: Bytes,
    /// Where what is made of it is counted.
    pub(crate) memory: &'a mut Reservation,
}

impl Arrival<'_> {
    /// Decodes the body; the error says why the connection must be closed, as Kafka closes it.
    ///
    /// What follows the request in its frame is passed over, as Apache Kafka passes it over: librdkafka leaves a few
    /// bytes there in a Metadata request for all topics.
    pub(crate) fn decode<R: Request>(self) -> Result<Call<R>, String> {
        self.decode_within::<R>(COST_MAX)
    }

    fn decode_within<R: Request>(self, cost_max: usize) -> Result<Call<R>, String> {
        let Self { broker, session, header, mut body, memory } = self;
        let Decoded { message: request, cost } =
            R::decode_within(&mut body, header.request_api_version, cost_max)
                .map_err(|error| format!("a {} request cannot be read: {error}", R::KEY))?;
        let is_large = cost > UNCOUNTED_COST && cost_max > WAITING_COST_MAX;
        if is_large {
            memory.made(cost * MADE_PER_COST);
        }
        let room = ResponseRoom::new(RESPONSE_BYTES_MAX, Arc::clone(&broker.large_requests));
        Ok(Call { broker, session, header, request, is_large, room })
    }
}

/// A request that has been decoded, with all that its handler may use.
pub(crate) struct Call<R> {
    pub(crate) broker: Arc<Broker>,
    pub(crate) session: Rc<Session>,
    pub(crate) header: RequestHeader,
    pub(crate) request: R,
    /// Whether it names so much that only a few such requests are served at a time.
    is_large: bool,
    /// Counts the response where a short request may have a long one.
    pub(crate) room: ResponseRoom,
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
    pub(crate) fn reply(&self, response: &R::Response) -> Result<Response, String> {
        encode::<R>(&self.header, response, std::iter::empty())
    }
}

/// Encodes a response as a frame; `files` are what lies in its gaps. The error says why the connection must be
/// closed: a client that is not answered cannot go on.
pub(crate) fn encode<R: Request>(
    header: &RequestHeader,
    response: &R::Response,
    mut files: impl Iterator<Item = Chunk>,
) -> Result<Response, String> {
    let mut chunks = Chunks::within(RESPONSE_BYTES_MAX);
    frame::put_response(&mut chunks, header.correlation_id, response, header.request_api_version)
        .map_err(|error| format!("the response to a {} request cannot be sent: {error}", R::KEY))?;
    let own_bytes = chunks.own_bytes();
    let chunk = |piece| match piece {
        Piece::Bytes(bytes) => Ok(Chunk::Bytes(bytes)),
        Piece::Gap(_) => files.next().ok_or_else(|| format!("a {} response lacks a file", R::KEY)),
    };
    let chunks = chunks.finish().into_iter().map(chunk).collect::<Result<_, String>>()?;
    Ok(Response { chunks, own_bytes })
}

/// A request that this broker serves: implemented in one file per API key, see [`crate::api`].
///
/// A handler takes the whole call and returns the whole response. It starts when everything before it on its
/// connection is answered.
pub(crate) trait Serve: Request + 'static {
    /// Whether it may wait for what other clients do, for as long as they please. All others that are large are
    /// served a few at a time.
    const WAITS_FOR_OTHERS: bool = false;

    async fn serve(call: Call<Self>) -> Self::Response;
}

/// How the service starts a request of one kind.
pub(crate) type Start = fn(Arrival<'_>) -> Handled;

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

fn start_in_turn<R: Serve>(arrival: Arrival<'_>) -> Handled {
    let cost_max = if R::WAITS_FOR_OTHERS { WAITING_COST_MAX } else { COST_MAX };
    let call = match arrival.decode_within::<R>(cost_max) {
        Ok(call) => call,
        Err(why) => return Handled::Close(why),
    };
    Handled::Pending(Box::pin(async move {
        let (header, room) = (call.header.clone(), call.room.clone());
        if call.is_large {
            room.take_turn().await;
        }
        let response = R::serve(call).await;
        if room.is_exceeded() {
            return Err(format!(
                "the response to a {} request would be longer than {RESPONSE_BYTES_MAX} bytes",
                R::KEY
            ));
        }
        encode::<R>(&header, &response, std::iter::empty()).map(Some)
    }))
}
