//! `ottla config`: show and change settings of a running cluster.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use ottla_client::admin::{ConfigChange, ConfigEntry, ConfigResource, ConfigSource};
use ottla_types::BrokerId;
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::output::{self, Table};
use crate::remote::{Remote, run};
use crate::topic::key_value;

/// Show and change settings of topics, brokers, groups and clients' metrics, while the cluster runs.
#[derive(Args)]
#[command(after_help = "Examples:
  ottla config describe topic orders --all
  ottla config set topic orders retention.ms=86400000 cleanup.policy=delete
  ottla config unset topic orders retention.ms
  ottla config set broker default log.retention.ms=604800000
  ottla config describe broker 1")]
pub(crate) struct ConfigCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Subcommand)]
enum Action {
    /// Show settings, and where their values come from
    Describe {
        #[command(flatten)]
        resource: Resource,
        /// Also what nobody set
        #[arg(long)]
        all: bool,
        /// With what each setting does
        #[arg(long)]
        docs: bool,
    },
    /// Give settings values
    #[command(visible_alias = "alter")]
    Set {
        #[command(flatten)]
        resource: Resource,
        /// The settings
        #[arg(required = true, value_name = "KEY=VALUE", value_parser = key_value)]
        settings: Vec<(String, String)>,
        /// Only ask whether the broker would
        #[arg(long)]
        dry_run: bool,
    },
    /// Take settings' values away, so that the next source holds
    Unset {
        #[command(flatten)]
        resource: Resource,
        /// The settings
        #[arg(required = true, value_name = "KEY")]
        settings: Vec<String>,
        /// Only ask whether the broker would
        #[arg(long)]
        dry_run: bool,
    },
}

/// What has the settings.
#[derive(Args)]
struct Resource {
    /// What kind of thing
    #[arg(value_enum)]
    kind: Kind,
    /// Its name: a topic, a broker's id (or `default` for all brokers), a group, a subscription
    name: String,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Topic,
    Broker,
    BrokerLogger,
    Group,
    ClientMetrics,
}

/// In place of a broker's id: every broker.
const ALL_BROKERS: &str = "default";

impl Resource {
    fn resolve(&self) -> Result<ConfigResource, Failure> {
        let broker = || {
            let id = self.name.parse().map(BrokerId);
            id.map_err(|_| {
                Failure::Usage(format!("`{}` is no broker's id: write a number, or `default`", self.name))
            })
        };
        Ok(match self.kind {
            Kind::Topic => ConfigResource::Topic(self.name.clone()),
            Kind::Broker if self.name == ALL_BROKERS => ConfigResource::AllBrokers,
            Kind::Broker => ConfigResource::Broker(broker()?),
            Kind::BrokerLogger => ConfigResource::BrokerLogger(broker()?),
            Kind::Group => ConfigResource::Group(self.name.clone()),
            Kind::ClientMetrics => ConfigResource::ClientMetrics(self.name.clone()),
        })
    }
}

#[derive(Serialize)]
struct Setting {
    name: String,
    value: Option<String>,
    source: &'static str,
    read_only: bool,
    sensitive: bool,
    synonyms: Vec<Synonym>,
    #[serde(skip_serializing_if = "Option::is_none")]
    documentation: Option<String>,
}

#[derive(Serialize)]
struct Synonym {
    name: String,
    value: Option<String>,
    source: &'static str,
}

#[derive(Serialize)]
struct Altered {
    resource: String,
    dry_run: bool,
    settings_changed: usize,
}

impl ConfigCommand {
    pub(crate) fn run(self) -> ExitCode {
        let remote = self.remote;
        run(async {
            match self.action {
                Action::Describe { resource, all, docs } => describe(&remote, &resource, all, docs).await,
                Action::Set { resource, settings, dry_run } => {
                    let set = |(key, value)| ConfigChange::Set(key, value);
                    alter(&remote, &resource, settings.into_iter().map(set).collect(), dry_run).await
                }
                Action::Unset { resource, settings, dry_run } => {
                    let changes = settings.into_iter().map(ConfigChange::Unset).collect();
                    alter(&remote, &resource, changes, dry_run).await
                }
            }
        })
    }
}

async fn describe(remote: &Remote, resource: &Resource, all: bool, docs: bool) -> Outcome {
    let resource = resource.resolve()?;
    let entries = remote.admin().await?.describe_config(&resource, docs).await?;
    let is_shown = |entry: &ConfigEntry| all || entry.source != ConfigSource::Default;
    let settings: Vec<_> = entries.into_iter().filter(is_shown).map(Setting::of).collect();
    output::print(remote.output, &settings, |out| {
        if settings.is_empty() {
            return writeln!(out, "Nothing is set for {resource}; --all shows the defaults.");
        }
        let mut table = Table::new(&["SETTING", "VALUE", "SOURCE"]);
        for one in &settings {
            let value = match &one.value {
                _ if one.sensitive => "(hidden)".to_owned(),
                Some(value) => value.clone(),
                None => "-".to_owned(),
            };
            table.row([one.name.clone(), value, one.source.to_owned()]);
        }
        table.write(out)?;
        for one in settings.iter().filter(|one| one.documentation.is_some()) {
            writeln!(out, "\n{}\n  {}", one.name, one.documentation.as_deref().unwrap_or_default())?;
        }
        Ok(())
    })
}

async fn alter(remote: &Remote, resource: &Resource, changes: Vec<ConfigChange>, dry_run: bool) -> Outcome {
    let resource = resource.resolve()?;
    remote.admin().await?.alter_config(&resource, &changes, dry_run).await?;
    let answer = Altered { resource: resource.to_string(), dry_run, settings_changed: changes.len() };
    output::print(remote.output, &answer, |out| {
        let settings = output::count(answer.settings_changed, "setting");
        match dry_run {
            true => writeln!(out, "{settings} of {resource} would be changed."),
            false => writeln!(out, "Changed {settings} of {resource}."),
        }
    })
}

impl Setting {
    fn of(entry: ConfigEntry) -> Self {
        let synonym = |(name, value, source): (String, Option<String>, ConfigSource)| Synonym {
            name,
            value,
            source: source.name(),
        };
        Self {
            name: entry.name,
            value: entry.value,
            source: entry.source.name(),
            read_only: entry.is_read_only,
            sensitive: entry.is_sensitive,
            synonyms: entry.synonyms.into_iter().map(synonym).collect(),
            documentation: entry.documentation,
        }
    }
}
