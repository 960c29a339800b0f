//! What DescribeConfigs shows: each setting's value, where it comes from, and everything that it overrides.

use std::collections::BTreeMap;

use crate::broker;
use crate::client_metrics;
use crate::effective::{EffectiveConfig, Texts};
use crate::group;
use crate::key::{self, Key};
use crate::setting::{Dynamic, Setting};
use crate::synonyms;
use crate::topic;
use crate::value::Value;

/// One setting of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its key.
    pub name: String,
    /// Its value; `None` if it has none or if it must not be shown.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// Whether its value is kept from everybody who asks.
    pub is_sensitive: bool,
    /// Whether only a restart changes it.
    pub is_read_only: bool,
    /// The number of its type, as [`Kind::code`](crate::Kind::code); 0 for a key that is not known.
    pub type_code: i8,
    /// What it does, if it is known.
    pub documentation: Option<&'static str>,
    /// Every value that is given for it, under any of its names, from the one that holds to the default.
    pub synonyms: Vec<Synonym>,
}

/// A value given for a setting, under one of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synonym {
    /// The name.
    pub name: String,
    /// The value; `None` if it must not be shown.
    pub value: Option<String>,
    /// Where it is given.
    pub source: ConfigSource,
}

/// Where a value comes from, with the numbers of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum ConfigSource {
    /// The topic's own settings.
    Topic = 1,
    /// The dynamic settings of one broker.
    Broker = 2,
    /// The dynamic settings of all brokers.
    AllBrokers = 3,
    /// What the node was started with.
    Static = 4,
    /// Nobody set it.
    Default = 5,
    /// The level of a logger.
    BrokerLogger = 6,
    /// The settings of a client-metrics subscription.
    ClientMetrics = 7,
    /// The group's own settings.
    Group = 8,
}

impl ConfigSource {
    /// Its number in a DescribeConfigs response.
    #[must_use]
    pub const fn code(self) -> i8 {
        self as i8
    }
}

/// What is asked for: some keys, or all of them if none is named.
#[derive(Clone, Copy)]
struct Wanted<'a>(&'a [&'a str]);

impl Wanted<'_> {
    fn has(self, key: &str) -> bool {
        self.0.is_empty() || self.0.contains(&key)
    }
}

impl EffectiveConfig {
    /// The settings of this broker: every one that is not internal, and every one that was given. `keys` says
    /// which are wanted; none named means all.
    #[must_use]
    pub fn describe_broker(&self, keys: &[&str]) -> Vec<Described> {
        let wanted = Wanted(keys);
        let public = broker::settings().filter(|setting| !setting.is_internal).map(|setting| setting.key);
        let mut names: Vec<&str> = public.collect();
        names.extend(self.given_keys());
        names.sort_unstable();
        names.dedup();
        let shown = names.into_iter().filter(|name| wanted.has(name));
        shown.map(|name| self.describe_broker_key(name, None)).collect()
    }

    /// The dynamic settings of all brokers: only those that are set.
    #[must_use]
    pub fn describe_all_brokers(&self, keys: &[&str]) -> Vec<Described> {
        let wanted = Wanted(keys);
        let set = self.cluster.iter().filter(|(key, _)| wanted.has(key));
        set.map(|(key, text)| self.describe_broker_key(key, Some(text))).collect()
    }

    /// The settings of a topic that has these of its own.
    #[must_use]
    pub fn describe_topic(&self, own: &Texts, keys: &[&str]) -> Vec<Described> {
        let mut ignored = Vec::new();
        let own_texts = own.iter().map(|(key, text)| (key.as_str(), text.as_str()));
        let values = self.topic_values.with(own_texts, &mut ignored);
        let own = Own { texts: own, source: ConfigSource::Topic, hides_unknown: true };
        own.describe(topic::SETTINGS, Wanted(keys), |setting| {
            let fallback =
                setting.broker_keys.first().map(|key| self.synonyms_of(key, false)).unwrap_or_default();
            (values.find(setting.key).cloned(), fallback)
        })
    }

