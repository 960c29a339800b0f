//! One connection: reads frames, starts them in order, writes replies in order.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::complaints::Complaints;
use crate::foreign::Foreign;
use crate::frame::{FrameBuffer, FrameError};
use crate::memory::{RequestMemory, Reservation};
use crate::response::{FileReads, Outbox, Response};
use crate::service::{Handled, Order, Peer, Reply, Service, Shutdown};

/// The pace below which a client is stalling, however long `stall` is: what a frame or a reply holds of the memory for
/// requests must not be held forever.
pub(crate) const SLOWEST_BYTES_PER_SECOND: u64 = 64 * 1024;
/// How long replies that are under way may still take after a shutdown began.
const LAST_REPLIES: Duration = Duration::from_secs(5);
/// A frame up to this length is started at once, for little can be made of it: only what is larger, and may become
/// many times larger still, waits for memory to be made in.
const SMALL_FRAME_BYTES: usize = 4 * 1024;

/// What every connection of a listener is given.
#[derive(Clone, Debug)]
pub struct ConnectionOptions {
    /// `socket.request.max.bytes`.
    pub request_bytes_max: usize,
    /// `connections.max.idle.ms`; `None` for no limit.
    pub idle: Option<Duration>,
    /// How long a request may stop arriving, or a reply stop leaving, in its middle.
    pub stall: Duration,
    /// How many requests of one connection may be started and not answered.
    pub in_flight_max: usize,
    /// The budget that all connections share.
    pub memory: Arc<RequestMemory>,
    /// Reads what a reply needs from files.
    pub reads: FileReads,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("closed by the client")]
    Client,
    #[error("the client left in the middle of a request")]
    MidFrame,
    #[error("idle for longer than connections.max.idle.ms")]
    Idle,
    #[error("a request of {len} bytes stalled: it has {stall:?} and 1 s per 64 KiB to arrive")]
    Stalled { len: usize, stall: Duration },
    #[error("the client took nothing of a reply for {0:?}, or a large one at less than 64 KiB per second")]
    NotTaken(Duration),
    #[error("shutting down")]
    Shutdown,
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("{}", .0.remedy())]
    Foreign(Foreign),
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl End {
    /// Under what its line in the log is counted.
    fn kind(&self) -> &'static str {
        match self {
            Self::Client | Self::Idle | Self::Shutdown => "ended",
            Self::Io(_) => "lost",
            Self::MidFrame => "cut off",
            Self::Stalled { .. } => "stalled",
            Self::NotTaken(_) => "not taken",
            Self::Frame(FrameError::TooSmall(_)) => "a frame too small",
            Self::Frame(FrameError::TooLarge { .. }) => "a frame too large",
            Self::Foreign(foreign) => foreign.remedy(),
            Self::Refused(_) => "refused",
        }
    }
}

/// A request that was started and not yet answered.
struct InFlight {
    reply: Answer,
    order: Order,
    memory: Reservation,
}

/// What a connection needs before it can start another request.
enum Lacks {
    /// Those in flight must be answered first.
    Turn,
    /// The budget has no room for a frame of this length.
    Memory(usize),
    /// Too much has been made of requests to begin with another.
    Room,
    /// The next frame has not arrived, or not whole.
    Bytes,
}

enum Answer {
    Ready(Result<Option<Response>, String>),
    Pending(Reply),
}

pub(crate) struct Connection<S: Service> {
    stream: TcpStream,
    peer: Peer,
    complaints: Complaints,
    service: Rc<S>,
    session: S::Session,
    options: ConnectionOptions,
    frames: FrameBuffer,
    /// Covers the frame that is being received.
    claim: Option<Reservation>,
    in_flight: VecDeque<InFlight>,
    outbox: Outbox,
    /// When the frame that is being received began.
    frame_since: Option<Instant>,
    is_first: bool,
}

impl<S: Service> Connection<S> {
    pub(crate) fn new(
        stream: TcpStream,
        peer: Peer,
        complaints: Complaints,
        service: Rc<S>,
        options: ConnectionOptions,
    ) -> Self {
        let session = service.connect(peer.clone());
        let frames = FrameBuffer::new(options.request_bytes_max);
        Self {
            stream,
            peer,
            complaints,
            service,
            session,
            options,
            frames,
            claim: None,
            in_flight: VecDeque::new(),
            outbox: Outbox::default(),
            frame_since: None,
            is_first: true,
        }
    }

