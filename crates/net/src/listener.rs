//! Accepts connections and gives each to a core.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

use crate::complaints::Complaints;
use crate::connection::{Connection, ConnectionOptions};
use crate::cores::Cores;
use crate::limits::ConnectionLimits;
use crate::service::{Peer, Service, Shutdown};

/// How long accepting pauses when the process has no descriptors left.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

/// What a listener needs beside its socket.
#[derive(Clone)]
pub struct ListenerOptions {
    /// The name of the listener.
    pub name: Arc<str>,
    /// Limits shared by all listeners.
    pub limits: Arc<ConnectionLimits>,
    /// What each connection is given.
    pub connection: ConnectionOptions,
    /// `socket.send.buffer.bytes`; `None` leaves it to the system.
    pub send_buffer_bytes: Option<usize>,
    /// `socket.receive.buffer.bytes`; `None` leaves it to the system.
    pub receive_buffer_bytes: Option<usize>,
}

/// A bound socket that accepts connections once it is served.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    complaints: Complaints,
}

impl Listener {
    /// Binds; must be called within a tokio runtime. `backlog` is `socket.listen.backlog.size`.
    pub fn bind(address: SocketAddr, backlog: i32) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        if address.is_ipv6() {
            // A wildcard listens for IPv4 as well, as Java's does.
            socket.set_only_v6(!address.ip().is_unspecified())?;
        }
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(backlog)?;
        Ok(Self { socket: TcpListener::from_std(socket.into())?, complaints: Complaints::default() })
    }

    /// The address it is bound to, with the port that the system chose where 0 was asked for.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Accepts until `shutdown`. `service` makes one service per connection's core; it is called on that
    /// core's thread.
    pub async fn serve<S, F>(
        self,
        options: ListenerOptions,
        cores: Arc<Cores>,
        mut shutdown: Shutdown,
        service: F,
    ) where
        S: Service,
        F: Fn() -> Rc<S> + Clone + Send + 'static,
    {
        loop {
            let accepted = tokio::select! {
                biased;
                () = shutdown.raised() => return,
                accepted = self.accept(&options) => accepted,
            };
            match accepted {
                Ok((stream, address)) => {
                    let arrival = Arrival { stream, address, complaints: self.complaints.clone() };
                    arrival.serve(&options, &cores, &shutdown, service.clone());
                }
                Err(error) if is_about_one_client(&error) => {}
                Err(error) => {
                    tracing::warn!(listener = %options.name, %error, "cannot accept connections for a moment");
                    tokio::time::sleep(EXHAUSTED_PAUSE).await;
                }
            }
        }
    }

    async fn accept(&self, options: &ListenerOptions) -> io::Result<(TcpStream, SocketAddr)> {
        options.limits.room(&options.name).await;
        let accepted = self.socket.accept().await?;
        // As with Kafka, those that come too fast wait here, one at a time; the others wait in the listen queue.
        let delay = options.limits.accepted(&options.name);
        if !delay.is_zero() {
            tracing::debug!(listener = %options.name, ?delay, "connections come faster than max.connection.creation.rate");
            tokio::time::sleep(delay).await;
        }
        Ok(accepted)
    }
}

/// Errors that say something about the connection that was being accepted and nothing about the listener.
fn is_about_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, TimedOut};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted | TimedOut)
}

/// A connection that was accepted.
struct Arrival {
    stream: TcpStream,
    address: SocketAddr,
    complaints: Complaints,
}

impl Arrival {
    /// Gives it to a core, if it may stay.
    fn serve<S, F>(self, options: &ListenerOptions, cores: &Cores, shutdown: &Shutdown, service: F)
    where
        S: Service,
        F: Fn() -> Rc<S> + Send + 'static,
    {
        let Self { stream, address, complaints } = self;
        let place = match options.limits.take(&options.name, address.ip()) {
            Ok(place) => place,
            Err(limit) => {
                if let Some(line) = complaints.line(address.ip(), "too many connections") {
                    tracing::warn!(
                        client = %address, listener = %options.name,
                        "refused: max.connections.per.ip allows {limit} connections from this address{line}"
                    );
                }
                return;
            }
        };
        let stream = match prepare(stream, options) {
            Ok(stream) => stream,
            Err(error) => {
                tracing::debug!(client = %address, %error, "the connection was gone before it was served");
                return;
            }
        };
        let peer = Peer {
            address,
            listener: Arc::clone(&options.name),
            connection: CONNECTIONS.fetch_add(1, Ordering::Relaxed),
        };
        let (connection, shutdown) = (options.connection.clone(), shutdown.clone());
        let (core, load) = cores.least_loaded();
        cores.run_on(core, move || {
            tokio::task::spawn_local(async move {
                let _held = (place, load);
                match TcpStream::from_std(stream) {
                    Ok(stream) => {
                        Connection::new(stream, peer, complaints, service(), connection).run(shutdown).await;
                    }
                    Err(error) => {
                        tracing::warn!(client = %peer.address, %error, "cannot watch the connection");
                    }
                }
            });
        });
    }
}

/// Sets the socket up and takes it off the accepting thread's reactor.
fn prepare(stream: TcpStream, options: &ListenerOptions) -> io::Result<std::net::TcpStream> {
    stream.set_nodelay(true)?;
    let socket = socket2::SockRef::from(&stream);
    socket.set_keepalive(true)?;
    if let Some(bytes) = options.send_buffer_bytes {
        socket.set_send_buffer_size(bytes)?;
    }
    if let Some(bytes) = options.receive_buffer_bytes {
        socket.set_recv_buffer_size(bytes)?;
    }
    stream.into_std()
}
