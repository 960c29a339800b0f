//! The settings of a running node as of one moment: what it was started with, under what the cluster says.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::dynamic::DynamicConfig;
use crate::error::{Problem, Source};
use crate::key::{self, Key};
use crate::node::NodeConfig;
use crate::setting::Dynamic;
use crate::statics::StaticConfig;
use crate::synonyms;
use crate::topic_config::{TopicConfig, TopicValues};
use crate::values::Values;

/// Settings by key, as the cluster's metadata holds them for one resource.
pub type Texts = BTreeMap<String, String>;

/// What holds on one broker. Immutable: a change makes another one, to be published in its place.
#[derive(Clone, Debug)]
pub struct EffectiveConfig {
    pub(crate) statics: Arc<StaticConfig>,
    pub(crate) cluster: Texts,
    pub(crate) broker: Texts,
    pub(crate) values: Values,
    pub(crate) topic_values: TopicValues,
    dynamic: DynamicConfig,
}

impl EffectiveConfig {
    /// Lays the settings of all brokers, and over them those of this broker, over what the node was started with.
    ///
    /// The metadata may hold what this version does not allow. Such settings are left out, and reported; where two
    /// contradict each other, all of this broker's are left out, and if that does not help, all dynamic ones.
    #[must_use]
    pub fn new(statics: Arc<StaticConfig>, cluster: &Texts, broker: &Texts) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let cluster = usable(cluster, &Source::Cluster, &mut problems);
        let broker = usable(broker, &Source::Broker, &mut problems);
        // Each value may be right and two of them still contradict each other: then the layer goes as a whole.
        for (cluster, broker) in [(cluster.clone(), broker), (cluster, Texts::new())] {
            let merged = Self::merge(statics.clone(), cluster, broker);
            let before = problems.len();
            NodeConfig::check(&merged.values, &mut problems);
            if problems.len() == before {
                return (merged, problems);
            }
        }
        (Self::merge(statics, Texts::new(), Texts::new()), problems)
    }

    /// Merges layers that hold nothing wrong.
    pub(crate) fn merge(statics: Arc<StaticConfig>, cluster: Texts, broker: Texts) -> Self {
        let mut merged: BTreeMap<&str, (&str, &Source)> =
            statics.iter().map(|(key, given)| (key, (given.text.as_str(), &given.source))).collect();
        for (layer, source) in [(&cluster, &Source::Cluster), (&broker, &Source::Broker)] {
            for other in layer.keys().filter_map(|key| synonyms::family(key)).flatten() {
                merged.remove(other);
            }
            merged.extend(layer.iter().map(|(key, text)| (key.as_str(), (text.as_str(), source))));
        }
        let mut ignored = Vec::new();
        let values =
            Values::read(merged.iter().map(|(key, (text, source))| (*key, *text, *source)), &mut ignored);
        let topic_values = TopicValues::of_broker(&values);
        let dynamic = DynamicConfig::read(&values, &topic_values);
        Self { statics, cluster, broker, values, topic_values, dynamic }
    }

    /// What may change while a node runs, typed.
    #[must_use]
    pub fn dynamic(&self) -> &DynamicConfig {
        &self.dynamic
    }

    /// What a setting is for a topic that has none of its own.
    #[must_use]
    pub fn topic_default(&self, key: &str) -> Option<String> {
        self.topic_values.find(key).map(ToString::to_string)
    }

    /// The settings of a topic that has these of its own. Wrong ones among them are left out, and reported.
    ///
    /// Topics with none share [`DynamicConfig::topics`].
    #[must_use]
    pub fn topic(&self, own: &Texts) -> (Arc<TopicConfig>, Vec<Problem>) {
        if own.is_empty() {
            return (self.dynamic.topics.clone(), Vec::new());
        }
        let mut problems = Vec::new();
        let own = own.iter().map(|(key, text)| (key.as_str(), text.as_str()));
        let values = self.topic_values.with(own, &mut problems);
        (Arc::new(TopicConfig::read(&values)), problems)
    }
}

/// What a dynamic layer may hold: settings that are dynamic, with values that are right, and unknown ones.
fn usable(layer: &Texts, source: &Source, problems: &mut Vec<Problem>) -> Texts {
    let mut usable = Texts::new();
    for (key, text) in layer {
        match dynamic_problem(key, text, *source == Source::Broker) {
            None => {
                usable.insert(key.clone(), text.clone());
            }
            Some(reason) => problems.push(Problem {
                key: key.clone(),
                value: None,
                source: Some(source.clone()),
                text: format!("{reason}; it is left out"),
            }),
        }
    }
    usable
}

fn dynamic_problem(key: &str, text: &str, is_of_one_broker: bool) -> Option<String> {
    let setting = match key::look_up(key) {
        Key::Plain(setting) => Some(setting),
        Key::Listener { setting, .. } => return setting.parse(text).err(),
        Key::RemotePlugin | Key::Unknown => None,
    }?;
    match setting.dynamic {
        Dynamic::ReadOnly => Some("only a restart changes it".to_owned()),
        Dynamic::PerBroker if !is_of_one_broker => Some("it is each broker's own".to_owned()),
        Dynamic::PerBroker | Dynamic::ClusterWide => setting.parse(text).err(),
    }
}
