//! Which setting a key means: by its name, behind a listener's prefix, or under the name of a variable.

use crate::broker;
use crate::nearest::nearest;
use crate::setting::Setting;

/// What a key in a properties file stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Key<'a> {
    /// A setting by its own name.
    Plain(&'static Setting),
    /// `listener.name.NAME.` and a setting: it holds for that listener.
    Listener { name: &'a str, setting: &'static Setting },
    /// Under a prefix whose settings go to the remote-storage plugins.
    RemotePlugin,
    /// Nothing that is known.
    Unknown,
}

const LISTENER_PREFIX: &str = "listener.name.";

/// Settings that stand behind a listener's prefix and a SASL mechanism.
const PER_MECHANISM: &[&str] = &[
    "sasl.jaas.config",
    "sasl.login.callback.handler.class",
    "sasl.login.class",
    "sasl.server.callback.handler.class",
    "connections.max.reauth.ms",
];

/// Finds out what a key stands for.
pub(crate) fn look_up(key: &str) -> Key<'_> {
    if let Some(setting) = broker::find(key) {
        return Key::Plain(setting);
    }
    if let Some((name, base)) = listener_key(key) {
        return match broker::find(base) {
            Some(setting) => Key::Listener { name, setting },
            None => Key::Unknown,
        };
    }
    if key.starts_with("rsm.config.") || key.starts_with("rlmm.config.") {
        return Key::RemotePlugin;
    }
    Key::Unknown
}

/// Takes `listener.name.NAME.BASE` apart. A mechanism between name and base is dropped.
pub(crate) fn listener_key(key: &str) -> Option<(&str, &str)> {
    let (name, base) = key.strip_prefix(LISTENER_PREFIX)?.split_once('.')?;
    let per_mechanism = PER_MECHANISM.iter().find(|setting| base.ends_with(**setting));
    Some((name, per_mechanism.map_or(base, |setting| &base[base.len() - setting.len()..])))
}

/// The key that exists and looks most like this one, which does not.
pub(crate) fn nearest_key(key: &str) -> Option<&'static str> {
    nearest(key, broker::settings().filter(|setting| !setting.is_internal).map(|setting| setting.key))
}

const VARIABLE_PREFIX: &str = "OTTLA_";

/// Whether an environment variable is meant for Ottla.
pub(crate) fn is_variable(name: &str) -> bool {
    name.get(..VARIABLE_PREFIX.len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case(VARIABLE_PREFIX))
}

/// The key that an environment variable `OTTLA_…` sets, if one is known.
///
/// Ottla's own keys may leave their first word out: `OTTLA_DURABLE` is `ottla.durable`.
pub(crate) fn of_variable(name: &str) -> Option<String> {
    if !is_variable(name) {
        return None;
    }
    let wanted = name[VARIABLE_PREFIX.len()..].to_ascii_uppercase();
    let known = broker::settings().find(|setting| {
        let variable = variable_part(setting.key);
        variable == wanted || variable.strip_prefix(VARIABLE_PREFIX) == Some(wanted.as_str())
    });
    known.map(|setting| setting.key.to_owned()).or_else(|| of_listener_variable(&wanted))
}

/// `LISTENER_NAME_X_MAX_CONNECTIONS` is `listener.name.x.max.connections`: the longest setting at the end counts,
/// what is left is the listener's name.
fn of_listener_variable(wanted: &str) -> Option<String> {
    let rest = wanted.strip_prefix("LISTENER_NAME_")?;
    broker::settings()
        .filter_map(|setting| {
            let name = rest.strip_suffix(&variable_part(setting.key))?.strip_suffix('_')?;
            (!name.is_empty()).then_some((setting.key, name))
        })
        .max_by_key(|(key, _)| key.len())
        .map(|(key, name)| format!("{LISTENER_PREFIX}{}.{key}", name.to_ascii_lowercase()))
}

/// The environment variable that sets a key.
pub(crate) fn variable_of(key: &str) -> String {
    format!("{VARIABLE_PREFIX}{}", variable_part(key.strip_prefix("ottla.").unwrap_or(key)))
}

fn variable_part(key: &str) -> String {
    key.chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_setting_has_a_variable_of_its_own() {
        let mut seen = BTreeSet::new();
        for setting in broker::settings() {
            assert!(seen.insert(variable_of(setting.key)), "{} shares its variable", setting.key);
            assert_eq!(of_variable(&variable_of(setting.key)).as_deref(), Some(setting.key));
        }
    }

    #[test]
    fn variables_are_found_in_either_spelling() {
        for (variable, key) in [
            ("OTTLA_LOG_DIRS", Some("log.dirs")),
            ("ottla_log_dirs", Some("log.dirs")),
            ("OTTLA_DURABLE", Some("ottla.durable")),
            ("OTTLA_OTTLA_DURABLE", Some("ottla.durable")),
            ("OTTLA_LISTENER_NAME_PUBLIC_MAX_CONNECTIONS", Some("listener.name.public.max.connections")),
            (
                "OTTLA_LISTENER_NAME_SASL_SSL_SSL_KEY_PASSWORD",
                Some("listener.name.sasl_ssl.ssl.key.password"),
            ),
            ("OTTLA_LOG_DRS", None),
            ("OTTLA_", None),
            ("OTTL", None),
            ("ÖTTLA_X", None),
        ] {
            assert_eq!(of_variable(variable).as_deref(), key, "{variable}");
        }
    }

    #[test]
    fn listener_prefixes_are_looked_through() {
        let check = |key, listener, setting| {
            let Key::Listener { name, setting: found } = look_up(key) else { panic!("{key} is known") };
            assert_eq!((name, found.key), (listener, setting), "{key}");
        };
        check("listener.name.internal.ssl.keystore.location", "internal", "ssl.keystore.location");
        check("listener.name.x.scram-sha-256.sasl.jaas.config", "x", "sasl.jaas.config");
        check("listener.name.x.max.connections", "x", "max.connections");
        assert_eq!(look_up("listener.name.x.nothing"), Key::Unknown);
        assert_eq!(look_up("listener.name.x"), Key::Unknown);
        assert_eq!(look_up("rsm.config.bucket"), Key::RemotePlugin);
    }
}
