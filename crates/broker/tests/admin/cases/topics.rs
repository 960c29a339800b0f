//! CreateTopics, CreatePartitions and DeleteTopics.

use ottla_protocol::messages::create_partitions::{
    CreatePartitionsAssignment, CreatePartitionsRequest, CreatePartitionsTopic,
};
use ottla_protocol::messages::create_topics::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use ottla_protocol::messages::delete_topics::{DeleteTopicState, DeleteTopicsRequest};
use ottla_types::Uuid;

use crate::{Case, Ids, case, case_with_ids};

fn topic(name: &str, partitions: i32, replicas: i16) -> CreatableTopic {
    CreatableTopic {
        name: name.into(),
        num_partitions: partitions,
        replication_factor: replicas,
        ..CreatableTopic::default()
    }
}

fn with_configs(name: &str, configs: &[(&str, Option<&str>)]) -> CreatableTopic {
    let config = |(name, value): &(&str, Option<&str>)| CreatableTopicConfig {
        name: (*name).into(),
        value: value.map(Into::into),
        ..CreatableTopicConfig::default()
    };
    CreatableTopic { configs: configs.iter().map(config).collect(), ..topic(name, 1, 1) }
}

fn assigned(name: &str, assignments: &[(i32, &[i32])]) -> CreatableTopic {
    let assignment = |(partition_index, broker_ids): &(i32, &[i32])| CreatableReplicaAssignment {
        partition_index: *partition_index,
        broker_ids: broker_ids.to_vec(),
        ..CreatableReplicaAssignment::default()
    };
    CreatableTopic { assignments: assignments.iter().map(assignment).collect(), ..topic(name, -1, -1) }
}

fn create(topics: Vec<CreatableTopic>) -> CreateTopicsRequest {
    CreateTopicsRequest { topics, timeout_ms: 10_000, ..CreateTopicsRequest::default() }
}

pub(crate) fn creations() -> Vec<Case> {
    let mut cases = vec![];
    for version in 2..=7 {
        let name = |what: &str| format!("{what}-{version}");
        let compacted = [("cleanup.policy", Some("compact")), ("retention.ms", Some("1000"))];
        cases.push(case(
            "new topics",
            version,
            create(vec![
                topic(&name("plain"), 2, 1),
                topic(&name("default"), -1, -1),
                with_configs(&name("compacted"), &compacted),
                assigned(&name("assigned"), &[(1, &[1]), (0, &[1])]),
            ]),
        ));
        let validated =
            CreateTopicsRequest { validate_only: true, ..create(vec![topic(&name("wish"), 2, 1)]) };
        cases.push(case("only validated", version, validated));
        cases.push(case("named twice", version, create(vec![topic("twice", 1, 1), topic("twice", 2, 1)])));
        cases.push(case("what exists", version, create(vec![topic(&name("plain"), 1, 1)])));
    }
    cases.push(case("no topic", 7, create(vec![])));
    let names = ["", ".", "..", "a b", "a/b", "ä", &"x".repeat(250), "plain.7", "plain_7", "a.b", "a_b"];
    cases.push(case("names", 7, create(names.iter().map(|name| topic(name, 1, 1)).collect())));
    cases.push(case("a collision with a topic that exists", 7, create(vec![topic("a_b", 1, 1)])));
    cases.push(case(
        "the metadata log",
        7,
        create(vec![topic("__cluster_metadata", 1, 1), topic("beside", 1, 1)]),
    ));
    let counts = [(0, 1), (-2, 1), (1, 0), (1, -2), (1, 2), (0, 0), (1, i16::MAX)];
    let counted = counts
        .iter()
        .enumerate()
        .map(|(i, &(partitions, replicas))| topic(&format!("count-{i}"), partitions, replicas));
    cases.push(case("counts", 7, create(counted.collect())));
    cases.push(case("too many partitions", 7, create(vec![topic("many", 10_001, 1), topic("few", 1, 1)])));
    cases.push(case("assignments", 7, create(assignments())));
    let both = |partitions, replicas| CreatableTopic {
        num_partitions: partitions,
        replication_factor: replicas,
        ..assigned(&format!("both{partitions}{replicas}"), &[(0, &[1])])
    };
    cases.push(case("an assignment and counts", 7, create(vec![both(1, -1), both(-1, 1), both(1, 1)])));
    cases.push(case("configs", 7, create(configs())));
    for timeout_ms in [0, -1] {
        let request = CreateTopicsRequest { timeout_ms, ..create(vec![topic("late", 1, 1)]) };
        cases.push(case(&format!("in {timeout_ms} ms"), 7, request));
    }
    cases
}

fn assignments() -> Vec<CreatableTopic> {
    vec![
        assigned("hole", &[(0, &[1]), (2, &[1])]),
        assigned("from-one", &[(1, &[1])]),
        assigned("repeated", &[(0, &[1]), (0, &[1])]),
        assigned("nobody", &[(0, &[])]),
        assigned("unknown", &[(0, &[7])]),
        assigned("same-broker", &[(0, &[1, 1])]),
        assigned("uneven", &[(0, &[1]), (1, &[1, 7])]),
        assigned("negative", &[(-1, &[1])]),
    ]
}