    pub(crate) async fn run(mut self, mut shutdown: Shutdown) {
        let served = tokio::select! {
            biased;
            end = self.serve() => end,
            () = shutdown.raised() => End::Shutdown,
        };
        let end = match served {
            End::Shutdown => self.finish().await,
            End::Foreign(foreign) => {
                let _ = self.stream.try_write(foreign.answer());
                End::Foreign(foreign)
            }
            End::Refused(why) => {
                // What was answered before it is still worth having.
                let last = self.outbox.flush(&self.stream, &self.options.reads, LAST_REPLIES);
                let _ = timeout(LAST_REPLIES, last).await;
                End::Refused(why)
            }
            end => end,
        };
        self.log(&end);
    }

    /// Writes what was started before the shutdown, for as long as that may take.
    async fn finish(&mut self) -> End {
        let last = async {
            while !self.in_flight.is_empty() {
                front_ready(&mut self.in_flight).await;
                self.collect_ready().await.map_err(io::Error::other)?;
                self.outbox.flush(&self.stream, &self.options.reads, LAST_REPLIES).await?;
            }
            self.outbox.flush(&self.stream, &self.options.reads, LAST_REPLIES).await
        };
        match timeout(LAST_REPLIES, last).await {
            Ok(Err(error)) => End::Io(error),
            Ok(Ok(())) | Err(_) => End::Shutdown,
        }
    }

    async fn serve(&mut self) -> End {
        loop {
            match self.step().await {
                Ok(()) => {}
                Err(end) => return end,
            }
        }
    }

    /// Starts what can be started, writes what is ready, then waits for more of either.
    async fn step(&mut self) -> Result<(), End> {
        let lacks = self.start_requests()?;
        let answered = self.collect_ready().await.map_err(End::Refused)?;
        if !self.outbox.is_empty() {
            return self.write().await;
        }
        if answered {
            return Ok(());
        }
        let Self { stream, in_flight, options, peer, frames, frame_since, .. } = self;
        match lacks {
            Lacks::Turn => front_ready(in_flight).await,
            Lacks::Memory(len) => tokio::select! {
                biased;
                () = front_ready(in_flight) => {}
                claim = options.memory.reserve(peer.address.ip(), len) => self.claim = Some(claim),
            },
            Lacks::Room => tokio::select! {
                biased;
                () = front_ready(in_flight) => {}
                () = options.memory.room(peer.address.ip()) => {}
            },
            Lacks::Bytes => {
                let is_idle = in_flight.is_empty();
                tokio::select! {
                    biased;
                    () = front_ready(in_flight) => return Ok(()),
                    readable = readable(stream, frames, frame_since, is_idle, options) => readable?,
                }
                self.read()?;
            }
        }
        Ok(())
    }

    /// Starts requests until something is lacking, and says what.
    fn start_requests(&mut self) -> Result<Lacks, End> {
        loop {
            if self.in_flight.len() >= self.options.in_flight_max {
                return Ok(Lacks::Turn);
            }
            if self.is_first
                && let Some(foreign) = Foreign::recognize(self.frames.arrived())
            {
                return Err(End::Foreign(foreign));
            }
            let Some(len) = self.frames.next_len()? else { return Ok(Lacks::Bytes) };
            let (memory, address) = (&self.options.memory, self.peer.address.ip());
            if self.claim.is_none() {
                self.claim = memory.try_reserve(address, len);
                if self.claim.is_none() {
                    return Ok(Lacks::Memory(len));
                }
            }
            let Some(frame) = self.frames.peek()? else { return Ok(Lacks::Bytes) };
            let order = self.service.order(frame);
            if let Some(last) = self.in_flight.back()
                && (order == Order::InTurn || last.order == Order::InTurn)
            {
                return Ok(Lacks::Turn);
            }
            if len > SMALL_FRAME_BYTES && !memory.has_room(address) {
                return Ok(Lacks::Room);
            }
            self.start(order)?;
        }
    }

