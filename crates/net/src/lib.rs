//! Listeners and connections: turns sockets into frames, and replies into bytes, in order and within bounds.
//!
//! Deliberately absent: what a frame means. A [`Service`] is handed each frame and says what to send back;
//! this crate knows neither API keys nor topics.
//!
//! Read first: [`Service`] (what whoever serves must say), [`Response`] (what is sent), [`Listener`] (how
//! connections come in).
//!
//! The path of one request: [`Listener`] accepts and, within [`ConnectionLimits`], hands the socket to the
//! [`Cores`] thread with the fewest connections. There one task reads it into a buffer that grows with what
//! has arrived, reserves the frame's size in [`RequestMemory`], asks the service to start it, and writes the
//! replies in the order of the requests. An [`Order::Overlap`] request may start while earlier ones still
//! wait; an [`Order::InTurn`] request starts when all before it are answered, and holds up those after it.
//!
//! Invariants: a connection never moves to another thread; no thread here waits for a disk; memory taken for
//! requests never exceeds the budget by more than one request for each thread; an idle connection holds no buffer;
//! whoever spawned a task joins it.

mod complaints;
mod connection;
mod cores;
mod foreign;
mod frame;
mod limits;
mod listener;
mod memory;
mod response;
mod service;

pub use connection::ConnectionOptions;
pub use cores::Cores;
pub use frame::FrameError;
pub use limits::{ConnectionLimits, ConnectionLimitsConfig, ListenerLimitsConfig};
pub use listener::{Listener, ListenerOptions};
pub use memory::{RequestMemory, Reservation};
pub use response::{Chunk, FileReads, Response};
pub use service::{Handled, Order, Peer, Reply, Service, Shutdown};
