//! A connection to a peer that says what the test wants.

use bytes::BytesMut;
use ottla_protocol::codec::Chunks;
use ottla_protocol::messages::api_versions::ApiVersion;
use ottla_protocol::messages::{MetadataRequest, MetadataResponse};
use ottla_protocol::{Piece, frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::*;

/// The other end of a connection: reads requests, writes what the test says.
struct Peer {
    stream: DuplexStream,
    received: BytesMut,
}

impl Peer {
    /// The next request's key, version and number.
    async fn request(&mut self) -> (i16, i16, i32) {
        loop {
            if let Some(mut request) = frame::take(&mut self.received, 1 << 20).unwrap() {
                let header = frame::request_header(&mut request).unwrap();
                return (header.request_api_key, header.request_api_version, header.correlation_id);
            }
            assert_ne!(self.stream.read_buf(&mut self.received).await.unwrap(), 0, "the client hung up");
        }
    }

    async fn answer<R: ottla_protocol::Response>(&mut self, id: i32, response: &R, version: i16) {
        let mut out = Chunks::new();
        frame::put_response(&mut out, id, response, version).unwrap();
        for piece in out.finish() {
            let Piece::Bytes(bytes) = piece else { panic!("a gap") };
            self.stream.write_all(&bytes).await.unwrap();
        }
    }

    /// Answers the question for the versions.
    async fn negotiate(&mut self) {
        let (_, version, id) = self.request().await;
        self.answer(id, &versions(), version).await;
    }
}

fn versions() -> ApiVersionsResponse {
    let api = |api_key, max_version| ApiVersion { api_key, max_version, ..ApiVersion::default() };
    ApiVersionsResponse { api_keys: vec![api(3, 13), api(18, 2)], ..ApiVersionsResponse::default() }
}

fn pair() -> (Box<dyn ByteStream>, Peer) {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    (Box::new(ours), Peer { stream: theirs, received: BytesMut::new() })
}

fn options() -> ClientOptions {
    ClientOptions::new(vec![address()])
}

fn address() -> Address {
    Address::new("peer", 1)
}

const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn an_old_broker_is_asked_again_in_a_version_that_it_knows() {
    let (stream, mut peer) = pair();
    let broker = async {
        let (_, version, id) = peer.request().await;
        assert_eq!(version, 4);
        let mut refusal = versions();
        refusal.error_code = ErrorCode::UnsupportedVersion.code();
        peer.answer(id, &refusal, 0).await;
        let (_, version, id) = peer.request().await;
        assert_eq!(version, 2);
        peer.answer(id, &versions(), 2).await;
    };
    let options = options();
    let (connection, ()) = tokio::join!(Connection::over(stream, address(), &options), broker);
    assert_eq!(connection.unwrap().version_of::<MetadataRequest>(i16::MAX).unwrap(), 13);
}

#[tokio::test(start_paused = true)]
async fn answers_find_their_askers_in_any_order() {
    let (stream, mut peer) = pair();
    let options = options();
    let (connection, ()) = tokio::join!(Connection::over(stream, address(), &options), peer.negotiate());
    let connection = connection.unwrap();
    let request = MetadataRequest { topics: Some(Vec::new()), ..MetadataRequest::default() };
    let first = connection.begin(&request, 13, SHORT).await.unwrap();
    let second = connection.begin(&request, 13, SHORT).await.unwrap();
    let (_, _, first_id) = peer.request().await;
    let (_, _, second_id) = peer.request().await;
    for id in [second_id, first_id] {
        let response = MetadataResponse { throttle_time_ms: id, ..MetadataResponse::default() };
        peer.answer(id, &response, 13).await;
    }
    assert_eq!(first.answer().await.unwrap().throttle_time_ms, first_id);
    assert_eq!(second.answer().await.unwrap().throttle_time_ms, second_id);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_ends_the_connection() {
    let (stream, mut peer) = pair();
    let options = options();
    let (connection, ()) = tokio::join!(Connection::over(stream, address(), &options), peer.negotiate());
    let connection = connection.unwrap();
    let request = MetadataRequest::default();
    let first = connection.begin(&request, 13, SHORT).await.unwrap();
    let behind = connection.begin(&request, 13, SHORT * 10).await.unwrap();
    assert!(matches!(first.answer().await, Err(Error::Timeout { .. })));
    assert!(matches!(behind.answer().await, Err(Error::Disconnected { reason: Disconnect::TimedOut, .. })));
    assert!(!connection.is_open());
    assert!(connection.begin(&request, 13, SHORT).await.is_err());
}

#[tokio::test]
async fn a_connection_that_speaks_nonsense_is_ended() {
    for (sent, expected) in [
        (&b"\xff\xff\xff\xff"[..], "the length of a frame is negative: -1"),
        (b"\0\0\0\x04\0\0\0\x63", "an answer came whose correlation id 99 was never sent"),
        (b"\0\0\0\0", "an answer came whose correlation id -1 was never sent"),
        (b"\x7f\0\0\0", "a frame of 2130706432 bytes is larger than the limit of 268435456"),
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            "what answers there speaks HTTP and not Kafka's protocol; is this the right port?",
        ),
        (
            b"\x15\x03\x01\x00\x02\x02\x46",
            "what answers there speaks TLS and not Kafka's protocol; is this the right port?",
        ),
        (b"", "the broker closed it"),
    ] {
        let (stream, mut peer) = pair();
        let broker = async move {
            peer.request().await;
            peer.stream.write_all(sent).await.unwrap();
        };
        let options = options();
        let (connection, ()) = tokio::join!(Connection::over(stream, address(), &options), broker);
        let error = connection.unwrap_err();
        assert_eq!(error.to_string(), format!("the connection to peer:1 ended: {expected}"));
        assert!(error.is_retriable());
    }
}