    fn start(&mut self, order: Order) -> Result<(), End> {
        self.is_first = false;
        self.frame_since = None;
        let mut memory = self.claim.take().expect("a frame's length is claimed before it is taken");
        let frame = self.frames.take();
        let reply = match self.service.handle(&self.session, frame, &mut memory) {
            Handled::Ready(response) => Answer::Ready(Ok(Some(response))),
            Handled::Pending(reply) => Answer::Pending(reply),
            Handled::Silent => Answer::Ready(Ok(None)),
            Handled::Close(why) => return Err(End::Refused(why)),
        };
        self.in_flight.push_back(InFlight { reply, order, memory });
        Ok(())
    }

    /// Moves every reply at the front that is ready to the outbox; whether there was one. The error says why the
    /// connection must be closed.
    async fn collect_ready(&mut self) -> Result<bool, String> {
        let mut answered = false;
        poll_fn(|context| {
            while let Some(front) = self.in_flight.front_mut() {
                if let Answer::Pending(reply) = &mut front.reply {
                    let Poll::Ready(response) = reply.as_mut().poll(context) else { break };
                    front.reply = Answer::Ready(response);
                }
                let Some(InFlight { reply: Answer::Ready(response), memory, .. }) =
                    self.in_flight.pop_front()
                else {
                    break;
                };
                answered = true;
                match response {
                    Ok(Some(response)) => self.outbox.push(response, memory),
                    Ok(None) => {}
                    Err(why) => return Poll::Ready(Err(why)),
                }
            }
            Poll::Ready(Ok(answered))
        })
        .await
    }

    async fn write(&mut self) -> Result<(), End> {
        let ConnectionOptions { reads, stall, .. } = &self.options;
        match self.outbox.flush(&self.stream, reads, *stall).await {
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(End::NotTaken(*stall)),
            written => Ok(written?),
        }
    }

    fn read(&mut self) -> Result<(), End> {
        match self.stream.try_read_buf(self.frames.room()) {
            Ok(0) if self.frames.is_empty() => Err(End::Client),
            Ok(0) => Err(End::MidFrame),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn log(&self, end: &End) {
        let Peer { address, listener, connection } = &self.peer;
        match end {
            End::Client | End::Idle | End::Shutdown => {
                tracing::debug!(client = %address, %listener, connection, "connection ended: {end}");
            }
            End::Io(error) => {
                tracing::debug!(client = %address, %listener, connection, %error, "connection lost");
            }
            End::MidFrame
            | End::Stalled { .. }
            | End::NotTaken(_)
            | End::Frame(_)
            | End::Foreign(_)
            | End::Refused(_) => {
                if let Some(line) = self.complaints.line(address.ip(), end.kind()) {
                    tracing::warn!(client = %address, %listener, connection, "connection closed: {end}{line}");
                }
            }
        }
    }
}

/// Completes when bytes have arrived; fails when they take longer than they may.
async fn readable(
    stream: &TcpStream,
    frames: &mut FrameBuffer,
    frame_since: &mut Option<Instant>,
    is_idle: bool,
    options: &ConnectionOptions,
) -> Result<(), End> {
    if frames.is_empty() {
        // Nothing is expected, so nothing is held. A client that waits for replies is not idle.
        frames.release();
        let Some(idle) = options.idle.filter(|_| is_idle) else { return Ok(stream.readable().await?) };
        return match timeout(idle, stream.readable()).await {
            Ok(readable) => Ok(readable?),
            Err(_) => Err(End::Idle),
        };
    }
    let len = frames.next_len().ok().flatten().unwrap_or(0);
    let paced = Duration::from_secs(len as u64 / SLOWEST_BYTES_PER_SECOND);
    let deadline = *frame_since.get_or_insert_with(Instant::now) + options.stall + paced;
    match tokio::time::timeout_at(deadline, stream.readable()).await {
        Ok(readable) => Ok(readable?),
        Err(_) => Err(End::Stalled { len, stall: options.stall }),
    }
}

/// Completes when the reply at the front can be sent; never while there is none.
async fn front_ready(in_flight: &mut VecDeque<InFlight>) {
    poll_fn(|context| {
        let Some(front) = in_flight.front_mut() else { return Poll::Pending };
        let Answer::Pending(reply) = &mut front.reply else { return Poll::Ready(()) };
        match reply.as_mut().poll(context) {
            Poll::Ready(response) => {
                front.reply = Answer::Ready(response);
                Poll::Ready(())
            }
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
}
