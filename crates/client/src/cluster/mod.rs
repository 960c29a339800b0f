//! A cluster as a client sees it: which brokers there are, who leads what, and connections to them.

mod coordinators;
mod list_offsets;
mod metadata;
mod pool;
mod retry;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use ottla_protocol::messages::MetadataRequest;
use ottla_protocol::messages::metadata::MetadataRequestTopic;
use ottla_protocol::{Request, Str};
use ottla_types::{BrokerId, ErrorCode, LeaderEpoch, TopicPartition};

use self::coordinators::Coordinators;
pub(crate) use self::list_offsets::is_stale;
pub use self::list_offsets::{ListedOffset, OffsetSpec};
pub use self::metadata::{Broker, Metadata, Partition, Topic};
pub(crate) use self::pool::Lane;
use self::pool::Pool;
pub(crate) use self::retry::Retry;
use crate::{ClientOptions, Connection, Error, Result};

/// A handle to a cluster; clones share connections and metadata.
#[derive(Clone)]
pub struct Cluster {
    shared: Arc<Shared>,
}

struct Shared {
    options: Arc<ClientOptions>,
    pool: Pool,
    metadata: ArcSwap<Metadata>,
    coordinators: Coordinators,
}

/// Who is to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Whoever is there. Brokers pass on to the controller what is for it.
    Any,
    /// This broker.
    Broker(BrokerId),
}

/// Which topics metadata is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Topics<'a> {
    All,
    These { names: &'a [Arc<str>], may_create: bool },
}

impl Cluster {
    /// Connects to the first broker of the bootstrap list that answers, and learns the others from it.
    ///
    /// # Errors
    /// [`Error::NoBroker`] with what went wrong at each address.
    pub async fn connect(options: ClientOptions) -> Result<Self> {
        let options = Arc::new(options);
        let cluster = Self {
            shared: Arc::new(Shared {
                pool: Pool::new(Arc::clone(&options)),
                options,
                metadata: ArcSwap::default(),
                coordinators: Coordinators::default(),
            }),
        };
        cluster.refresh(Topics::These { names: &[], may_create: false }).await?;
        Ok(cluster)
    }

    /// How it was made.
    #[must_use]
    pub fn options(&self) -> &ClientOptions {
        &self.shared.options
    }

    /// What is known about the cluster at the moment.
    #[must_use]
    pub fn metadata(&self) -> Arc<Metadata> {
        self.shared.metadata.load_full()
    }

    /// Sends one request in the highest common version, and tries again while nobody can be reached.
    ///
    /// # Errors
    /// Everything but [`Error::Refused`]: what the answer says is the caller's business.
    pub async fn call<R: Request>(&self, target: Target, request: &R) -> Result<R::Response> {
        let mut retry = self.retry();
        loop {
            match self.call_once(target, request).await {
                Ok(response) => return Ok(response),
                Err(error) => retry.again(error).await?,
            }
        }
    }

    /// One attempt of [`Self::call`].
    pub(crate) async fn call_once<R: Request>(&self, target: Target, request: &R) -> Result<R::Response> {
        let connection = self.connection(target, Lane::Main).await?;
        connection.call(request, self.options().request_timeout).await
    }

    /// A connection to whom the request is for.
    pub(crate) async fn connection(&self, target: Target, lane: Lane) -> Result<Connection> {
        match target {
            Target::Any => self.any().await,
            Target::Broker(id) => {
                let address = match self.address(id) {
                    Ok(address) => address,
                    // It may be new.
                    Err(_) => {
                        self.refresh(Topics::These { names: &[], may_create: false }).await?;
                        self.address(id)?
                    }
                };
                self.shared.pool.connection(&address, lane).await
            }
        }
    }

    /// The connection to a broker, if it is open.
    pub(crate) fn open_connection(&self, id: BrokerId) -> Option<Connection> {
        self.shared.pool.open(&self.address(id).ok()?, Lane::Main)
    }

    /// The attempts of a call, as the options allow them.
    pub(crate) fn retry(&self) -> Retry {
        Retry::new(self.options().backoff, self.options().api_timeout)
    }

