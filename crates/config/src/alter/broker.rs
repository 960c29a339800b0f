//! Changes of a broker's settings, of one or of all.

use super::{AlterError, Altered, Change, Resource, unmet, wrong};
use crate::broker;
use crate::effective::{EffectiveConfig, Texts};
use crate::key::{self, Key};
use crate::node::NodeConfig;
use crate::setting::{Dynamic, Kind, Setting, Status};
use crate::values::Values;

/// Whose settings change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerScope {
    /// Those of all brokers.
    All,
    /// Those of this broker.
    This,
}

/// What TLS reads from files: to change it for all listeners at once would cut all of them off together.
const PER_LISTENER: &[&str] = &[
    "ssl.key.password",
    "ssl.keystore.certificate.chain",
    "ssl.keystore.key",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.keystore.type",
    "ssl.truststore.certificates",
    "ssl.truststore.location",
    "ssl.truststore.password",
    "ssl.truststore.type",
];

/// Limits of a listener that may be the same on all brokers.
const PER_LISTENER_OF_ALL: &[&str] =
    &["max.connections", "max.connection.creation.rate", "num.network.threads"];

/// Sizes of pools, which may at most double or halve in one step.
const POOLS: &[&str] = &[
    "background.threads",
    "log.cleaner.threads",
    "num.io.threads",
    "num.network.threads",
    "num.recovery.threads.per.data.dir",
    "num.replica.fetchers",
    "remote.log.manager.copier.thread.pool.size",
    "remote.log.manager.expiration.thread.pool.size",
    "remote.log.manager.follower.thread.pool.size",
    "remote.log.reader.threads",
];

/// What a running node does not take up yet.
const NEED_RESTART: &[&str] = &["listeners", "listener.security.protocol.map"];

/// Changes the dynamic settings of a broker that is not at hand: lists are added to and the form is checked, no more.
/// The broker itself has judged the change before ([`EffectiveConfig::alter_broker`]).
///
/// # Errors
/// As [`EffectiveConfig::alter_broker`], where it needs no knowledge of the broker.
pub fn alter_distant_broker(current: &Texts, changes: &[Change<'_>]) -> Result<Altered, AlterError> {
    resource(current).apply(changes)
}

fn resource(current: &Texts) -> Resource<'_> {
    Resource { current, find: broker::find, has_lists: true, logs_everything: true }
}