    /// The settings of a topic that is being created with these of its own, as CreateTopics shows them (KIP-525).
    ///
    /// Unlike DescribeConfigs, it looks for a value under every name that the broker's setting has: what
    /// `log.retention.hours` says of `retention.ms` is no default here. The topic's own values are shown as they were
    /// given.
    #[must_use]
    pub fn describe_new_topic(&self, own: &Texts) -> Vec<Described> {
        let mut described = self.describe_topic(own, &[]);
        for setting in &mut described {
            if let Some(text) = own.get(&setting.name) {
                setting.value = setting.value.take().map(|_| text.clone());
                continue;
            }
            let keys = topic::find(&setting.name).map_or(&[][..], |setting| setting.broker_keys);
            setting.source = if keys.iter().any(|key| self.broker.contains_key(*key)) {
                ConfigSource::Broker
            } else if keys.iter().any(|key| self.cluster.contains_key(*key)) {
                ConfigSource::AllBrokers
            } else if keys.iter().any(|key| self.statics.find(key).is_some()) {
                ConfigSource::Static
            } else {
                ConfigSource::Default
            };
        }
        described
    }

    /// The settings of a group that has these of its own.
    #[must_use]
    pub fn describe_group(&self, own: &Texts, keys: &[&str]) -> Vec<Described> {
        let own = Own { texts: own, source: ConfigSource::Group, hides_unknown: true };
        own.describe(group::SETTINGS, Wanted(keys), |setting| {
            let text = own.texts.get(setting.key);
            let value = text.and_then(|text| setting.parse(text).ok());
            match setting.broker_keys.first() {
                Some(key) => (value.or_else(|| self.values.value(key)), self.synonyms_of(key, false)),
                None => (value.or_else(|| setting.default_value()), default_synonym(setting)),
            }
        })
    }

    /// The settings of a client-metrics subscription that has these of its own.
    #[must_use]
    pub fn describe_client_metrics(&self, own: &Texts, keys: &[&str]) -> Vec<Described> {
        let own = Own { texts: own, source: ConfigSource::ClientMetrics, hides_unknown: false };
        own.describe(client_metrics::SETTINGS, Wanted(keys), |setting| {
            let value = own.texts.get(setting.key).and_then(|text| setting.parse(text).ok());
            (value.or_else(|| setting.default_value()), Vec::new())
        })
    }

    fn given_keys(&self) -> impl Iterator<Item = &str> {
        let statics = self.statics.iter().map(|(key, _)| key);
        let dynamic = self.cluster.keys().chain(self.broker.keys()).map(String::as_str);
        statics.chain(dynamic)
    }

    /// One broker setting; `cluster_text` is given when only what all brokers have is asked for.
    fn describe_broker_key(&self, name: &str, cluster_text: Option<&String>) -> Described {
        let setting = match key::look_up(name) {
            Key::Plain(setting) | Key::Listener { setting, .. } => Some(setting),
            Key::RemotePlugin | Key::Unknown => None,
        };
        let is_sensitive = setting.is_none_or(Setting::is_sensitive);
        let mut synonyms = self.synonyms_of(name, is_sensitive);
        if cluster_text.is_some() {
            synonyms.retain(|synonym| synonym.source == ConfigSource::AllBrokers);
        }
        let value = match (is_sensitive, cluster_text) {
            (true, _) => None,
            (false, Some(text)) => Some(text.clone()),
            (false, None) => self.broker_text(name),
        };
        let is_read_only = broker::find(name).is_none_or(|setting| setting.dynamic == Dynamic::ReadOnly);
        described(name, setting, value, is_sensitive, is_read_only, synonyms)
    }

    fn broker_text(&self, name: &str) -> Option<String> {
        let twin = twin(name).filter(|_| !self.values.is_given(name));
        let given = self.values.find_given(twin.unwrap_or(name)).or_else(|| self.values.find_given(name));
        let value = given.map(|given| given.value.clone());
        value.or_else(|| broker::find(name)?.default_value()).map(|value| value.to_string())
    }

