//! DescribeConfigs, AlterConfigs and IncrementalAlterConfigs.

use ottla_protocol::messages::alter_configs::{
    AlterConfigsRequest, AlterConfigsResource as Replaced, AlterableConfig as Replacement,
};
use ottla_protocol::messages::describe_configs::{DescribeConfigsRequest, DescribeConfigsResource};
use ottla_protocol::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};

use crate::{Case, case};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const LOGGER: i8 = 8;
const METRICS: i8 = 16;
const GROUP: i8 = 32;

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

/// A setting, an operation and a value.
type Change<'a> = (&'a str, i8, Option<&'a str>);

fn change(kind: i8, name: &str, changes: &[Change<'_>]) -> AlterConfigsResource {
    let config = |&(name, config_operation, value): &Change<'_>| AlterableConfig {
        name: name.into(),
        config_operation,
        value: value.map(Into::into),
        ..AlterableConfig::default()
    };
    AlterConfigsResource {
        resource_type: kind,
        resource_name: name.into(),
        configs: changes.iter().map(config).collect(),
        ..AlterConfigsResource::default()
    }
}

fn alter(resources: Vec<AlterConfigsResource>) -> IncrementalAlterConfigsRequest {
    IncrementalAlterConfigsRequest { resources, ..IncrementalAlterConfigsRequest::default() }
}

fn replaced(kind: i8, name: &str, configs: &[(&str, Option<&str>)]) -> Replaced {
    let config = |(name, value): &(&str, Option<&str>)| Replacement {
        name: (*name).into(),
        value: value.map(Into::into),
        ..Replacement::default()
    };
    Replaced {
        resource_type: kind,
        resource_name: name.into(),
        configs: configs.iter().map(config).collect(),
        ..Replaced::default()
    }
}

fn replace(resources: Vec<Replaced>) -> AlterConfigsRequest {
    AlterConfigsRequest { resources, ..AlterConfigsRequest::default() }
}

fn describe(resources: &[(i8, &str, Option<&[&str]>)]) -> DescribeConfigsRequest {
    let resource = |(kind, name, keys): &(i8, &str, Option<&[&str]>)| DescribeConfigsResource {
        resource_type: *kind,
        resource_name: (*name).into(),
        configuration_keys: keys.map(|keys| keys.iter().map(|key| (*key).into()).collect()),
        ..DescribeConfigsResource::default()
    };
    DescribeConfigsRequest {
        resources: resources.iter().map(resource).collect(),
        include_synonyms: true,
        ..DescribeConfigsRequest::default()
    }
}

pub(crate) fn all() -> Vec<Case> {
    let mut cases = descriptions();
    cases.extend(topic_changes());
    cases.extend(broker_changes());
    cases.extend(other_changes());
    cases.extend(malformed());
    cases.extend(replacements());
    cases
}

fn descriptions() -> Vec<Case> {
    let mut cases = vec![];
    for version in 1..=4 {
        let everything = [(TOPIC, "compacted-7", None), (BROKER, "1", None), (BROKER, "", None)];
        let plain = DescribeConfigsRequest { include_synonyms: false, ..describe(&everything) };
        cases.push(case("everything without synonyms", version, plain));
        let request = describe(&[(GROUP, "g", None), (METRICS, "m", None)]);
        let documented = DescribeConfigsRequest { include_documentation: version >= 3, ..request };
        cases.push(case("a group and a subscription", version, documented));
    }
    cases.push(case("a topic", 4, describe(&[(TOPIC, "compacted-7", None)])));
    cases.push(case("this broker", 4, describe(&[(BROKER, "1", None)])));
    let keys: &[&str] = &["retention.ms", "nonsense", "cleanup.policy"];
    let some = [(TOPIC, "plain-7", Some(keys)), (BROKER, "1", Some(&["log.retention.ms"]))];
    cases.push(case("some settings", 4, describe(&some)));
    cases.push(case("no setting", 4, describe(&[(TOPIC, "plain-7", Some(&[]))])));
    let wrong = [
        (TOPIC, "nowhere", None),
        (TOPIC, "", None),
        (TOPIC, "a b", None),
        (BROKER, "2", None),
        (BROKER, "x", None),
        (LOGGER, "", None),
        (LOGGER, "2", None),
        (LOGGER, "x", None),
        (METRICS, "", None),
        (GROUP, "", None),
    ];
    cases.push(case("what cannot be", 4, describe(&wrong)));
    cases.push(case("loggers of this broker", 4, describe(&[(LOGGER, "1", None)])));
    cases.push(case("a kind that is not known", 4, describe(&[(3, "x", None), (TOPIC, "plain-7", None)])));
    cases.push(case("nothing", 4, describe(&[])));
    cases
}