fn configs() -> Vec<CreatableTopic> {
    let lags = [("min.compaction.lag.ms", Some("10")), ("max.compaction.lag.ms", Some("5"))];
    vec![
        with_configs("null-config", &[("retention.ms", None)]),
        with_configs("unknown-config", &[("retention.mss", Some("1"))]),
        with_configs("broker-config", &[("log.retention.ms", Some("1"))]),
        with_configs("bad-config", &[("retention.ms", Some("soon"))]),
        with_configs("range-config", &[("retention.ms", Some("-2"))]),
        with_configs("word-config", &[("cleanup.policy", Some("shred"))]),
        with_configs("contradiction", &lags),
        with_configs("remote", &[("remote.storage.enable", Some("true"))]),
        with_configs("last-wins", &[("retention.ms", Some("1")), ("retention.ms", Some("2"))]),
        with_configs("list", &[("cleanup.policy", Some("compact,delete"))]),
        with_configs("blank", &[("cleanup.policy", Some(""))]),
        with_configs("spaced", &[("retention.ms", Some(" 7 "))]),
        with_configs("internal", &[("internal.segment.bytes", Some("1000"))]),
    ]
}

fn more(name: &str, count: i32, assignments: Option<&[&[i32]]>) -> CreatePartitionsTopic {
    let assignment = |broker_ids: &&[i32]| CreatePartitionsAssignment {
        broker_ids: broker_ids.to_vec(),
        ..CreatePartitionsAssignment::default()
    };
    CreatePartitionsTopic {
        name: name.into(),
        count,
        assignments: assignments.map(|assignments| assignments.iter().map(assignment).collect()),
        ..CreatePartitionsTopic::default()
    }
}

fn grow(topics: Vec<CreatePartitionsTopic>) -> CreatePartitionsRequest {
    CreatePartitionsRequest { topics, timeout_ms: 10_000, ..CreatePartitionsRequest::default() }
}

pub(crate) fn partitions() -> Vec<Case> {
    let mut cases = vec![];
    for version in 0..=3 {
        let count = 3 + i32::from(version);
        let validated =
            CreatePartitionsRequest { validate_only: true, ..grow(vec![more("plain-7", 20, None)]) };
        cases.push(case("only validated", version, validated));
        cases.push(case("one more", version, grow(vec![more("plain-7", count, None)])));
        cases.push(case("assigned", version, grow(vec![more("plain-6", count, Some(&[&[1]]))])));
    }
    let wrong = vec![
        more("plain-2", 2, None),
        more("plain-3", 1, None),
        more("plain-4", 0, None),
        more("plain-5", -1, None),
        more("default-2", 4, Some(&[])),
        more("default-3", 4, Some(&[&[]])),
        more("default-4", 4, Some(&[&[7]])),
        more("default-5", 4, Some(&[&[1, 1]])),
        more("default-6", 5, Some(&[&[1]])),
        more("default-7", 4, Some(&[&[1], &[1]])),
        more("nowhere", 4, None),
        more("__cluster_metadata", 4, None),
    ];
    cases.push(case("what cannot be", 3, grow(wrong)));
    cases.push(case("named twice", 3, grow(vec![more("plain-2", 4, None), more("plain-2", 5, None)])));
    cases.push(case("no topic", 3, grow(vec![])));
    let late = CreatePartitionsRequest { timeout_ms: 0, ..grow(vec![more("plain-2", 9, None)]) };
    cases.push(case("in no time", 3, late));
    cases
}

fn delete_names(names: &[&str]) -> DeleteTopicsRequest {
    DeleteTopicsRequest {
        topic_names: names.iter().map(|name| (*name).into()).collect(),
        timeout_ms: 10_000,
        ..DeleteTopicsRequest::default()
    }
}

fn state(name: Option<&str>, topic_id: Uuid) -> DeleteTopicState {
    DeleteTopicState { name: name.map(Into::into), topic_id, ..DeleteTopicState::default() }
}

fn delete(topics: Vec<DeleteTopicState>) -> DeleteTopicsRequest {
    DeleteTopicsRequest { topics, timeout_ms: 10_000, ..DeleteTopicsRequest::default() }
}

pub(crate) fn deletions() -> Vec<Case> {
    let mut cases = vec![];
    for version in 1..=5 {
        let name = format!("plain-{}", version + 1);
        cases.push(case("by name", version, delete_names(&[&name, "nowhere", "a b", "", "twice", "twice"])));
    }
    let unknown = Uuid([9; 16]);
    let by_id = |name: &'static str| move |ids: &Ids| delete(vec![state(None, ids[name])]);
    cases.push(case_with_ids("by id", 6, by_id("plain-7")));
    cases.push(case_with_ids("what is gone by its id", 6, by_id("plain-7")));
    cases.push(case("by name", 6, delete(vec![state(Some("assigned-7"), Uuid::ZERO)])));
    cases.push(case_with_ids("by name and id", 6, |ids| {
        delete(vec![state(None, ids["default-7"]), state(Some("default-7"), Uuid::ZERO)])
    }));
    cases.push(case_with_ids("by one id twice and a name", 6, |ids| {
        let id = ids["default-7"];
        delete(vec![state(None, id), state(Some("default-7"), Uuid::ZERO), state(None, id)])
    }));
    cases.push(case(
        "what cannot be",
        6,
        delete(vec![
            state(None, Uuid::ZERO),
            state(None, Uuid::ZERO),
            state(None, unknown),
            state(Some("both"), unknown),
            state(Some("nowhere"), Uuid::ZERO),
            state(Some("__cluster_metadata"), Uuid::ZERO),
            state(Some("a b"), Uuid::ZERO),
            state(Some("twice"), Uuid::ZERO),
            state(Some("twice"), Uuid::ZERO),
        ]),
    ));
    cases.push(case("no topic", 6, delete(vec![])));
    let late = DeleteTopicsRequest { timeout_ms: 0, ..delete(vec![state(Some("default-7"), Uuid::ZERO)]) };
    cases.push(case("in no time", 6, late));
    cases
}
