//! Changes of settings are taken and refused as Apache Kafka 4.3.1 takes and refuses them, with its error codes.

use ottla_config::{
    AlterError, Altered, BrokerScope, Change, EffectiveConfig, Inputs, Operation, Texts, replacement,
};
use ottla_types::ErrorCode;

/// What a broker answered to IncrementalAlterConfigs, one request a line: resource type, resource, operations with
/// `|` between them, error code.
const KAFKA: &str = include_str!("data/kafka-4.3.1-alter.tsv");

const FILE: &str = "node.id=1\nlisteners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093\n\
                    controller.listener.names=CONTROLLER\nlog.dirs=/data\nlog.roll.hours=100\n\
                    listener.name.plaintext.max.connections=500\n";

/// Where Ottla decides otherwise, and why.
const DEVIATIONS: &[(&str, &str)] = &[
    ("SET min.cleanable.dirty.ratio NaN", "not a number is no ratio"),
    ("SET min.cleanable.dirty.ratio 0x1p-1", "hexadecimal floating point is not read"),
    ("SET listener.security.protocol.map PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT", "takes a restart so far"),
    ("SET min.insync.replicas 2", "refused by the controller where eligible leader replicas are on"),
    ("DELETE min.insync.replicas", "refused by the controller where eligible leader replicas are on"),
];

fn texts(pairs: &[(&str, &str)]) -> Texts {
    pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

fn effective() -> EffectiveConfig {
    let inputs = Inputs { file: Some(("f", FILE.as_bytes())), ..Inputs::default() };
    let statics = inputs.resolve().expect("it starts").settings;
    EffectiveConfig::new(statics, &Texts::new(), &Texts::new()).0
}

fn change(text: &str) -> Change<'_> {
    let mut parts = text.splitn(3, ' ');
    let operation = match parts.next() {
        Some("SET") => Operation::Set,
        Some("DELETE") => Operation::Delete,
        Some("APPEND") => Operation::Append,
        Some("SUBTRACT") => Operation::Subtract,
        other => panic!("{other:?}"),
    };
    Change { operation, key: parts.next().expect("there is a key"), value: parts.next() }
}

fn alter(resource: &str, name: &str, changes: &[Change<'_>]) -> Result<Altered, AlterError> {
    let effective = effective();
    match (resource, name) {
        ("broker", "") => effective.alter_broker(BrokerScope::All, changes),
        ("broker", _) => effective.alter_broker(BrokerScope::This, changes),
        ("topic", "own") => effective.alter_topic(
            &texts(&[("retention.ms", "100000"), ("cleanup.policy", "compact,delete")]),
            changes,
        ),
        ("topic", _) => effective.alter_topic(&Texts::new(), changes),
        ("group", name) => effective.alter_group(name, &Texts::new(), changes),
        (_, name) => effective.alter_client_metrics(name, &Texts::new(), changes),
    }
}

#[test]
fn every_request_gets_kafkas_error_code() {
    for line in KAFKA.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [resource, name, operations, code] = fields[..] else { panic!("{line}") };
        // A topic's name is the controller's to check.
        if DEVIATIONS.iter().any(|(deviation, _)| *deviation == operations)
            || (resource, name) == ("topic", "")
        {
            continue;
        }
        let changes: Vec<Change<'_>> = operations.split('|').map(change).collect();
        let found = alter(resource, name, &changes);
        let found_code = found.as_ref().map_or_else(|error| error.code, |_| ErrorCode::None);
        assert_eq!((found_code as i16).to_string(), code, "{line}: {found:?}");
        if let Err(error) = found {
            let key = changes[0].key;
            let is_named =
                error.message.contains(key) || changes.iter().any(|it| error.message.contains(it.key));
            assert!(is_named || name.is_empty(), "{line}: {error}");
        }
    }
}

/// One change of a topic that has `own`: the settings afterwards, or the error.
fn check_topic(own: &[(&str, &str)], operations: &[&str], expected: &str) {
    let changes: Vec<Change<'_>> = operations.iter().map(|text| change(text)).collect();
    let found = match effective().alter_topic(&texts(own), &changes) {
        Ok(altered) => {
            let changes = altered.changes.iter().map(|(key, text)| match text {
                Some(text) => format!("{key}={text}"),
                None => format!("-{key}"),
            });
            changes.collect::<Vec<_>>().join(" ")
        }
        Err(error) => error.to_string(),
    };
    assert_eq!(found, expected);
}

