//! `docs/config.md`, written from the tables.

use std::fmt::Write as _;

use crate::broker;
use crate::client_metrics;
use crate::group;
use crate::setting::{Default, Dynamic, Importance, Kind, Rule, Setting, Status};
use crate::topic;
use crate::value::expected;

const INTRODUCTION: &str = "\
# Configuration

This page is written from the tables in `crates/config` and checked against them by a test.

Ottla needs no configuration. It takes Apache Kafka's `server.properties` as it is: every key that Apache Kafka 4.3.1
knows is known, with the same type, default and range.

## Where a setting comes from

Each of these lies over the ones before it:

1. the default;
2. the properties file that `ottla start` is given;
3. the environment: `OTTLA_` and the key in capitals with underscores, so `OTTLA_LOG_DIRS` is `log.dirs`. Ottla's
   own keys leave their first word out: `OTTLA_DURABLE` is `ottla.durable`;
4. the command line: `--set KEY=VALUE`, as often as needed;
5. the cluster's settings for all brokers, changed while it runs (`ottla config`, or Kafka's tools);
6. the cluster's settings for this broker.

A properties file is read as Java reads it: ISO 8859-1, with `\\uXXXX` for other letters. A key that is not known is
named in a warning with the nearest one that is. A wrong value stops the start, with its place and what would be right;
so does a key whose function does not exist yet, if to go on without it would be less safe than was asked for. Other keys
whose function does not exist yet are named in a warning, unless they have their default.

The column *Changes* says when a new value takes effect: with a *restart*, on one *broker* at a time while it runs, or
on any number of them (*cluster*). Listener settings such as TLS and connection limits can be set for one listener:
`listener.name.NAME.KEY`.

";

/// The text of `docs/config.md`.
#[must_use]
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    write_deviations(&mut page);
    for subject in broker::SUBJECTS {
        write_table(&mut page, subject.title, subject.settings.iter(), true);
    }
    write_table(&mut page, "Only while the node runs", broker::DYNAMIC_ONLY.iter(), true);
    write_table(&mut page, "A topic's own settings", topic::SETTINGS.iter(), false);
    write_table(&mut page, "A group's own settings", group::SETTINGS.iter(), false);
    write_table(&mut page, "A client-metrics subscription", client_metrics::SETTINGS.iter(), false);
    let quotas = client_metrics::USER_QUOTAS.iter().chain(client_metrics::ADDRESS_QUOTAS);
    write_table(&mut page, "Quotas and credentials of users, client ids and addresses", quotas, false);
    page
}

fn write_deviations(page: &mut String) {
    page.push_str(
        "## Where Ottla differs from Apache Kafka\n\n\
         - The topics `__consumer_offsets` and `__transaction_state` get no more replicas than the cluster has \
         brokers, unless their number is set: with Apache Kafka's default of three, a node alone could not have \
         them.\n\
         - A node alone needs neither `controller.quorum.bootstrap.servers` nor `controller.quorum.voters`.\n\
         - Memory for requests in flight is always bounded: where `queued.max.request.bytes` is not positive, by \
         `ottla.request.memory.bytes`.\n\
         - `listeners` and `listener.security.protocol.map` change only with a restart so far.\n\
         - A floating-point number is not read in hexadecimal, and `NaN` is never within a range.\n",
    );
    for setting in broker::settings() {
        if let Some(deviation) = setting.deviation {
            let default = shown_default(setting);
            let _ = writeln!(
                page,
                "- `{}` is {default} where Apache Kafka has {}: {}.",
                setting.key, deviation.kafka, deviation.reason
            );
        }
    }
    page.push('\n');
}

fn write_table<'a>(
    page: &mut String,
    title: &str,
    settings: impl Iterator<Item = &'a Setting>,
    of_broker: bool,
) {
    let middle = if of_broker { ("Changes", "---") } else { ("From the broker", "---") };
    let _ = writeln!(page, "## {title}\n");
    let _ = writeln!(page, "| Setting | Type | Default | Allowed | {} | What it does |", middle.0);
    let _ = writeln!(page, "|---|---|---|---|{}|---|", middle.1);
    for setting in settings.filter(|setting| !setting.is_internal) {
        let key = match setting.importance {
            Importance::High if of_broker => format!("**`{}`**", setting.key),
            _ => format!("`{}`", setting.key),
        };
        let place = if of_broker { changes(setting.dynamic).to_owned() } else { fallback(setting) };
        let cells = [
            key,
            setting.kind.name().to_owned(),
            shown_default(setting),
            allowed(setting),
            place,
            text(setting),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
    page.push('\n');
}

const fn changes(dynamic: Dynamic) -> &'static str {
    match dynamic {
        Dynamic::ReadOnly => "restart",
        Dynamic::PerBroker => "broker",
        Dynamic::ClusterWide => "cluster",
    }
}

fn fallback(setting: &Setting) -> String {
    let keys: Vec<String> = setting.broker_keys.iter().map(|key| format!("`{key}`")).collect();
    keys.join(", ")
}

fn shown_default(setting: &Setting) -> String {
    match (setting.default, setting.default_value()) {
        (Default::Text(""), _) => "empty".to_owned(),
        (Default::Whole(i64::MAX), _) => "no limit".to_owned(),
        (Default::Whole(number), _) if setting.kind == Kind::Int && number == i64::from(i32::MAX) => {
            "no limit".to_owned()
        }
        (Default::Real(f64::MAX), _) => "no limit".to_owned(),
        (_, Some(value)) => format!("`{value}`"),
        (_, None) => "unset".to_owned(),
    }
}

fn allowed(setting: &Setting) -> String {
    match setting.rule {
        Rule::Any | Rule::Items { of: [], may_be_empty: true } => String::new(),
        rule => expected(&rule),
    }
}

fn text(setting: &Setting) -> String {
    match setting.status {
        Status::Active => setting.doc.to_owned(),
        Status::Moot(reason) => format!("{} *No effect: {reason}.*", setting.doc),
        Status::NotYet(function) => format!("{} *Not there yet: {function}.*", setting.doc),
        Status::Refused(function) => {
            format!("{} *Not there yet: {function}. A node that asks for it does not start.*", setting.doc)
        }
    }
}
