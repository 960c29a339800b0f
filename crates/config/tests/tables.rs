//! Every row of the tables is what Apache Kafka 4.3.1 has: name, type, default, range, importance, dynamic or not.

use std::collections::BTreeMap;

use ottla_config::{Dynamic, Importance, Kind, Rule, Setting, broker, client_metrics, group, topic};

/// What `kafka.server.KafkaConfig`, `LogConfig` and their like define, one setting a line: table, key, type,
/// default, validator, importance, update mode, internal, and for lists whether they may be empty.
const KAFKA: &str = include_str!("data/kafka-4.3.1-settings.tsv");

#[derive(Debug, PartialEq)]
struct Row {
    kind: String,
    default: String,
    rule: String,
    importance: String,
    mode: String,
    is_internal: bool,
}

fn kafkas(table: &str) -> BTreeMap<String, Row> {
    let rows = KAFKA.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter(|fields| fields[0] == table)
        .map(|fields| {
            let rule =
                if fields[8] == "not empty" { format!("{} not empty", fields[4]) } else { fields[4].into() };
            let row = Row {
                kind: fields[2].to_lowercase(),
                default: fields[3].to_owned(),
                rule,
                importance: fields[5].to_lowercase(),
                mode: fields[6].to_owned(),
                is_internal: fields[7] == "true",
            };
            (fields[1].to_owned(), row)
        })
        .collect()
}

fn ours<'a>(settings: impl Iterator<Item = &'a Setting>, has_modes: bool) -> BTreeMap<String, Row> {
    settings
        .map(|setting| {
            let mode = match setting.dynamic {
                _ if !has_modes => "-",
                Dynamic::ReadOnly => "read-only",
                Dynamic::PerBroker => "per-broker",
                Dynamic::ClusterWide => "cluster-wide",
            };
            let row = Row {
                kind: setting.kind.name().to_owned(),
                default: setting.default_value().map_or("<null>".to_owned(), |value| value.to_string()),
                rule: kafkas_spelling(setting),
                importance: match setting.importance {
                    Importance::High => "high",
                    Importance::Medium => "medium",
                    Importance::Low => "low",
                }
                .to_owned(),
                mode: mode.to_owned(),
                is_internal: setting.is_internal,
            };
            (setting.key.to_owned(), row)
        })
        .collect()
}

fn kafkas_spelling(setting: &Setting) -> String {
    let open_end = setting.kind.bounds().map(|(_, max)| max);
    match setting.rule {
        Rule::Any => String::new(),
        Rule::Range { min, max } if Some(max) == open_end => format!("[{min},...]"),
        Rule::Range { min, max } => format!("[{min},...,{max}]"),
        Rule::RealRange { min, max } => format!("[{min},...,{max}]"),
        Rule::GzipLevel => "[1,...,9] or -1".to_owned(),
        Rule::OneOf(words) => format!("[{}]", words.join(", ")),
        Rule::OneOfAnyCase(words) => format!("(case insensitive) [{}]", words.join(", ")),
        Rule::NotEmpty => "non-empty string".to_owned(),
        Rule::Items { of, may_be_empty } => {
            let words = if of.is_empty() { String::new() } else { format!("[{}]", of.join(", ")) };
            if may_be_empty { words } else { format!("{words} not empty") }
        }
        Rule::ThrottledReplicas => "[partitionId]:[brokerId],[partitionId]:[brokerId],...".to_owned(),
        Rule::OffsetReset => "[latest, earliest, by_duration:PnDTnHnMn.nS]".to_owned(),
        Rule::Voters | Rule::Addresses => "non-empty list".to_owned(),
    }
}

fn check(ours: BTreeMap<String, Row>, mut kafkas: BTreeMap<String, Row>) {
    for (key, row) in ours {
        let kafkas = kafkas.remove(&key).unwrap_or_else(|| panic!("Kafka does not know {key}"));
        assert_eq!(row, kafkas, "{key}: left is ours");
    }
    assert!(kafkas.is_empty(), "these are missing: {:?}", kafkas.keys());
}

#[test]
fn broker_settings_are_kafkas() {
    let mut kafkas = kafkas("broker");
    for setting in broker::settings() {
        let Some(row) = kafkas.get_mut(setting.key) else { continue };
        if setting.key == "authorizer.class.name" {
            // "Non-null string": no text is null.
            row.rule.clear();
        }
        if let Some(deviation) = setting.deviation {
            let no_default = row.default == "<required>" && deviation.kafka == "no default";
            assert!(
                no_default || row.default == deviation.kafka,
                "{}: Kafka has {}",
                setting.key,
                row.default
            );
            row.default = setting.default_value().expect("it has one").to_string();
        }
    }
    check(ours(broker::settings().filter(|setting| !setting.key.starts_with("ottla.")), true), kafkas);
    check(ours(broker::DYNAMIC_ONLY.iter(), true), self::kafkas("brokerquota"));
}

#[test]
fn other_settings_are_kafkas() {
    check(ours(topic::SETTINGS.iter(), false), kafkas("topic"));
    check(ours(group::SETTINGS.iter(), false), kafkas("group"));
    check(ours(client_metrics::SETTINGS.iter(), false), kafkas("clientmetrics"));
    check(ours(client_metrics::USER_QUOTAS.iter(), false), kafkas("userquota"));
    check(ours(client_metrics::ADDRESS_QUOTAS.iter(), false), kafkas("ipquota"));
}

#[test]
fn every_default_obeys_its_own_rule() {
    let all = broker::settings().chain(broker::DYNAMIC_ONLY).chain(topic::SETTINGS).chain(group::SETTINGS);
    for setting in all.filter(|setting| setting.key != "controller.listener.names") {
        if let Some(value) = setting.default_value() {
            assert_eq!(setting.parse(&value.to_string()), Ok(value), "{}", setting.key);
        }
    }
}

#[test]
fn every_setting_is_described_in_sentences() {
    let all = broker::settings().chain(broker::DYNAMIC_ONLY).chain(topic::SETTINGS).chain(group::SETTINGS);
    for setting in all {
        assert!(
            setting.doc.ends_with('.') && !setting.doc.contains("  "),
            "{}: {}",
            setting.key,
            setting.doc
        );
        let first = setting.doc.chars().next().expect("it is not empty");
        assert!(!first.is_lowercase(), "{}: {}", setting.key, setting.doc);
    }
}

#[test]
fn no_broker_key_is_there_twice() {
    let mut seen = BTreeMap::new();
    for setting in broker::settings() {
        assert_eq!(seen.insert(setting.key, setting.kind), None, "{}", setting.key);
    }
    for setting in topic::SETTINGS.iter().chain(group::SETTINGS) {
        for key in setting.broker_keys {
            let kind = seen.get(key).unwrap_or_else(|| panic!("{} falls back to {key}", setting.key));
            let is_number = |kind: Kind| kind.bounds().is_some();
            assert!(*kind == setting.kind || is_number(*kind) && is_number(setting.kind), "{key}");
        }
    }
}
