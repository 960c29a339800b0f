//! The task that owns a connection's socket.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use ottla_protocol::messages::RequestHeader;
use ottla_protocol::{Request, Str, frame};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::in_flight::InFlight;
use crate::dial::ByteStream;
use crate::{Address, ClientOptions, Disconnect, Error, Result};

type Asker = oneshot::Sender<Result<Bytes>>;

/// The least room that is made before a read.
const READ_BYTES_MIN: usize = 16 << 10;

/// A socket with a task that writes frames to it and hands out those that come back.
pub(super) struct Wire {
    shared: Arc<Shared>,
    client_id: Str,
    outgoing: mpsc::Sender<Outgoing>,
    closing: watch::Sender<Option<Disconnect>>,
    task: JoinHandle<()>,
}

struct Shared {
    address: Address,
    in_flight: Mutex<InFlight<Asker>>,
}

struct Outgoing {
    frame: Bytes,
    correlation_id: i32,
    /// Who is told the answer; nobody, if there will be none.
    asker: Option<Asker>,
}

impl Wire {
    pub(super) fn start(stream: Box<dyn ByteStream>, address: Address, options: &ClientOptions) -> Self {
        let shared = Arc::new(Shared { address, in_flight: Mutex::new(InFlight::new()) });
        let (outgoing, queue) = mpsc::channel(options.in_flight_max.max(1));
        let (closing, closed) = watch::channel(None);
        let task = tokio::spawn(run(stream, Arc::clone(&shared), queue, closed, options.frame_bytes_max));
        Self { shared, client_id: Str::from(options.client_id.as_str()), outgoing, closing, task }
    }

    pub(super) fn address(&self) -> &Address {
        &self.shared.address
    }

    pub(super) fn is_open(&self) -> bool {
        !self.outgoing.is_closed()
    }

    pub(super) fn disconnected(&self, reason: Disconnect) -> Error {
        self.shared.disconnected(reason)
    }

    /// Ends the connection: everybody who waits for an answer is told why.
    pub(super) fn close(&self, reason: Disconnect) {
        // Fails only when the task has ended already, which is all that is wanted.
        let _ = self.closing.send(Some(reason));
    }

    /// Puts a request in line; its answer will come as a frame.
    pub(super) async fn send<R: Request>(
        &self,
        request: &R,
        version: i16,
    ) -> Result<oneshot::Receiver<Result<Bytes>>> {
        let (asker, frame) = oneshot::channel();
        self.enqueue(request, version, Some(asker)).await?;
        Ok(frame)
    }

    /// Puts a request in line that is not answered.
    pub(super) async fn tell<R: Request>(&self, request: &R, version: i16) -> Result<()> {
        self.enqueue(request, version, None).await
    }

    async fn enqueue<R: Request>(&self, request: &R, version: i16, asker: Option<Asker>) -> Result<()> {
        let gone = |_| self.disconnected(Disconnect::ByBroker);
        let place = self.outgoing.reserve().await.map_err(gone)?;
        let correlation_id = self.shared.in_flight().next_id();
        let header = RequestHeader {
            request_api_key: R::KEY.code(),
            request_api_version: version,
            correlation_id,
            client_id: Some(self.client_id.clone()),
            ..RequestHeader::default()
        };
        let mut frame = BytesMut::new();
        frame::put_request(&mut frame, &header, request)?;
        place.send(Outgoing { frame: frame.freeze(), correlation_id, asker });
        Ok(())
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wire({})", self.shared.address)
    }
}

impl Shared {
    fn in_flight(&self) -> MutexGuard<'_, InFlight<Asker>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn disconnected(&self, reason: Disconnect) -> Error {
        Error::Disconnected { address: self.address.clone(), reason }
    }
}

async fn run(
    stream: Box<dyn ByteStream>,
    shared: Arc<Shared>,
    mut queue: mpsc::Receiver<Outgoing>,
    mut closed: watch::Receiver<Option<Disconnect>>,
    frame_bytes_max: usize,
) {
    let (reader, writer) = tokio::io::split(stream);
    let reason = tokio::select! {
        reason = write_all(writer, &mut queue, &shared) => reason,
        reason = read_all(reader, &shared, frame_bytes_max) => reason,
        Ok(reason) = closed.wait_for(Option::is_some) => {
            reason.as_ref().cloned().unwrap_or(Disconnect::TimedOut)
        }
    };
    queue.close();
    while let Some(unsent) = queue.recv().await {
        if let Some(asker) = unsent.asker {
            shared.in_flight().wait(unsent.correlation_id, asker);
        }
    }
    let askers = shared.in_flight().take_all();
    for asker in askers {
        // Whoever stopped waiting needs no answer.
        let _ = asker.send(Err(shared.disconnected(reason.clone())));
    }
}

async fn write_all(
    mut writer: impl AsyncWrite + Unpin,
    queue: &mut mpsc::Receiver<Outgoing>,
    shared: &Shared,
) -> Disconnect {
    while let Some(next) = queue.recv().await {
        if let Some(asker) = next.asker {
            shared.in_flight().wait(next.correlation_id, asker);
        }
        if let Err(error) = writer.write_all(&next.frame).await {
            return Disconnect::Io(Arc::new(error));
        }
    }
    // Every handle is gone, so nobody waits for anything.
    Disconnect::ByBroker
}

async fn read_all(mut reader: impl AsyncRead + Unpin, shared: &Shared, frame_bytes_max: usize) -> Disconnect {
    let mut received = BytesMut::new();
    loop {
        // The room grows with what has come, not with what a length claims.
        let room = received.len().max(READ_BYTES_MIN);
        received.reserve(room);
        match reader.read_buf(&mut received).await {
            Ok(0) => return Disconnect::ByBroker,
            Ok(_) => {}
            Err(error) => return Disconnect::Io(Arc::new(error)),
        }
        loop {
            let frame = match frame::take(&mut received, frame_bytes_max) {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(error) => {
                    return foreign(&received).map_or(Disconnect::Frame(error), Disconnect::Foreign);
                }
            };
            let id = frame.first_chunk().map_or(-1, |id| i32::from_be_bytes(*id));
            let Some(asker) = shared.in_flight().take(id) else { return Disconnect::Correlation(id) };
            // Whoever stopped waiting needs no answer.
            let _ = asker.send(Ok(frame));
        }
    }
}

/// What else it may be that a frame of such a length begins with.
fn foreign(received: &[u8]) -> Option<&'static str> {
    /// How a TLS server says that it has not understood (RFC 8446 §6).
    const TLS_ALERT: [u8; 2] = [21, 3];
    if received.starts_with(b"HTTP/") {
        return Some("HTTP");
    }
    received.starts_with(&TLS_ALERT).then_some("TLS")
}
