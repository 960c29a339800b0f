//! Every setting of a node, by subject.

mod cleaner;
mod coordinators;
mod groups;
mod log;
mod metadata;
mod network;
mod ottla;
mod quotas;
mod remote;
mod replication;
mod sasl;
mod server;
mod share;
mod streams;
mod tls;
mod transactions;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::setting::{Setting, Status};

/// Settings that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// The heading over them.
    pub title: &'static str,
    /// The settings.
    pub settings: &'static [Setting],
}

/// Every setting that a properties file may hold, by subject.
pub static SUBJECTS: &[Subject] = &[
    Subject { title: "Ottla's own", settings: ottla::SETTINGS },
    Subject { title: "The node and its roles", settings: server::SETTINGS },
    Subject { title: "Listeners and connections", settings: network::SETTINGS },
    Subject { title: "Topics and logs", settings: log::SETTINGS },
    Subject { title: "Compaction", settings: cleaner::SETTINGS },
    Subject { title: "Metadata and the controller quorum", settings: metadata::SETTINGS },
    Subject { title: "Replication", settings: replication::SETTINGS },
    Subject { title: "Offsets and group coordination", settings: coordinators::SETTINGS },
    Subject { title: "Consumer groups", settings: groups::SETTINGS },
    Subject { title: "Share groups", settings: share::SETTINGS },
    Subject { title: "Streams groups", settings: streams::SETTINGS },
    Subject { title: "Transactions and idempotent producers", settings: transactions::SETTINGS },
    Subject { title: "Quotas, metrics and plugins", settings: quotas::SETTINGS },
    Subject { title: "TLS", settings: tls::SETTINGS },
    Subject { title: "Authentication", settings: sasl::SETTINGS },
    Subject { title: "Remote storage", settings: remote::SETTINGS },
];

/// Broker settings that exist only in the cluster's metadata and never in a file.
pub static DYNAMIC_ONLY: &[Setting] = quotas::DYNAMIC_ONLY;

static BY_KEY: LazyLock<BTreeMap<&'static str, &'static Setting>> =
    LazyLock::new(|| settings().chain(DYNAMIC_ONLY).map(|setting| (setting.key, setting)).collect());

/// Every setting that a properties file may hold.
pub fn settings() -> impl Iterator<Item = &'static Setting> {
    SUBJECTS.iter().flat_map(|subject| subject.settings)
}

/// The broker setting with this name, [`DYNAMIC_ONLY`] ones included. Prefixes such as `listener.name.` are not looked through.
#[must_use]
pub fn find(key: &str) -> Option<&'static Setting> {
    BY_KEY.get(key).copied()
}

/// Whether a setting exists only in the cluster's metadata.
pub(crate) fn is_dynamic_only(key: &str) -> bool {
    DYNAMIC_ONLY.iter().any(|setting| setting.key == key)
}

pub(crate) const CLUSTERS: Status = Status::NotYet("clusters of several nodes");
pub(crate) const COMPACTION: Status = Status::NotYet("log compaction");
pub(crate) const SEVERAL_DIRECTORIES: Status = Status::NotYet("several log directories");
pub(crate) const NO_THREAD_POOLS: Status =
    Status::Moot("Ottla runs one thread per core and has no pool to size");
pub(crate) const NO_PURGATORY: Status =
    Status::Moot("what waits is woken by what it waits for, so nothing piles up");
pub(crate) const GROUP_COMMIT: Status = Status::Moot("records that arrive together are written together");
pub(crate) const RUST_MEMORY: Status = Status::Moot("Ottla takes this memory only while it uses it");
pub(crate) const CONSUMER_GROUPS: Status = Status::NotYet("the consumer group protocol of KIP-848");
pub(crate) const SHARE_GROUPS: Status = Status::NotYet("share groups");
pub(crate) const STREAMS_GROUPS: Status = Status::NotYet("streams groups");
pub(crate) const TRANSACTIONS: Status = Status::NotYet("transactions");
pub(crate) const QUOTAS: Status = Status::NotYet("quotas");
pub(crate) const METRICS: Status = Status::NotYet("metrics");
pub(crate) const TELEMETRY: Status = Status::NotYet("metrics pushed by clients");
pub(crate) const TLS: Status = Status::NotYet("TLS");
pub(crate) const SASL: Status = Status::NotYet("SASL authentication");
pub(crate) const REMOTE_STORAGE: Status = Status::NotYet("remote storage");
