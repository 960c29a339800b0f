//! What AlterConfigs and IncrementalAlterConfigs have in common: who looks at a change, and in which order.
//!
//! First this broker: whether the request is well formed, and whether a change of its own settings is one
//! that it can take up. Then the controller, which knows what the settings are and has the last word. A
//! resource that the broker refuses does not keep the others from being changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use ottla_config::{BrokerScope, Change};
use ottla_controller::{AlterConfigs, Command, Reply};
use ottla_metadata::{ConfigResource, ResourceKind};
use ottla_protocol::Str;

use super::describe_configs::NO_LOGGERS;
use crate::admin::Refused;
use crate::broker::Broker;

/// A resource as a request names it, and what it wants of it; or why that cannot be.
pub(super) struct Asked<'a, T> {
    pub(super) kind: i8,
    pub(super) name: &'a str,
    pub(super) changes: Result<Vec<T>, Refused>,
}

/// Has the controller change what can be changed; tells of each resource what became of it, in the order of
/// the request.
pub(super) async fn alter<T>(
    broker: &Broker,
    asked: Vec<Asked<'_, T>>,
    validate_only: bool,
    command: fn(AlterConfigs<T>) -> Command,
) -> Vec<Result<(), Refused>> {
    let mut seen = BTreeSet::new();
    let repeated: BTreeSet<(i8, &str)> = asked
        .iter()
        .map(|asked| (asked.kind, asked.name))
        .filter(|resource| !seen.insert(*resource))
        .collect();
    let mut resources = Vec::new();
    // `None` for what the controller is asked about.
    let mut outcomes: Vec<Option<Refused>> = Vec::with_capacity(asked.len());
    for Asked { kind, name, changes } in asked {
        let changes = match repeated.contains(&(kind, name)) {
            true => {
                Err(Refused::invalid("this resource is named more than once in the request; name it once"))
            }
            false => changes,
        };
        outcomes.push(match changes {
            Ok(changes) => {
                resources.push((ConfigResource { kind: ResourceKind(kind), name: Arc::from(name) }, changes));
                None
            }
            Err(refused) => Some(refused),
        });
    }
    let mut answers = ask(broker, AlterConfigs { resources, validate_only }, command).await.into_iter();
    let mut outcome = |refused: Option<Refused>| match refused {
        Some(refused) => Err(refused),
        None => answers.next().expect("the controller speaks of every resource that it was asked about"),
    };
    outcomes.into_iter().map(&mut outcome).collect()
}

async fn ask<T>(
    broker: &Broker,
    alteration: AlterConfigs<T>,
    command: fn(AlterConfigs<T>) -> Command,
) -> Vec<Result<(), Refused>> {
    let asked = alteration.resources.len();
    if asked == 0 {
        return vec![];
    }
    match broker.control_unhurried(command(alteration)).await {
        Ok(Reply::AlterConfigs(outcomes)) => {
            outcomes.into_iter().map(|(_, outcome)| outcome.map_err(Refused::from)).collect()
        }
        Ok(other) => panic!("the controller answered another question: {other:?}"),
        Err(why) => vec![Err(why); asked],
    }
}

/// Whether each setting is named once, and has a value where it needs one. Each setting comes with whether it
/// lacks a value.
pub(super) fn check_form<'a>(settings: impl Iterator<Item = (&'a Str, bool)> + Clone) -> Result<(), Refused> {
    let mut seen = BTreeSet::new();
    if let Some((name, _)) = settings.clone().find(|(name, _)| !seen.insert(&***name)) {
        return Err(Refused::invalid(format!("'{name}' is there more than once; change each setting once")));
    }
    let lacking: Vec<&str> =
        settings.filter(|(_, lacks_value)| *lacks_value).map(|(name, _)| &**name).collect();
    match lacking.is_empty() {
        true => Ok(()),
        false => Err(Refused::invalid(format!(
            "there is no value for {}; give one, or delete it",
            lacking.join(", ")
        ))),
    }
}

/// Whether settings of such a resource can be changed here at all.
pub(super) fn check_resource(broker: &Broker, kind: i8, name: &str) -> Result<(), Refused> {
    match ResourceKind(kind) {
        ResourceKind::TOPIC if name.is_empty() => Err(Refused::invalid(
            "there are no settings for all topics together; name one, or change the broker's settings that \
             topics fall back to",
        )),
        ResourceKind::BROKER => scope(broker, name).map(drop),
        ResourceKind::TOPIC | ResourceKind::GROUP | ResourceKind::CLIENT_METRICS => Ok(()),
        ResourceKind::BROKER_LOGGER => Err(Refused::invalid(NO_LOGGERS)),
        ResourceKind(kind) => Err(Refused::invalid(format!(
            "resources of kind {kind} are not known; there are topics (2), brokers (4), client metrics (16) \
             and groups (32)"
        ))),
    }
}

/// Whether this broker can take up a change of its own settings, or of those of all brokers. Other resources
/// are the controller's business.
pub(super) fn check_broker_change(
    broker: &Broker,
    kind: i8,
    name: &str,
    changes: &[Change<'_>],
) -> Result<(), Refused> {
    if ResourceKind(kind) != ResourceKind::BROKER {
        return Ok(());
    }
    let scope = scope(broker, name)?;
    broker.effective.load().alter_broker(scope, changes).map(drop).map_err(Refused::from)
}

fn scope(broker: &Broker, name: &str) -> Result<BrokerScope, Refused> {
    let own = broker.config().node_id.to_string();
    match name {
        "" => Ok(BrokerScope::All),
        name if name == own => Ok(BrokerScope::This),
        name if name.parse::<i32>().is_ok() => Err(Refused::invalid(format!(
            "this is broker {own}; send the change of broker {name} there, or leave the name empty to \
             change all brokers"
        ))),
        name => Err(Refused::invalid(format!("{name:?} is no broker; broker ids are whole numbers"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(settings: &[(&str, bool)]) -> Result<(), String> {
        let settings: Vec<(Str, bool)> =
            settings.iter().map(|&(name, lacks)| (Str::from(name), lacks)).collect();
        check_form(settings.iter().map(|(name, lacks)| (name, *lacks))).map_err(|refused| refused.message)
    }

    #[test]
    fn settings_are_named_once_and_have_values() {
        assert_eq!(check(&[("a", false), ("b", false)]), Ok(()));
        assert!(
            check(&[("a", false), ("b", true), ("a", true)])
                .unwrap_err()
                .contains("'a' is there more than once")
        );
        assert!(check(&[("a", true), ("b", false), ("c", true)]).unwrap_err().contains("no value for a, c;"));
    }
}