    /// Every value given for a broker setting: by layer, and within a layer by name. What stands before the
    /// setting's own name belongs to its other names alone and is left out.
    fn synonyms_of(&self, name: &str, is_sensitive: bool) -> Vec<Synonym> {
        let listener_names;
        let names: &[&str] = match (synonyms::family(name), key::listener_key(name)) {
            (Some(family), _) => family,
            (None, Some((_, base))) => {
                listener_names = [name, base];
                &listener_names
            }
            (None, None) => &[name],
        };
        let mut found = Vec::new();
        let mut add = |name: &str, text: Option<&str>, source| {
            if let Some(text) = text {
                let value = (!is_sensitive).then(|| text.to_owned());
                found.push(Synonym { name: name.to_owned(), value, source });
            }
        };
        for name in names {
            add(name, self.broker.get(*name).map(String::as_str), ConfigSource::Broker);
        }
        for name in names {
            add(name, self.cluster.get(*name).map(String::as_str), ConfigSource::AllBrokers);
        }
        for name in names {
            let given = self.statics.find(name).or_else(|| self.statics.find(twin(name)?));
            add(name, given.map(|given| given.text.as_str()), ConfigSource::Static);
        }
        for name in names {
            let setting = broker::find(name).filter(|setting| !broker::is_dynamic_only(setting.key));
            let default = setting.and_then(Setting::default_value).map(|value| value.to_string());
            add(name, default.as_deref(), ConfigSource::Default);
        }
        found.into_iter().skip_while(|synonym| synonym.name != name).collect()
    }
}

/// Two names of one static setting: whoever gives one has given both.
fn twin(name: &str) -> Option<&'static str> {
    match name {
        "node.id" => Some("broker.id"),
        "broker.id" => Some("node.id"),
        _ => None,
    }
}

/// A resource's own settings.
#[derive(Clone, Copy)]
struct Own<'a> {
    texts: &'a Texts,
    source: ConfigSource,
    hides_unknown: bool,
}

impl Own<'_> {
    /// Describes the table's settings and whatever else the resource has. `look_up` gives a setting's value, and
    /// the values that the resource's own, if there is one, overrides.
    fn describe(
        self,
        table: &'static [Setting],
        wanted: Wanted<'_>,
        look_up: impl Fn(&'static Setting) -> (Option<Value>, Vec<Synonym>),
    ) -> Vec<Described> {
        let mut rows: BTreeMap<&str, Option<&'static Setting>> = BTreeMap::new();
        rows.extend(self.texts.keys().map(|key| (key.as_str(), None)));
        for setting in table {
            if !setting.is_internal || self.texts.contains_key(setting.key) {
                rows.insert(setting.key, Some(setting));
            }
        }
        let shown = rows.into_iter().filter(|(name, _)| wanted.has(name));
        shown.map(|(name, setting)| self.describe_key(name, setting, &look_up)).collect()
    }

    fn describe_key(
        self,
        name: &str,
        setting: Option<&'static Setting>,
        look_up: &impl Fn(&'static Setting) -> (Option<Value>, Vec<Synonym>),
    ) -> Described {
        let own = self.texts.get(name);
        let is_sensitive = setting.map_or(self.hides_unknown, Setting::is_sensitive);
        let (value, overridden) = setting.map(look_up).unwrap_or_default();
        let text = value.map(|value| value.to_string()).or_else(|| own.cloned());
        let text = text.filter(|_| !is_sensitive);
        let own = own.map(|_| Synonym { name: name.to_owned(), value: text.clone(), source: self.source });
        let synonyms = own.into_iter().chain(overridden).collect();
        described(name, setting, text, is_sensitive, false, synonyms)
    }
}

fn default_synonym(setting: &Setting) -> Vec<Synonym> {
    let value = setting.default_value().map(|value| value.to_string());
    let synonym = value.map(|value| Synonym {
        name: setting.key.to_owned(),
        value: Some(value),
        source: ConfigSource::Default,
    });
    synonym.into_iter().collect()
}

fn described(
    name: &str,
    setting: Option<&'static Setting>,
    value: Option<String>,
    is_sensitive: bool,
    is_read_only: bool,
    synonyms: Vec<Synonym>,
) -> Described {
    Described {
        name: name.to_owned(),
        value,
        source: synonyms.first().map_or(ConfigSource::Default, |synonym| synonym.source),
        is_sensitive,
        is_read_only,
        type_code: setting.map_or(0, |setting| setting.kind.code()),
        documentation: setting.map(|setting| setting.doc),
        synonyms,
    }
}
