//! What a server says about the frames it is handed.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use crate::{Reservation, Response};

/// Who is at the other end, and through which door they came.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The client's address.
    pub address: SocketAddr,
    /// The name of the listener, as configured.
    pub listener: Arc<str>,
    /// Counts connections since the start; names one in the log.
    pub connection: u64,
}

/// Whether a request may start while earlier ones of its connection are still waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Its effect happens inside [`Service::handle`]; only the wait for the reply overlaps with others.
    Overlap,
    /// It starts when everything before it is answered, and what comes after waits for it.
    InTurn,
}

/// A reply that is still being made. `None` means that the protocol has no reply here; an error, that the connection
/// must be closed, and why.
pub type Reply = Pin<Box<dyn Future<Output = Result<Option<Response>, String>>>>;

/// What became of a frame.
pub enum Handled {
    /// The reply is ready.
    Ready(Response),
    /// The reply comes when the future completes.
    Pending(Reply),
    /// The protocol has no reply here.
    Silent,
    /// The connection must be closed; why, for the log.
    Close(String),
}

/// Serves the connections of one core. It lives on that core's thread and need not be `Send`.
pub trait Service: 'static {
    /// What one connection remembers between requests.
    type Session: 'static;

    /// A connection has been accepted.
    fn connect(&self, peer: Peer) -> Self::Session;

    /// In which order the frame is to be taken. Must be cheap: it looks at the first bytes only.
    fn order(&self, frame: &[u8]) -> Order;

    /// Starts a request. What must happen in order happens before this returns. What is made of the frame and is
    /// not small is counted in `memory`.
    fn handle(&self, session: &Self::Session, frame: Bytes, memory: &mut Reservation) -> Handled;
}

/// Tells every listener and connection to finish. Clones see the same signal.
#[derive(Clone, Debug)]
pub struct Shutdown {
    signal: watch::Receiver<bool>,
}

impl Shutdown {
    /// The signal, and the sender that raises it by sending `true`.
    #[must_use]
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, signal) = watch::channel(false);
        (sender, Self { signal })
    }

    /// Whether it has been raised.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        *self.signal.borrow()
    }

    /// Completes when it is raised, or when nobody is left who could.
    pub async fn raised(&mut self) {
        // An error means that the sender is gone, which is the same to whoever waits here.
        let _ = self.signal.wait_for(|raised| *raised).await;
    }
}
