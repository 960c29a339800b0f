//! A node under test, and connections to it.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use ottla_broker::{Clock, Node};
use ottla_config::Inputs;
use ottla_protocol::messages::{RequestHeader, ResponseHeader};
use ottla_protocol::{Message, Request, frame};
use ottla_storage::disk::RealDisk;

/// How long a test waits for a response: for ever, were it not for nodes that hang.
const PATIENCE: Duration = Duration::from_secs(120);

/// A node of its own directory and port.
pub(crate) struct Server {
    runtime: tokio::runtime::Runtime,
    node: Node,
    _dir: tempfile::TempDir,
}

impl Server {
    /// Starts a node with `node.properties` and these over them.
    pub(crate) fn start(overrides: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
        overrides.push(format!("log.dirs={}", dir.path().display()));
        let file = Some(("node.properties", &include_bytes!("node.properties")[..]));
        let startup = Inputs { file, environment: vec![], overrides }.resolve().unwrap();
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().unwrap();
        let node = Node::start(startup, RealDisk::shared(), Clock::system());
        let node = runtime.block_on(node).unwrap();
        Self { runtime, node, _dir: dir }
    }

    pub(crate) fn address(&self) -> &str {
        self.node.addresses()[0].split_once("://").unwrap().1
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.address())
    }

    pub(crate) fn stop(self) {
        self.runtime.block_on(self.node.stop()).unwrap();
    }
}

/// One connection, with one request at a time.
pub(crate) struct Connection(TcpStream);

impl Connection {
    pub(crate) fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    /// Sends a request and waits for the response; `None` if the connection was closed over it.
    pub(crate) fn ask<R: Request>(&mut self, version: i16, request: &R) -> Option<R::Response> {
        let answer = self.exchange(&frame_of(version, request))?;
        Some(response_of::<R>(version, answer))
    }

    /// Sends a frame and waits for the other one, whose body it returns; `None` if the connection was closed over it.
    pub(crate) fn exchange(&mut self, frame: &[u8]) -> Option<Bytes> {
        self.0.write_all(frame).ok()?;
        let mut len = [0; 4];
        match self.0.read_exact(&mut len).map_err(|error| error.kind()) {
            Ok(()) => {}
            Err(ErrorKind::WouldBlock | ErrorKind::TimedOut) => panic!("neither answered nor closed"),
            Err(_) => return None,
        }
        let mut body = vec![0; u32::from_be_bytes(len) as usize];
        self.0.read_exact(&mut body).unwrap();
        Some(body.into())
    }
}

pub(crate) fn frame_of<R: Request>(version: i16, request: &R) -> BytesMut {
    let header = RequestHeader {
        request_api_key: R::KEY.code(),
        request_api_version: version,
        client_id: Some("admin".into()),
        ..RequestHeader::default()
    };
    let mut out = BytesMut::new();
    frame::put_request(&mut out, &header, request).unwrap();
    out
}

pub(crate) fn response_of<R: Request>(version: i16, mut body: Bytes) -> R::Response {
    ResponseHeader::decode(&mut body, R::KEY.response_header_version(version)).unwrap();
    R::Response::decode_all(body, version).unwrap()
}
