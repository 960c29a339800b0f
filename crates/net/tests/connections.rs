//! Connections against a service that answers when it is told to.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ottla_net::{
    ConnectionLimits, ConnectionLimitsConfig, ConnectionOptions, Cores, FileReads, Handled, Listener,
    ListenerOptions, Order, Peer, RequestMemory, Reservation, Response, Service, Shutdown,
};
use ottla_storage::disk::{Job, Lane};
use tokio::sync::{oneshot, watch};

const REQUEST_BYTES_MAX: usize = 100_000;

/// Requests are a word, padded to eight bytes: `now`, `wait`, `hold` (which waits and takes all memory meanwhile),
/// `release`, `turn`, `silent`, `close` or `fail`.
#[derive(Default)]
struct Scripted {
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
}

impl Service for Scripted {
    type Session = RefCell<u32>;

    fn connect(&self, _: Peer) -> Self::Session {
        RefCell::new(0)
    }

    fn order(&self, frame: &[u8]) -> Order {
        if frame.starts_with(b"turn") { Order::InTurn } else { Order::Overlap }
    }

    fn handle(&self, session: &Self::Session, frame: Bytes, memory: &mut Reservation) -> Handled {
        *session.borrow_mut() += 1;
        let text = format!("{} {}", session.borrow(), String::from_utf8_lossy(&frame).trim());
        let prefix = (text.len() as i32).to_be_bytes().to_vec();
        let response = Response::from(vec![Bytes::from(prefix), Bytes::from(text)]);
        match frame.trim_ascii() {
            b"wait" | b"hold" => {
                if frame.starts_with(b"hold") {
                    memory.made(1 << 20);
                }
                let (sender, receiver) = oneshot::channel();
                self.waiting.borrow_mut().push(sender);
                Handled::Pending(Box::pin(async move {
                    receiver.await.ok();
                    Ok(Some(response))
                }))
            }
            b"release" => {
                for sender in self.waiting.borrow_mut().drain(..) {
                    sender.send(()).ok();
                }
                Handled::Ready(response)
            }
            b"silent" => Handled::Silent,
            b"fail" => Handled::Pending(Box::pin(async { Err("it asked for it later".into()) })),
            b"close" => Handled::Close("it asked for it".into()),
            _ => Handled::Ready(response),
        }
    }
}

#[derive(Debug)]
struct InlineLane;

impl Lane for InlineLane {
    fn submit(&self, job: Job) {
        job();
    }
}

struct Server {
    address: SocketAddr,
    stop: Option<watch::Sender<bool>>,
    thread: Option<std::thread::JoinHandle<()>>,
    memory: Arc<RequestMemory>,
}

impl Server {
    fn start(per_address: usize) -> Self {
        let (stop, shutdown) = Shutdown::new();
        let memory = RequestMemory::new(1 << 20, 1 << 20);
        let options = ListenerOptions {
            name: "TEST".into(),
            limits: ConnectionLimits::new(ConnectionLimitsConfig {
                total: 100,
                per_address,
                ..ConnectionLimitsConfig::default()
            }),
            connection: ConnectionOptions {
                request_bytes_max: REQUEST_BYTES_MAX,
                idle: Some(Duration::from_secs(60)),
                stall: Duration::from_secs(30),
                in_flight_max: 8,
                memory: Arc::clone(&memory),
                reads: FileReads::new(vec![Arc::new(InlineLane)]),
            },
            send_buffer_bytes: None,
            receive_buffer_bytes: None,
        };
        let (sender, bound) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into(), 50).unwrap();
                sender.send(listener.local_address().unwrap()).unwrap();
                let cores = Arc::new(Cores::start(1).unwrap());
                listener.serve(options, Arc::clone(&cores), shutdown, || Rc::new(Scripted::default())).await;
                Arc::into_inner(cores).unwrap().join();
            });
        });
        Self { address: bound.recv().unwrap(), stop: Some(stop), thread: Some(thread), memory }
    }

    fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Client { stream }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.take().unwrap().send(true).ok();
        self.thread.take().unwrap().join().unwrap();
    }
}

struct Client {
    stream: TcpStream,
}

impl Client {
    fn send(&mut self, words: &[&str]) {
        let mut bytes = Vec::new();
        for word in words {
            let padded = format!("{word:<8}");
            bytes.extend_from_slice(&(padded.len() as i32).to_be_bytes());
            bytes.extend_from_slice(padded.as_bytes());
        }
        self.stream.write_all(&bytes).unwrap();
    }