fn topic_changes() -> Vec<Case> {
    let mut cases = vec![];
    for version in 0..=1 {
        let changes: &[Change<'_>] =
            &[("retention.ms", SET, Some("5000")), ("cleanup.policy", APPEND, Some("compact"))];
        cases.push(case("set and append", version, alter(vec![change(TOPIC, "plain-7", changes)])));
        let changes: &[Change<'_>] =
            &[("retention.ms", DELETE, None), ("cleanup.policy", SUBTRACT, Some("delete"))];
        cases.push(case("delete and subtract", version, alter(vec![change(TOPIC, "plain-7", changes)])));
    }
    cases.push(case("a changed topic", 4, describe(&[(TOPIC, "plain-7", None)])));
    let wrong: &[(&str, Change<'_>)] = &[
        ("plain-2", ("retention.mss", SET, Some("1"))),
        ("plain-3", ("retention.ms", SET, Some("soon"))),
        ("plain-4", ("retention.ms", APPEND, Some("1"))),
        ("plain-5", ("retention.ms", SUBTRACT, Some("1"))),
        ("plain-6", ("max.compaction.lag.ms", SET, Some("0"))),
        ("default-2", ("remote.storage.enable", SET, Some("true"))),
        ("default-3", ("retention.mss", DELETE, None)),
        ("default-4", ("cleanup.policy", SUBTRACT, Some("delete"))),
        ("default-5", ("cleanup.policy", APPEND, Some("shred"))),
        ("default-6", ("cleanup.policy", APPEND, Some("delete"))),
        ("default-7", ("retention.mss", APPEND, Some("1"))),
        ("nowhere", ("retention.ms", SET, Some("1"))),
        ("nowhere-2", ("retention.ms", SET, Some("soon"))),
        ("", ("retention.ms", SET, Some("1"))),
        ("a b", ("retention.ms", SET, Some("1"))),
    ];
    let wrong = wrong.iter().map(|(name, one)| change(TOPIC, name, &[*one])).collect();
    cases.push(case("what topics cannot be", 1, alter(wrong)));
    let validated = IncrementalAlterConfigsRequest {
        validate_only: true,
        ..alter(vec![change(TOPIC, "plain-6", &[("retention.ms", SET, Some("1"))])])
    };
    cases.push(case("only validated", 1, validated));
    cases.push(case(
        "a topic that was only validated",
        4,
        describe(&[(TOPIC, "plain-6", Some(&["retention.ms"]))]),
    ));
    cases.push(case("no change", 1, alter(vec![change(TOPIC, "plain-7", &[])])));
    let replicas = |range: std::ops::Range<u32>| {
        range.map(|partition| format!("{partition}:1")).collect::<Vec<_>>().join(",")
    };
    let key = "leader.replication.throttled.replicas";
    for (about, operation, range) in
        [("a long value", SET, 0..4500), ("a value too long", APPEND, 4500..4800)]
    {
        let change = change(TOPIC, "plain-6", &[(key, operation, Some(&replicas(range)))]);
        cases.push(case(about, 1, alter(vec![change])));
    }
    cases
}

fn broker_changes() -> Vec<Case> {
    let mut cases = vec![];
    let all: &[Change<'_>] =
        &[("log.retention.ms", SET, Some("7000")), ("message.max.bytes", SET, Some("800000"))];
    let own: &[Change<'_>] =
        &[("message.max.bytes", SET, Some("700000")), ("log.cleanup.policy", APPEND, Some("compact"))];
    cases.push(case(
        "all brokers and one",
        1,
        alter(vec![change(BROKER, "", all), change(BROKER, "1", own)]),
    ));
    let keys: &[&str] = &[
        "log.retention.ms",
        "log.retention.hours",
        "message.max.bytes",
        "log.cleanup.policy",
        "log.roll.ms",
    ];
    let topic_keys: &[&str] = &["retention.ms", "max.message.bytes", "cleanup.policy", "segment.ms"];
    let changed = [(BROKER, "", None), (BROKER, "1", Some(keys)), (TOPIC, "default-7", Some(topic_keys))];
    cases.push(case("changed brokers", 4, describe(&changed)));
    let wrong: &[(&str, Change<'_>)] = &[
        ("a setting of no broker", ("nonsense", SET, Some("1"))),
        ("a setting that only a restart changes", ("log.dirs", SET, Some("/tmp"))),
        ("a wrong value", ("log.retention.ms", SET, Some("soon"))),
        ("a value out of range", ("log.cleaner.threads", SET, Some("-1"))),
        ("threads out of step", ("num.io.threads", SET, Some("100"))),
        ("a list that is none", ("log.retention.ms", APPEND, Some("1"))),
        ("an unknown list", ("nonsense", APPEND, Some("1"))),
        ("a password", ("ssl.keystore.password", SET, Some("secret"))),
        ("a wrong word", ("log.cleanup.policy", SET, Some("shred"))),
        ("a deletion of what is not there", ("log.flush.interval.ms", DELETE, None)),
    ];
    for (about, one) in wrong {
        for (whose, name) in [("all brokers", ""), ("one broker", "1")] {
            cases.push(case(&format!("{about} for {whose}"), 1, alter(vec![change(BROKER, name, &[*one])])));
        }
    }
    let others = ["2", "x", "-1"].map(|name| change(BROKER, name, &[("log.retention.ms", SET, Some("1"))]));
    cases.push(case("other brokers", 1, alter(others.into())));
    let back: &[Change<'_>] = &[("log.retention.ms", DELETE, None), ("message.max.bytes", DELETE, None)];
    let own: &[Change<'_>] = &[("message.max.bytes", DELETE, None), ("log.cleanup.policy", DELETE, None)];
    cases.push(case("back again", 1, alter(vec![change(BROKER, "", back), change(BROKER, "1", own)])));
    cases.push(case("brokers that are back", 4, describe(&[(BROKER, "", None), (BROKER, "1", Some(keys))])));
    cases
}

fn other_changes() -> Vec<Case> {
    let mut cases = vec![];
    let group: &[Change<'_>] = &[("consumer.session.timeout.ms", SET, Some("50000"))];
    let metrics: &[Change<'_>] = &[("interval.ms", SET, Some("1000")), ("metrics", SET, Some("*"))];
    cases.push(case(
        "a group and a subscription",
        1,
        alter(vec![change(GROUP, "g", group), change(METRICS, "m", metrics)]),
    ));
    cases.push(case(
        "a changed group and subscription",
        4,
        describe(&[(GROUP, "g", None), (METRICS, "m", None)]),
    ));
    let wrong: &[(i8, &str, Change<'_>)] = &[
        (GROUP, "a", ("nonsense", SET, Some("1"))),
        (GROUP, "b", ("consumer.session.timeout.ms", SET, Some("1"))),
        (GROUP, "c", ("consumer.session.timeout.ms", SET, Some("soon"))),
        (GROUP, "d", ("consumer.session.timeout.ms", APPEND, Some("1"))),
        (GROUP, "", ("consumer.session.timeout.ms", SET, Some("50000"))),
        (METRICS, "a", ("nonsense", SET, Some("1"))),
        (METRICS, "b", ("interval.ms", SET, Some("1"))),
        (METRICS, "c", ("interval.ms", SET, Some("soon"))),
        (METRICS, "d", ("match", SET, Some("nonsense"))),
        (METRICS, "e", ("metrics", APPEND, Some("x"))),
        (METRICS, "", ("interval.ms", SET, Some("1000"))),
    ];
    let wrong = wrong.iter().map(|(kind, name, one)| change(*kind, name, &[*one])).collect();
    cases.push(case("what groups and subscriptions cannot be", 1, alter(wrong)));
    cases
}

fn malformed() -> Vec<Case> {
    let one: Change<'_> = ("retention.ms", SET, Some("1"));
    let null: Change<'_> = ("retention.ms", SET, None);
    vec![
        case("a setting twice", 1, alter(vec![change(TOPIC, "plain-7", &[one, one])])),
        case(
            "a resource twice",
            1,
            alter(vec![change(TOPIC, "plain-7", &[one]), change(TOPIC, "plain-7", &[])]),
        ),
        case("no value", 1, alter(vec![change(TOPIC, "plain-7", &[null]), change(BROKER, "1", &[null])])),
        case("kinds that are not known", 1, alter(vec![change(0, "x", &[one]), change(77, "x", &[one])])),
        case(
            "an operation on a broker that does not exist",
            1,
            alter(vec![change(BROKER, "1", &[("log.retention.ms", 9, Some("1"))])]),
        ),
        case("nothing", 1, alter(vec![])),
    ]
}

/// Apache Kafka's controller gives up its leadership over this, so it comes last.
pub(crate) fn no_operation() -> Case {
    let change = change(TOPIC, "compacted-7", &[("retention.ms", 9, Some("1"))]);
    case("an operation that does not exist", 1, alter(vec![change]))
}

fn replacements() -> Vec<Case> {
    let mut cases = vec![];
    for version in 0..=2 {
        let configs: &[(&str, Option<&str>)] =
            &[("retention.ms", Some("6000")), ("segment.ms", Some("70000"))];
        cases.push(case("a topic", version, replace(vec![replaced(TOPIC, "default-6", configs)])));
        let configs: &[(&str, Option<&str>)] = &[("retention.ms", Some("8000"))];
        cases.push(case("a topic anew", version, replace(vec![replaced(TOPIC, "default-6", configs)])));
        let validated =
            AlterConfigsRequest { validate_only: true, ..replace(vec![replaced(TOPIC, "default-6", &[])]) };
        cases.push(case("only validated", version, validated));
    }
    cases.push(case("a replaced topic", 4, describe(&[(TOPIC, "default-6", None)])));
    let all: &[(&str, Option<&str>)] = &[("log.retention.ms", Some("9000"))];
    cases.push(case("brokers", 2, replace(vec![replaced(BROKER, "", all), replaced(BROKER, "1", &[])])));
    cases.push(case("brokers anew", 2, replace(vec![replaced(BROKER, "", &[])])));
    cases.push(case("replaced brokers", 4, describe(&[(BROKER, "", None)])));
    let wrong = vec![
        replaced(TOPIC, "plain-2", &[("retention.mss", Some("1"))]),
        replaced(TOPIC, "plain-3", &[("retention.ms", None)]),
        replaced(TOPIC, "plain-4", &[("retention.ms", Some("1")), ("retention.ms", Some("2"))]),
        replaced(TOPIC, "plain-5", &[]),
        replaced(TOPIC, "nowhere", &[]),
        replaced(TOPIC, "", &[]),
        replaced(BROKER, "2", &[]),
        replaced(BROKER, "1", &[("log.dirs", Some("/tmp"))]),
        replaced(LOGGER, "1", &[("root", Some("INFO"))]),
        replaced(77, "x", &[]),
    ];
    cases.push(case("what cannot be", 2, replace(wrong)));
    cases.push(case("nothing", 2, replace(vec![])));
    cases
}
