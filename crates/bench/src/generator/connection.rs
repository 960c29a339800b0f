//! A connection that blocks: frames out, frames in.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use ottla_protocol::messages::{RequestHeader, ResponseHeader};
use ottla_protocol::{Message, Request, Str, frame};
use rustix::buffer::spare_capacity;

use crate::error::{Error, Result};

/// A broker that says nothing for so long has failed the benchmark.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// No response of a broker is longer: consumers ask for 50 MiB at most.
const FRAME_MAX: usize = 128 << 20;

/// How much room a read finds at least.
const READ_MIN: usize = 16 << 10;

/// One connection to a broker.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SILENCE_MAX))?;
        stream.set_write_timeout(Some(SILENCE_MAX))?;
        Ok(Self { stream, received: Vec::new() })
    }

    /// A second handle on the same connection, for a thread that only sends.
    pub(crate) fn sending_half(&self) -> Result<Self> {
        Ok(Self { stream: self.stream.try_clone()?, received: Vec::new() })
    }

    /// Sends a request and waits for its response.
    pub(crate) fn call<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response> {
        self.send(&encode(request, version, 0)?)?;
        let mut frame = self.receive()?;
        response::<R>(&mut frame, version).map(|(_, response)| response)
    }

    /// Sends a whole frame.
    pub(crate) fn send(&mut self, frame: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(frame)?)
    }

    /// Waits for a whole frame and returns it without its length.
    pub(crate) fn receive(&mut self) -> Result<Bytes> {
        loop {
            if let Some(len) = frame::peek_len(&self.received, FRAME_MAX)? {
                let end = frame::LEN_LEN + len;
                if self.received.len() == end {
                    // The usual case of a large frame: it is handed over as it lies.
                    return Ok(Bytes::from(std::mem::take(&mut self.received)).slice(frame::LEN_LEN..));
                }
                if self.received.len() > end {
                    let frame = Bytes::copy_from_slice(&self.received[frame::LEN_LEN..end]);
                    self.received.drain(..end);
                    return Ok(frame);
                }
                self.received.reserve(end - self.received.len());
            }
            self.received.reserve(READ_MIN);
            self.read()?;
        }
    }

    /// Takes back the memory of a frame that nobody reads any more.
    pub(crate) fn recycle(&mut self, frame: Bytes) {
        if self.received.is_empty()
            && let Ok(mut memory) = frame.try_into_mut()
        {
            memory.clear();
            self.received = memory.into();
        }
    }

    fn read(&mut self) -> Result<()> {
        match rustix::io::read(&self.stream, spare_capacity(&mut self.received)) {
            Ok(0) => Err(Error::Connection(std::io::ErrorKind::UnexpectedEof.into())),
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(Error::Connection(error.into())),
        }
    }
}

/// A request as a frame.
pub(crate) fn encode<R: Request>(request: &R, version: i16, correlation_id: i32) -> Result<BytesMut> {
    let header = RequestHeader {
        request_api_key: R::KEY.code(),
        request_api_version: version,
        correlation_id,
        client_id: Some(Str::from_static("ottla-bench")),
        ..RequestHeader::default()
    };
    let mut out = BytesMut::new();
    frame::put_request(&mut out, &header, request)?;
    Ok(out)
}

/// The correlation id and body of a response.
pub(crate) fn response<R: Request>(frame: &mut Bytes, version: i16) -> Result<(i32, R::Response)> {
    let header = ResponseHeader::decode(frame, R::KEY.response_header_version(version))?;
    Ok((header.correlation_id, R::Response::decode_all(frame.split_off(0), version)?))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    #[test]
    fn frames_are_cut_apart_however_they_arrive() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut connection = Connection::open(listener.local_addr().unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        let large = vec![7; 300_000];
        let sender = std::thread::spawn(move || {
            peer.write_all(b"\0\0\0\x03abc\0\0\0\x01d\0\x04\x93\xe0").unwrap();
            peer.write_all(&large).unwrap();
        });
        let first = connection.receive().unwrap();
        assert_eq!(first, b"abc"[..]);
        assert_eq!(connection.receive().unwrap(), b"d"[..]);
        let large = connection.receive().unwrap();
        assert!(large.len() == 300_000 && large.iter().all(|byte| *byte == 7));
        let address = large.as_ptr();
        sender.join().unwrap();
        connection.recycle(large);
        assert!(connection.received.capacity() >= 300_000);
        assert!(connection.received.as_ptr() <= address);
        assert!(matches!(connection.receive(), Err(Error::Connection(_))));
    }
}
