//! Administration: topics, configuration, groups, offsets, and what the cluster says about itself.

mod cluster;
mod configs;
mod group_offsets;
mod groups;
mod records;
mod topics;

use std::collections::BTreeMap;

use ottla_protocol::Request;
use ottla_types::TopicPartition;

pub use self::cluster::{
    BrokerDescription, ClusterDescription, LogDir, LogDirReplica, Quorum, QuorumReplica,
};
pub use self::configs::{ConfigChange, ConfigEntry, ConfigResource, ConfigSource};
pub use self::group_offsets::CommittedOffset;
pub use self::groups::{GroupDescription, GroupListing, GroupMember};
pub use self::topics::{CreatedTopic, NewTopic};
use crate::cluster::{Cluster, ListedOffset, OffsetSpec, Target};
use crate::{ClientOptions, Error, Isolation, Result};

/// Administers a cluster. Every call tries again what may succeed later, for as long as
/// [`ClientOptions::api_timeout`] allows.
#[derive(Clone)]
pub struct Admin {
    cluster: Cluster,
}

impl Admin {
    /// Connects to a cluster.
    ///
    /// # Errors
    /// [`Error::NoBroker`].
    pub async fn connect(options: ClientOptions) -> Result<Self> {
        Ok(Self::of(Cluster::connect(options).await?))
    }

    /// Administers a cluster over connections that exist.
    #[must_use]
    pub const fn of(cluster: Cluster) -> Self {
        Self { cluster }
    }

    /// The cluster that it administers.
    #[must_use]
    pub const fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Finds offsets: one result for each partition.
    pub async fn list_offsets(
        &self,
        asked: &BTreeMap<TopicPartition, OffsetSpec>,
        isolation: Isolation,
    ) -> BTreeMap<TopicPartition, Result<ListedOffset>> {
        self.cluster.list_offsets(asked, isolation).await
    }

    /// Sends a request and checks the answer, until one passes or time is up.
    async fn ask<R: Request, T>(
        &self,
        target: Target,
        request: &R,
        check: impl Fn(R::Response) -> Result<T>,
    ) -> Result<T> {
        let mut retry = self.cluster.retry();
        loop {
            match self.cluster.call_once(target, request).await.and_then(&check) {
                Ok(passed) => return Ok(passed),
                // The cluster was asked which brokers it has: whoever names another has made a mistake.
                Err(error @ Error::UnknownBroker(_)) => return Err(error),
                Err(error) => retry.again(error).await?,
            }
        }
    }

    /// How long a broker may take for what it has to wait for.
    fn broker_timeout_ms(&self) -> i32 {
        i32::try_from(self.cluster.options().request_timeout.as_millis()).unwrap_or(i32::MAX)
    }
}
