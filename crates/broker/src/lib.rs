//! Serves Kafka's requests: one file per API key, the partitions that this node leads, its group coordinators, and
//! the node that starts and stops them all.
//!
//! Deliberately absent: how bytes reach a disk (`ottla-storage`) or a socket (`ottla-net`), what a group or the
//! cluster decides (`ottla-group`, `ottla-controller`), and consensus (`ottla-quorum`). Brokers never talk to
//! brokers through `ottla-client`.
//!
//! Read first: [`Node`] for what there is and in which order it starts; `api` for the table of requests, then any
//! file beside it; `partition` for what a leader is.
//!
//! The path of one request: `service` takes the frame's header, finds the API and its order, and starts the handler
//! in `api/`. A handler looks at the published metadata image, asks a partition, a group coordinator or the
//! controller, and returns the whole response. Wire types stop there: partitions and machines know none.
//!
//! Invariants: nothing here waits for a disk on a thread that serves connections; no lock is held across an await;
//! everyone reads the metadata through one published image, which one task replaces.

mod admin;
mod api;
mod broker;
mod clock;
mod cluster_view;
mod config_rules;
mod connection_limits;
mod coordinator;
mod features;
mod fetch;
mod follower;
mod groups;
mod housekeeping;
mod log_config;
mod metadata;
mod node;
mod operations;
mod partition;
mod partitions;
mod producer_ids;
mod registration;
mod request;
mod response_room;
mod service;

pub use clock::Clock;
pub use node::{Node, StartError};