    /// What is known about a topic, which is asked for if nothing is. Tries again while the topic cannot be used
    /// yet; one that does not exist is an error, unless brokers may create it and do.
    pub(crate) async fn topic(&self, name: &Arc<str>, may_create: bool) -> Result<Arc<Topic>> {
        let mut retry = self.retry();
        let names = std::slice::from_ref(name);
        loop {
            if let Some(topic) = self.metadata().topics.get(name) {
                return Ok(Arc::clone(topic));
            }
            let code = match self.refresh(Topics::These { names, may_create }).await {
                Ok(mut refused) => refused.remove(name),
                Err(error) => {
                    retry.again(error).await?;
                    continue;
                }
            };
            if let Some(code) = code {
                if code == ErrorCode::UnknownTopicOrPartition && !may_create {
                    return Err(Error::UnknownTopic(Arc::clone(name)));
                }
                let subject = format!("topic {name}");
                retry.again(Error::Refused { code, subject, message: None }).await?;
            }
        }
    }

    /// Asks anew about all topics that are known.
    pub(crate) async fn refresh_known(&self) -> Result<()> {
        let names = self.metadata().topics.keys().cloned().collect::<Vec<_>>();
        self.refresh(Topics::These { names: &names, may_create: false }).await.map(|_| ())
    }

    /// Asks for metadata once; says which topics were refused, and why.
    pub(crate) async fn refresh(&self, topics: Topics<'_>) -> Result<BTreeMap<Arc<str>, ErrorCode>> {
        let connection = self.any().await?;
        let version = connection.version_of::<MetadataRequest>(i16::MAX)?;
        let request = metadata_request(topics, version);
        let reply = connection.begin(&request, version, self.options().request_timeout).await?;
        let answer = reply.answer().await?;
        Error::check(answer.error_code, None, "the cluster's metadata")?;
        let is_all = matches!(topics, Topics::All);
        let mut refused = BTreeMap::new();
        self.shared.metadata.rcu(|metadata| {
            let (merged, codes) = metadata.merged(&answer, is_all);
            refused = codes;
            merged
        });
        Ok(refused)
    }

    /// Notes who leads a partition now, as a broker said.
    pub(crate) fn note_leader(&self, partition: &TopicPartition, leader: BrokerId, epoch: LeaderEpoch) {
        self.shared.metadata.rcu(|metadata| {
            metadata.with_leader(partition, leader, epoch).map_or_else(|| Arc::clone(metadata), Arc::new)
        });
    }

    fn address(&self, id: BrokerId) -> Result<crate::Address> {
        let metadata = self.shared.metadata.load();
        metadata.brokers.get(&id).map(|broker| broker.address.clone()).ok_or(Error::UnknownBroker(id))
    }

    /// A connection to whoever is there: one that is open, else a known broker, else the bootstrap list.
    async fn any(&self) -> Result<Connection> {
        if let Some(connection) = self.shared.pool.any_open() {
            return Ok(connection);
        }
        let mut candidates: Vec<_> =
            self.metadata().brokers.values().map(|broker| broker.address.clone()).collect();
        if !candidates.is_empty() {
            let start = rand::random_range(0..candidates.len());
            candidates.rotate_left(start);
        }
        for address in &self.options().bootstrap {
            if !candidates.contains(address) {
                candidates.push(address.clone());
            }
        }
        let mut causes = Vec::new();
        for address in candidates {
            match self.shared.pool.connection(&address, Lane::Main).await {
                Ok(connection) => return Ok(connection),
                Err(error) => causes.push(error),
            }
        }
        Err(Error::NoBroker(causes))
    }
}

fn metadata_request(topics: Topics<'_>, version: i16) -> MetadataRequest {
    let named = |name: &Arc<str>| MetadataRequestTopic {
        name: Some(Str::from(&**name)),
        ..MetadataRequestTopic::default()
    };
    let (topics, may_create) = match topics {
        // In version 0 the empty list means all topics, and null does not exist.
        Topics::All => ((version > 0).then_some(()).map_or_else(|| Some(Vec::new()), |()| None), false),
        Topics::These { names, may_create } => (Some(names.iter().map(named).collect()), may_create),
    };
    // Before version 4 brokers create what is asked for, if they may at all.
    MetadataRequest {
        topics,
        allow_auto_topic_creation: may_create || version < 4,
        ..MetadataRequest::default()
    }
}