#[test]
fn only_what_changes_is_logged_for_a_topic() {
    check_topic(&[], &["SET retention.ms 5"], "retention.ms=5");
    check_topic(&[("retention.ms", "5")], &["SET retention.ms 5"], "");
    check_topic(&[("retention.ms", "5")], &["DELETE retention.ms"], "-retention.ms");
    check_topic(&[], &["DELETE retention.ms"], "");
    check_topic(&[], &["APPEND cleanup.policy compact"], "cleanup.policy=delete,compact");
    check_topic(
        &[("cleanup.policy", "compact,delete")],
        &["SUBTRACT cleanup.policy delete"],
        "cleanup.policy=compact",
    );
    check_topic(&[], &["SUBTRACT cleanup.policy delete"], "cleanup.policy=");
}

#[test]
fn refusals_say_what_is_wrong_and_what_is_right() {
    check_topic(
        &[],
        &["SET retention.msx 5"],
        "retention.msx is not a setting of topics; did you mean retention.ms?",
    );
    check_topic(&[], &["SET segment.bytes 5"], "segment.bytes=5: it must be at least 1048576");
    check_topic(
        &[],
        &["APPEND retention.ms 5"],
        "nothing can be added to retention.ms, which is not a list; set it instead",
    );
    check_topic(
        &[],
        &["SET retention.ms 1", "SET retention.ms 2"],
        "retention.ms is there twice; each key may be changed once",
    );
    check_topic(
        &[],
        &["SET retention.ms"],
        "these have no value: retention.ms; delete them, or give them one",
    );
    let long = format!("SET cleanup.policy {}", "x".repeat(40_000));
    check_topic(&[], &[&long], "cleanup.policy: a value may have 32767 characters at most");
    let broker = |text: &str| alter("broker", "1", &[change(text)]).expect_err(text).to_string();
    assert_eq!(broker("SET num.partitions 3"), "only a restart changes these settings: num.partitions");
    assert_eq!(
        broker("SET background.threads 99"),
        "background.threads=99: it may at most halve or double in one step, from 10"
    );
    assert_eq!(
        broker("SET listener.name.x.max.connections y"),
        "listener.name.x.max.connections=y: it must be a whole number from -2147483648 to 2147483647"
    );
    let group = |text: &str| alter("group", "g", &[change(text)]).expect_err(text).to_string();
    assert_eq!(
        group("SET consumer.session.timeout.ms 1"),
        "consumer.session.timeout.ms=1: the broker allows at least 45000 and at most 60000"
    );
}

#[test]
fn a_broker_logs_a_change_that_changes_nothing() {
    let altered = alter("broker", "", &[change("DELETE max.connections")]).expect("it is allowed");
    assert_eq!(altered.changes, [("max.connections".to_owned(), None)]);
}

#[test]
fn what_does_not_exist_yet_is_taken_with_a_warning_or_refused() {
    let altered = alter("topic", "t", &[change("SET cleanup.policy compact")]).expect("it is allowed");
    assert_eq!(altered.warnings, ["not there yet: log compaction; nothing is compacted so far"]);
    let altered = alter("broker", "1", &[change("SET ssl.client.auth required")]).expect("it is allowed");
    assert_eq!(altered.warnings, ["not there yet: TLS; without effect: ssl.client.auth"]);
    let error = alter("broker", "1", &[change("SET config.providers file")]).expect_err("it is refused");
    assert!(error.message.starts_with("config.providers=file: Ottla does not have"), "{error}");
}

#[test]
fn alter_configs_replaces_everything() {
    let current = texts(&[("retention.ms", "5"), ("segment.ms", "6")]);
    let changes = replacement(&current, &[("retention.ms", Some("7")), ("flush.ms", Some("8"))]);
    let altered = effective().alter_topic(&current, &changes).expect("it is right");
    assert_eq!(altered.texts, texts(&[("retention.ms", "7"), ("flush.ms", "8")]));
}

#[test]
fn random_changes_never_panic() {
    let keys: Vec<&str> = ottla_config::broker::settings()
        .chain(ottla_config::topic::SETTINGS)
        .chain(ottla_config::group::SETTINGS)
        .chain(ottla_config::client_metrics::SETTINGS)
        .map(|setting| setting.key)
        .collect();
    let values =
        ["", "-1", "0", "9223372036854775807", "true", "a,b", "a:1", "*", "x=(", "compact", "🦦", "PT1H"];
    let codes = [0, 1, 2, 3];
    for seed in 0..400u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        let changes: Vec<Change<'_>> = (0..1 + next(3))
            .map(|_| Change {
                key: keys[next(keys.len())],
                operation: Operation::from_code(codes[next(4)]).expect("there are four"),
                value: (next(5) > 0).then(|| values[next(values.len())]),
            })
            .collect();
        for resource in ["broker", "topic", "group", "client_metrics"] {
            let _ = alter(resource, ["", "x"][next(2)], &changes);
        }
    }
}