impl EffectiveConfig {
    /// Changes the dynamic settings of this broker or of all brokers.
    ///
    /// # Errors
    /// `INVALID_CONFIG` for a change of a list that is none; `INVALID_REQUEST` for everything else, as with Kafka:
    /// a setting that only a restart changes, a wrong value, a contradiction, a change that is malformed.
    pub fn alter_broker(&self, scope: BrokerScope, changes: &[Change<'_>]) -> Result<Altered, AlterError> {
        let current = match scope {
            BrokerScope::All => &self.cluster,
            BrokerScope::This => &self.broker,
        };
        let mut altered = resource(current).apply(changes)?;
        check_names(&altered.texts)?;
        check_values(&altered.texts)?;
        if scope == BrokerScope::All {
            check_scope(&altered.texts)?;
        }
        self.check_together(scope, &altered.texts)?;
        altered.warnings = unmet(&altered.changes, |key| match key::look_up(key) {
            Key::Plain(setting) | Key::Listener { setting, .. } => Some(setting),
            Key::RemotePlugin | Key::Unknown => None,
        });
        Ok(altered)
    }

    fn check_together(&self, scope: BrokerScope, texts: &Texts) -> Result<(), AlterError> {
        let (cluster, broker) = match scope {
            BrokerScope::All => (texts.clone(), self.broker.clone()),
            BrokerScope::This => (self.cluster.clone(), texts.clone()),
        };
        let after = Self::merge(self.statics.clone(), cluster, broker).values;
        let mut problems = Vec::new();
        NodeConfig::check(&after, &mut problems);
        if let Some(problem) = problems.first() {
            return Err(AlterError::request(format!("{}: {}", problem.key, problem.text)));
        }
        self.check_pools(&after)?;
        check_local_retention(&after)?;
        for key in NEED_RESTART {
            if self.values.value(key) != after.value(key) {
                return Err(AlterError::request(format!(
                    "{key}: listeners change only with a restart so far"
                )));
            }
        }
        Ok(())
    }

    fn check_pools(&self, after: &Values) -> Result<(), AlterError> {
        for key in POOLS {
            let (old, new) = (self.values.whole(key), after.whole(key));
            if new != old && !(old / 2..=old.saturating_mul(2)).contains(&new) {
                let text = format!("{key}={new}: it may at most halve or double in one step, from {old}");
                return Err(AlterError::request(text));
            }
        }
        Ok(())
    }
}

/// Settings that cannot change this way whatever their values.
fn check_names(texts: &Texts) -> Result<(), AlterError> {
    let named = |is_wrong: &dyn Fn(&str, &Setting) -> bool| {
        let wrong =
            texts.keys().filter(|key| broker::find(key).is_some_and(|setting| is_wrong(key, setting)));
        wrong.map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    let read_only = named(&|_, setting| setting.dynamic == Dynamic::ReadOnly);
    if !read_only.is_empty() {
        return Err(AlterError::request(format!("only a restart changes these settings: {read_only}")));
    }
    let bare = named(&|key, _| PER_LISTENER.contains(&key));
    if !bare.is_empty() {
        let text =
            format!("these settings change for one listener at a time, as listener.name.NAME.KEY: {bare}");
        return Err(AlterError::request(text));
    }
    Ok(())
}

fn check_values(texts: &Texts) -> Result<(), AlterError> {
    for (key, text) in texts {
        let setting = match key::look_up(key) {
            Key::Plain(setting) => setting,
            // Kafka checks only what it could change.
            Key::Listener { setting, .. } if setting.dynamic != Dynamic::ReadOnly => setting,
            Key::Listener { .. } | Key::RemotePlugin | Key::Unknown => continue,
        };
        let value =
            setting.parse(text).map_err(|reason| AlterError::request(wrong(setting, key, text, &reason)))?;
        let is_default = setting.default_value().as_ref() == Some(&value);
        if setting.kind == Kind::Class && !is_default {
            return Err(AlterError::request(format!("{key}={text}: Ottla runs no Java classes")));
        }
        if let Status::Refused(function) = setting.status
            && !is_default
        {
            return Err(AlterError::request(format!("{key}={text}: Ottla does not have {function} yet")));
        }
    }
    Ok(())
}

/// What is each broker's own.
fn check_scope(texts: &Texts) -> Result<(), AlterError> {
    let is_one_brokers = |key: &&String| match key::listener_key(key) {
        Some((_, base)) => !PER_LISTENER_OF_ALL.contains(&base),
        None => broker::find(key).is_some_and(|setting| setting.dynamic == Dynamic::PerBroker),
    };
    let wrong: Vec<&str> = texts.keys().filter(is_one_brokers).map(String::as_str).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(AlterError::request(format!(
        "each broker has its own of these settings; name a broker: {}",
        wrong.join(", ")
    )))
}

/// What stays here must not outlive, or outgrow, what is kept at all.
fn check_local_retention(values: &Values) -> Result<(), AlterError> {
    let retention_ms = crate::log_times::retention_ms(values);
    let pairs = [
        ("log.local.retention.ms", retention_ms, "log.retention.ms"),
        ("log.local.retention.bytes", values.whole("log.retention.bytes"), "log.retention.bytes"),
    ];
    for (key, whole, whole_key) in pairs {
        let local = values.whole(key);
        if whole > -1 && local != -2 && (local == -1 || local > whole) {
            return Err(AlterError::request(format!(
                "{key}={local}: it must not exceed {whole_key} ({whole})"
            )));
        }
    }
    Ok(())
}