    fn receive(&mut self) -> String {
        let mut prefix = [0; 4];
        self.stream.read_exact(&mut prefix).unwrap();
        let mut frame = vec![0; i32::from_be_bytes(prefix) as usize];
        self.stream.read_exact(&mut frame).unwrap();
        String::from_utf8(frame).unwrap()
    }

    fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // A reset is an end as good as any: bytes that were not read may lie in the server's socket.
        self.stream.read_to_end(&mut bytes).ok();
        bytes
    }
}

#[test]
fn replies_come_in_the_order_of_the_requests_while_their_waits_overlap() {
    let server = Server::start(10);
    let mut client = server.connect();
    client.send(&["wait", "now", "silent", "wait", "release", "now"]);
    let replies: Vec<_> = (0..5).map(|_| client.receive()).collect();
    assert_eq!(replies, ["1 wait", "2 now", "4 wait", "5 release", "6 now"]);
}

#[test]
fn a_request_in_turn_starts_when_those_before_it_are_answered() {
    let server = Server::start(10);
    let mut client = server.connect();
    client.send(&["wait", "turn", "now"]);
    client.stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(client.stream.read(&mut [0]).is_err(), "nothing is answered before the first");
    client.stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    drop(server);
    assert_eq!(client.rest(), b"", "the stop ends the wait without an answer");
}

#[test]
fn requests_cut_into_single_bytes_are_served() {
    let server = Server::start(10);
    let mut client = server.connect();
    client.stream.set_nodelay(true).unwrap();
    for byte in [0, 0, 0, 8, b'n', b'o', b'w', b' ', b' ', b' ', b' ', b' '] {
        client.stream.write_all(&[byte]).unwrap();
    }
    assert_eq!(client.receive(), "1 now");
    assert_eq!(server.memory.used_bytes(), 0);
}

#[test]
fn a_large_request_waits_until_less_is_made_of_others() {
    let server = Server::start(10);
    let (mut holder, mut other) = (server.connect(), server.connect());
    holder.send(&["hold", "now"]);
    while server.memory.used_bytes() < 1 << 20 {
        std::thread::yield_now();
    }
    other.send(&["turn"]);
    assert_eq!(other.receive(), "1 turn", "a small one takes its turn");
    let large = format!("{:<10000}", "turn");
    other.send(&[&large]);
    other.stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(other.stream.read(&mut [0]).is_err(), "there is no room to make anything large in");
    other.stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    holder.send(&["release"]);
    assert_eq!(holder.receive(), "1 hold");
    assert_eq!(other.receive(), "2 turn");
}

#[test]
fn what_is_not_kafka_is_told_so_and_closed() {
    let server = Server::start(10);
    let mut browser = server.connect();
    browser.stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(browser.rest().starts_with(b"HTTP/1.1 400 "));
    let mut tls = server.connect();
    tls.stream.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).unwrap();
    assert_eq!(tls.rest(), [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]);
}

#[test]
fn impossible_lengths_close_the_connection_and_no_other() {
    let server = Server::start(10);
    let mut other = server.connect();
    for len in [-1, 0, 3, REQUEST_BYTES_MAX as i32 + 1, i32::MAX] {
        let mut client = server.connect();
        client.stream.write_all(&len.to_be_bytes()).unwrap();
        assert_eq!(client.rest(), b"", "length {len}");
    }
    let mut asks_to_leave = server.connect();
    asks_to_leave.send(&["close", "now"]);
    assert_eq!(asks_to_leave.rest(), b"");
    let mut fails = server.connect();
    fails.send(&["now", "fail", "now"]);
    assert_eq!(fails.receive(), "1 now");
    assert_eq!(fails.rest(), b"", "a reply that cannot be made closes the connection");
    other.send(&["now"]);
    assert_eq!(other.receive(), "1 now");
}

#[test]
fn connections_beyond_the_limit_of_an_address_are_closed() {
    let server = Server::start(2);
    let (mut first, mut second, mut third) = (server.connect(), server.connect(), server.connect());
    first.send(&["now"]);
    second.send(&["now"]);
    assert_eq!((first.receive(), second.receive()), ("1 now".into(), "1 now".into()));
    assert_eq!(third.rest(), b"");
}
