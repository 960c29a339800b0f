//! DescribeConfigs shows what Apache Kafka 4.3.1 shows: started with the same file, given the same settings.

use std::collections::BTreeMap;

use ottla_config::{Described, EffectiveConfig, Inputs, Texts, broker};

/// What a broker answered, before (`static`) and after (`dynamic`) settings were changed, one entry a line: round,
/// resource type, resource, key, value (`\0` is null), source, type, flags, and each synonym as `name=source=value`.
const KAFKA: &str = include_str!("data/kafka-4.3.1-describe.tsv");

const FILE: &str = "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.bootstrap.servers=127.0.0.1:9093\n\
                    listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093\n\
                    controller.listener.names=CONTROLLER\nlog.dirs=/data\noffsets.topic.replication.factor=1\n\
                    log.roll.hours=100\nssl.key.password=secret\nmy.plugin.setting=7\n\
                    listener.name.plaintext.max.connections=500\n";

fn texts(pairs: &[(&str, &str)]) -> Texts {
    pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

fn effective(cluster: &[(&str, &str)], broker: &[(&str, &str)]) -> EffectiveConfig {
    let inputs = Inputs { file: Some(("f", FILE.as_bytes())), ..Inputs::default() };
    let statics = inputs.resolve().expect("it starts").settings;
    let (effective, problems) = EffectiveConfig::new(statics, &texts(cluster), &texts(broker));
    assert_eq!(problems, []);
    effective
}

fn line(entry: &Described) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "\\0".to_owned());
    let flags = [("sensitive", entry.is_sensitive), ("read-only", entry.is_read_only)];
    let flags: Vec<&str> = flags.into_iter().filter(|flag| flag.1).map(|flag| flag.0).collect();
    let mut fields = vec![
        entry.name.clone(),
        shown(&entry.value),
        entry.source.code().to_string(),
        entry.type_code.to_string(),
        flags.join(" "),
    ];
    let synonyms = entry.synonyms.iter();
    fields.extend(synonyms.map(|it| format!("{}={}={}", it.name, it.source.code(), shown(&it.value))));
    fields.join("\t")
}

fn check(round: &str, resource: &str, name: &str, entries: &[Described]) {
    let prefix = format!("{round}\t{resource}\t{name}\t");
    let kafkas: BTreeMap<&str, &str> = KAFKA
        .lines()
        .filter_map(|line| line.strip_prefix(&prefix))
        .map(|line| (line.split('\t').next().expect("there is a key"), line))
        .collect();
    let mut seen = 0;
    for entry in entries.iter().filter(|entry| !entry.name.starts_with("ottla.")) {
        let Some(kafkas) = kafkas.get(entry.name.as_str()) else {
            panic!("Kafka does not list {}", entry.name)
        };
        seen += 1;
        let mut entry = entry.clone();
        if resource == "broker"
            && broker::find(&entry.name).is_some_and(|setting| setting.deviation.is_some())
        {
            compare_deviation(&mut entry, kafkas);
        }
        assert_eq!(line(&entry), **kafkas, "left is ours");
    }
    assert_eq!(seen, kafkas.len(), "{prefix}: each of Kafka's entries is there");
}

/// Takes out what differs because the default does: the default's own synonym, and a value that is the default.
fn compare_deviation(entry: &mut Described, kafkas: &str) {
    let fields: Vec<&str> = kafkas.split('\t').collect();
    let is_default = |source: i8| source == ottla_config::ConfigSource::Default.code();
    let default = fields[5..].iter().find_map(|field| field.strip_prefix(&format!("{}=5=", entry.name)));
    if is_default(entry.source.code()) {
        entry.value = Some(fields[1].to_owned());
    }
    match default {
        Some(default) => {
            for synonym in entry.synonyms.iter_mut().filter(|it| is_default(it.source.code())) {
                synonym.value = Some(default.to_owned());
            }
        }
        None => entry.synonyms.retain(|it| !is_default(it.source.code())),
    }
}

#[test]
fn an_untouched_node_is_described_as_kafka_describes_one() {
    // Kafka's own format step wrote this one.
    let effective = effective(&[("min.insync.replicas", "1")], &[]);
    check("static", "broker", "1", &effective.describe_broker(&[]));
    check("static", "broker", "", &effective.describe_all_brokers(&[]));
    check("static", "topic", "plain", &effective.describe_topic(&Texts::new(), &[]));
    check("static", "group", "g", &effective.describe_group(&Texts::new(), &[]));
    check("static", "client_metrics", "cm", &effective.describe_client_metrics(&Texts::new(), &[]));
    let own = [
        ("retention.ms", "100000"),
        ("cleanup.policy", "compact,delete"),
        ("min.cleanable.dirty.ratio", "0.25"),
    ];
    check("static", "topic", "own", &effective.describe_topic(&texts(&own), &[]));
}

#[test]
fn changed_settings_are_described_as_kafka_describes_them() {
    let effective = effective(
        &[
            ("min.insync.replicas", "1"),
            ("log.roll.ms", "5000"),
            ("log.retention.ms", "1000000"),
            ("max.connections", "1000"),
            ("log.cleaner.threads", "2"),
        ],
        &[
            ("max.connections", "900"),
            ("message.max.bytes", "2000000"),
            ("listener.name.plaintext.ssl.keystore.type", "PEM"),
            ("other.plugin.setting", "5"),
            ("leader.replication.throttled.rate", "10000"),
            ("log.cleanup.policy", "compact"),
        ],
    );
    check("dynamic", "broker", "1", &effective.describe_broker(&[]));
    check("dynamic", "broker", "", &effective.describe_all_brokers(&[]));
    check("dynamic", "topic", "plain", &effective.describe_topic(&Texts::new(), &[]));
    let own = texts(&[
        ("retention.ms", "100000"),
        ("cleanup.policy", "compact,delete"),
        ("min.cleanable.dirty.ratio", "0.25"),
        ("leader.replication.throttled.replicas", "0:1"),
        ("segment.ms", "7000"),
    ]);
    check("dynamic", "topic", "own", &effective.describe_topic(&own, &[]));
    let own = texts(&[("consumer.session.timeout.ms", "50000"), ("share.isolation.level", "read_committed")]);
    check("dynamic", "group", "g", &effective.describe_group(&own, &[]));
    let own = texts(&[("interval.ms", "1000"), ("match", "client_id=abc")]);
    check("dynamic", "client_metrics", "cm", &effective.describe_client_metrics(&own, &[]));
}

#[test]
fn only_what_is_asked_for_is_described() {
    let effective = effective(&[], &[]);
    let found = effective.describe_broker(&["num.partitions", "nothing", "log.dirs"]);
    let names: Vec<&str> = found.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["log.dirs", "num.partitions"]);
    assert!(found[1].documentation.is_some_and(|text| text.starts_with("Partitions")));
    assert_eq!(effective.describe_topic(&Texts::new(), &["segment.ms"]).len(), 1);
}

#[test]
fn what_is_not_known_is_listed_but_not_shown() {
    let effective = effective(&[], &[]);
    let own = texts(&[("internal.segment.bytes", "5000"), ("secret", "x")]);
    let found = effective.describe_topic(&own, &["internal.segment.bytes", "secret"]);
    let lines: Vec<String> = found.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "internal.segment.bytes\t5000\t1\t3\t\tinternal.segment.bytes=1=5000",
            "secret\t\\0\t1\t0\tsensitive\tsecret=1=\\0"
        ]
    );
}
