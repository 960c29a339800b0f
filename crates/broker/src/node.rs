//! A node: everything that runs in one process, started in order and stopped in reverse.

mod identity;
mod listeners;
mod start;

use std::sync::Arc;
use std::time::Instant;

use ottla_net::Cores;
use ottla_quorum::{ActiveController, Quorum};
use ottla_storage::log_dir::LogDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::broker::Broker;
use crate::registration::Registration;

pub use start::StartError;

/// A running node, controller and broker in one.
pub struct Node {
    began: Instant,
    broker: Arc<Broker>,
    registration: Registration,
    quorum: Quorum,
    controller: ActiveController,
    dir: Arc<LogDir>,
    cores: Arc<Cores>,
    shutdown: watch::Sender<bool>,
    /// Accept loops, the follower of the metadata log and the housekeeping.
    tasks: Tasks,
    addresses: Vec<String>,
    ready_in_ms: u128,
}

/// What runs beside the threads that serve connections.
struct Tasks {
    listeners: Vec<JoinHandle<()>>,
    follower: JoinHandle<()>,
    housekeeping: JoinHandle<()>,
}

/// Why a node did not stop cleanly. What was acknowledged is safe all the same; the next start recovers.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StopError(String);

impl Node {
    /// One line for whoever started it.
    #[must_use]
    pub fn ready_line(&self) -> String {
        format!(
            "ottla {} is ready on {} after {} ms (node {}, cluster {}, data in {})",
            env!("CARGO_PKG_VERSION"),
            self.addresses.join(", "),
            self.ready_in_ms,
            self.broker.config().node_id,
            self.broker.cluster_id(),
            self.dir.root().display(),
        )
    }

    /// Where clients are served: `LISTENER://address:port` each, in the order of `listeners`.
    #[must_use]
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// Completes when the node cannot go on because its metadata log failed.
    pub async fn failed(&self) {
        let error = self.quorum.failed().await;
        tracing::error!(%error, "the metadata log cannot go on");
    }

    /// Stops: no new requests, the last replies, coordinators, partitions, and the metadata log at last.
    pub async fn stop(self) -> Result<(), StopError> {
        // Before the goodbye, after which this node leads nothing any more.
        let led = self.broker.partitions.all();
        self.registration.say_goodbye(&self.broker).await;
        self.tasks.housekeeping.abort();
        // Whoever is gone already needs no telling.
        let _ = self.shutdown.send(true);
        for listener in self.tasks.listeners {
            let _ = listener.await;
        }
        join_cores(self.cores).await;
        self.broker.groups().stop_all().await;
        self.tasks.follower.abort();
        let _ = self.tasks.follower.await;
        let _ = self.tasks.housekeeping.await;
        self.controller.shutdown().await;
        let quorum = self.quorum.shutdown().await;
        let epoch = self.registration.epoch.0;
        // Handlers that were cut off hold the broker for a moment longer; the directory is nobody else's.
        let dir = self.dir;
        let closed = tokio::task::spawn_blocking(move || {
            led.values().for_each(|partition| {
                partition.high_watermark();
            });
            dir.close(epoch)
        });
        let closed = closed.await;
        quorum.map_err(|error| StopError(error.to_string()))?;
        closed
            .map_err(|error| StopError(error.to_string()))?
            .map_err(|error| StopError(error.to_string()))?;
        tracing::info!("stopped cleanly after {:.1} s", self.began.elapsed().as_secs_f64());
        Ok(())
    }
}

async fn join_cores(cores: Arc<Cores>) {
    let joined = tokio::task::spawn_blocking(move || {
        if let Some(cores) = Arc::into_inner(cores) {
            cores.join();
        }
    });
    if joined.await.is_err() {
        tracing::error!("the threads that serve connections did not end as they should");
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}
