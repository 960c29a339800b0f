//! What a node is started with: properties file, environment and command line, each over the one before.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::broker;
use crate::checks;
use crate::error::{ConfigError, Problem, Source};
use crate::key::{self, Key};
use crate::node::NodeConfig;
use crate::properties;
use crate::setting::Setting;
use crate::synonyms;
use crate::unmet;
use crate::values::Values;

/// Everything that somebody may say when a node starts. The caller reads file, environment and command line.
///
/// ```
/// let inputs = ottla_config::Inputs {
///     file: Some(("server.properties", b"num.partitions=3")),
///     environment: vec![("OTTLA_LOG_DIRS".to_owned(), "/data".to_owned())],
///     overrides: vec!["ottla.durable=false".to_owned()],
/// };
/// let startup = inputs.resolve()?;
/// assert_eq!(startup.node.topics.partitions, 3);
/// assert_eq!(startup.node.storage.log_dirs, ["/data"]);
/// assert!(!startup.node.storage.is_durable);
/// # Ok::<(), ottla_config::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Inputs<'a> {
    /// A properties file: what messages call it, and its bytes, whose number the caller bounds.
    pub file: Option<(&'a str, &'a [u8])>,
    /// The environment. Variables that do not begin with `OTTLA_` are passed over.
    pub environment: Vec<(String, String)>,
    /// Each `--set`, as `KEY=VALUE`.
    pub overrides: Vec<String>,
}

/// A configuration that a node can start with.
#[derive(Clone, Debug)]
pub struct Startup {
    /// What the node needs to know, typed and checked.
    pub node: NodeConfig,
    /// The texts that it was made of: what dynamic settings lie over and DescribeConfigs shows.
    pub settings: Arc<StaticConfig>,
    /// What somebody asked for and does not get, a sentence each.
    pub warnings: Vec<String>,
}

/// One given value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The text, as it was given.
    pub text: String,
    /// Where.
    pub source: Source,
}

/// The values that were given, merged; unknown keys are kept, as Apache Kafka keeps them for its plugins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StaticConfig {
    given: BTreeMap<String, Given>,
}

impl StaticConfig {
    /// The value given for a key.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Given> {
        self.given.get(key)
    }

    /// Every given value, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Given)> {
        self.given.iter().map(|(key, given)| (key.as_str(), given))
    }

    fn put(&mut self, key: &str, text: &str, source: Source) {
        for other in synonyms::overridden_by(key) {
            let is_from_below =
                |given: &Given| std::mem::discriminant(&given.source) != std::mem::discriminant(&source);
            if self.given.get(*other).is_some_and(is_from_below) {
                self.given.remove(*other);
            }
        }
        self.given.insert(key.to_owned(), Given { text: text.to_owned(), source });
    }
}

impl Inputs<'_> {
    /// Merges, checks, and gives everything its type.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every wrong value, every contradiction, and every key whose function does not
    /// exist and must not be missing.
    pub fn resolve(&self) -> Result<Startup, ConfigError> {
        let mut problems = Vec::new();
        let mut warnings = Vec::new();
        let mut settings = StaticConfig::default();
        self.take_file(&mut settings, &mut problems, &mut warnings);
        self.take_environment(&mut settings, &mut warnings);
        self.take_overrides(&mut settings, &mut problems);
        drop_dynamic_only(&mut settings, &mut warnings);
        warn_of_unknown(&settings, &mut warnings);

        let given = settings.iter().map(|(key, given)| (key, given.text.as_str(), &given.source));
        let values = Values::read(given, &mut problems);
        checks::check_at_start(&values, &mut problems);
        let node = NodeConfig::read(&values, &mut problems, &mut warnings);
        unmet::judge(&values, &node, &mut problems, &mut warnings);
        match problems.is_empty() {
            true => Ok(Startup { node, settings: Arc::new(settings), warnings }),
            false => Err(ConfigError::Invalid(problems)),
        }
    }

    fn take_file(
        &self,
        settings: &mut StaticConfig,
        problems: &mut Vec<Problem>,
        warnings: &mut Vec<String>,
    ) {
        let Some((name, bytes)) = self.file else { return };
        let name: Arc<str> = name.into();
        let found = match properties::parse(bytes) {
            Ok(found) => found,
            Err(error) => {
                let text = error.to_string();
                problems.push(Problem { key: name.to_string(), value: None, source: None, text });
                return;
            }
        };
        for property in found {
            let source = Source::File { name: name.clone(), line: property.line };
            if let Some(Given { source: before, .. }) = settings.find(&property.key) {
                warnings
                    .push(format!("{source}: {} was already set at {before}; this one holds", property.key));
            }
            settings.put(&property.key, &property.value, source);
        }
    }

    fn take_environment(&self, settings: &mut StaticConfig, warnings: &mut Vec<String>) {
        for (name, value) in self.environment.iter().filter(|(name, _)| key::is_variable(name)) {
            match key::of_variable(name) {
                Some(key) => settings.put(&key, value, Source::Environment(name.clone())),
                None => warnings.push(unknown_variable(name)),
            }
        }
    }

    fn take_overrides(&self, settings: &mut StaticConfig, problems: &mut Vec<Problem>) {
        for text in &self.overrides {
            match text.split_once('=') {
                Some((key, value)) if !key.trim().is_empty() => {
                    settings.put(key.trim(), value, Source::CommandLine);
                }
                _ => problems.push(Problem {
                    key: text.clone(),
                    value: None,
                    source: Some(Source::CommandLine),
                    text: "it must be KEY=VALUE".to_owned(),
                }),
            }
        }
    }
}

fn unknown_variable(name: &str) -> String {
    let as_key = name["OTTLA_".len()..].to_ascii_lowercase().replace('_', ".");
    let hint =
        key::nearest_key(&as_key).map(|nearest| format!("; did you mean {}?", key::variable_of(nearest)));
    format!("environment variable {name} sets nothing that is known{}", hint.unwrap_or_default())
}

fn drop_dynamic_only(settings: &mut StaticConfig, warnings: &mut Vec<String>) {
    settings.given.retain(|key, Given { source, .. }| {
        let is_dropped = broker::is_dynamic_only(key);
        if is_dropped {
            warnings.push(format!("{source}: {key} has no effect: it can only be set while the node runs"));
        }
        !is_dropped
    });
}

fn warn_of_unknown(settings: &StaticConfig, warnings: &mut Vec<String>) {
    for (key, Given { source, .. }) in settings.iter() {
        if key::look_up(key) == Key::Unknown {
            let hint = key::nearest_key(key).map(|nearest| format!("; did you mean {nearest}?"));
            warnings.push(format!("{source}: {key} is not a setting{}", hint.unwrap_or_default()));
        }
    }
}

/// The text of a given value as a message may show it.
pub(crate) fn shown(setting: &Setting, text: &str) -> Option<String> {
    (!setting.is_sensitive()).then(|| text.to_owned())
}
