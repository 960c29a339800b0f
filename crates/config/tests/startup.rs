//! What a node makes of what it is started with.

use std::sync::Arc;

use ottla_config::{
    Address, Compression, ConfigError, EffectiveConfig, Inputs, Startup, Texts, TimestampType,
};

fn inputs(file: &str) -> Inputs<'_> {
    Inputs { file: Some(("server.properties", file.as_bytes())), ..Inputs::default() }
}

fn start(file: &str) -> Startup {
    inputs(file).resolve().unwrap_or_else(|error| panic!("{error}"))
}

/// The warnings of a start that succeeds.
fn check_warnings(file: &str, expected: &[&str]) {
    assert_eq!(start(file).warnings, expected, "{file}");
}

/// The errors that stop a start.
fn check_errors(file: &str, expected: &[&str]) {
    let error = inputs(file).resolve().expect_err(file);
    let found = error.to_string();
    assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{file}");
}

#[test]
fn with_no_configuration_a_node_is_everything_by_itself() {
    let startup = Inputs::default().resolve().expect("it is right");
    let node = startup.node;
    assert!(startup.warnings.is_empty());
    assert_eq!(node.node_id.0, 1);
    assert!(!node.is_node_id_given && node.roles.is_broker && node.roles.is_controller);
    let [listener] = &node.listeners.all[..] else { panic!("{:?}", node.listeners) };
    assert_eq!(
        (listener.name.as_str(), &listener.bind),
        ("PLAINTEXT", &Address { host: String::new(), port: 9092 })
    );
    assert_eq!(node.storage.log_dirs, ["./ottla-data"]);
    assert_eq!(node.storage.metadata_log_dir, "./ottla-data");
    assert!(node.storage.is_durable);
    assert_eq!(node.offsets.replicas.among(1), 1);
    assert_eq!(node.offsets.replicas.among(5), 3);
    assert_eq!(node.topics.partitions, 1);
}

#[test]
fn the_properties_file_that_apache_kafka_ships_starts_a_node() {
    let startup = start(
        "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.bootstrap.servers=localhost:9093\n\
         listeners=PLAINTEXT://:9092,CONTROLLER://:9093\ninter.broker.listener.name=PLAINTEXT\n\
         advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093\n\
         controller.listener.names=CONTROLLER\n\
         listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,\
         SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL\n\
         num.network.threads=3\nnum.io.threads=8\nsocket.send.buffer.bytes=102400\n\
         socket.receive.buffer.bytes=102400\nsocket.request.max.bytes=104857600\n\
         log.dirs=/tmp/kraft-combined-logs\nnum.partitions=1\nnum.recovery.threads.per.data.dir=2\n\
         offsets.topic.replication.factor=1\nshare.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\ntransaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\nlog.retention.hours=168\nlog.segment.bytes=1073741824\n\
         log.retention.check.interval.ms=300000\n",
    );
    assert_eq!(startup.node.listeners.broker().count(), 1);
    let controller = startup.node.listeners.controller().next().expect("there is one");
    assert_eq!((controller.name.as_str(), controller.bind.port), ("CONTROLLER", 9093));
    assert_eq!(
        startup.warnings,
        [
            "not there yet: share groups; without effect: share.coordinator.state.topic.min.isr \
             (server.properties:19), share.coordinator.state.topic.replication.factor (server.properties:18)",
            "not there yet: transactions; without effect: transaction.state.log.min.isr (server.properties:21), \
             transaction.state.log.replication.factor (server.properties:20)",
        ]
    );
}

#[test]
fn environment_lies_over_the_file_and_the_command_line_over_both() {
    let startup = Inputs {
        file: Some(("f", b"num.partitions=2\nlog.retention.ms=1000\nlog.dirs=/a\nfetch.max.bytes=2000")),
        environment: vec![
            ("OTTLA_NUM_PARTITIONS".into(), "3".into()),
            ("PATH".into(), "/bin".into()),
            ("OTTLA_LOG_RETENTION_HOURS".into(), "2".into()),
        ],
        overrides: vec!["num.partitions=4".into(), "log.dir=/b".into()],
    };
    let startup = startup.resolve().expect("it is right");
    assert_eq!(startup.node.topics.partitions, 4);
    assert_eq!(startup.node.fetch.bytes_max, 2000);
    assert_eq!(startup.node.storage.log_dirs, ["/b"]);
    let (effective, _) = EffectiveConfig::new(startup.settings, &Texts::new(), &Texts::new());
    assert_eq!(effective.dynamic().topics.retention_ms, 7_200_000);
}

#[test]
fn all_that_is_wrong_is_reported_at_once_with_its_place() {
    let inputs = Inputs {
        file: Some(("f", b"num.partitions=many\nlog.segment.bytes=5\nlog.cleanup.policy=shred")),
        environment: vec![("OTTLA_NODE_ID".into(), "-1".into())],
        overrides: vec!["nonsense".into(), "ssl.key.password=secret".into(), "compression.type=rar".into()],
    };
    let ConfigError::Invalid(problems) = inputs.resolve().expect_err("it is wrong") else {
        panic!("wrong kind")
    };
    let found: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "--set: nonsense: it must be KEY=VALUE",
            "--set: compression.type=rar: it must be one of uncompressed, zstd, lz4, snappy, gzip, producer",
            "f:3: log.cleanup.policy=shred: its items must be among compact, delete, and \"shred\" is not",
            "f:2: log.segment.bytes=5: it must be at least 1048576",
            "environment variable OTTLA_NODE_ID: node.id=-1: it must be at least 0",
            "f:1: num.partitions=many: it must be a whole number from -2147483648 to 2147483647",
        ]
    );
}

#[test]
fn unknown_keys_are_named_with_the_nearest_known_one() {
    check_warnings(
        "num.partition=3\nlog.retention.houres=4",
        &[
            "server.properties:2: log.retention.houres is not a setting; did you mean log.retention.hours?",
            "server.properties:1: num.partition is not a setting; did you mean num.partitions?",
        ],
    );
    let inputs = Inputs { environment: vec![("OTTLA_LOG_DRS".into(), "x".into())], ..Inputs::default() };
    let startup = inputs.resolve().expect("it starts");
    assert_eq!(
        startup.warnings,
        ["environment variable OTTLA_LOG_DRS sets nothing that is known; did you mean OTTLA_LOG_DIRS?"]
    );
}

#[test]
fn what_does_not_exist_yet_is_named_and_what_must_not_be_missing_stops_the_start() {
    check_warnings("num.io.threads=8", &[]);
    check_warnings(
        "num.io.threads=16\nssl.key.password=x\nssl.keystore.location=/k\nbroker.id=1\nnode.id=1",
        &[
            "num.io.threads (server.properties:1) has no effect: Ottla runs one thread per core and has no pool to \
             size",
            "not there yet: TLS; without effect: ssl.key.password (server.properties:2), ssl.keystore.location \
             (server.properties:3)",
        ],
    );
    check_errors(
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
         remote.log.storage.system.enable=true\nlog.dirs=/a,/b",
        &[
            "server.properties:1: authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer: Ottla \
             does not have authorization yet and will not start as if it had; remove it to go without",
            "server.properties:2: remote.log.storage.system.enable=true: Ottla does not have remote storage yet and \
             will not start as if it had; remove it or set it to false to go without",
            "server.properties:3: log.dirs=/a,/b: several log directories do not exist yet, and the data in all but \
             the first would be out of reach; name one",
        ],
    );
    check_errors(
        "listeners=SSL://:9093\nsecurity.inter.broker.protocol=SSL",
        &[
            "server.properties:1: listeners=SSL://:9093: SSL is to speak SSL, which Ottla does not have yet; a plain \
           listener in its place would be unprotected. Make it PLAINTEXT only if the network around it is trusted",
        ],
    );
}

#[test]
fn a_member_of_a_larger_cluster_does_not_start_alone() {
    let base = "listeners=PLAINTEXT://:9092,CONTROLLER://:9093\ncontroller.listener.names=CONTROLLER\n";
    let cases = [
        "process.roles=broker\n",
        "controller.quorum.voters=1@a:9093,2@b:9093\n",
        "controller.quorum.bootstrap.servers=a:9093,b:9093\n",
        "controller.quorum.bootstrap.servers=a:9999\n",
    ];
    for case in cases {
        let file = format!("{base}{case}");
        let error = inputs(&file).resolve().expect_err(case).to_string();
        assert!(error.contains("clusters of several nodes do not exist yet"), "{case}: {error}");
    }
    for case in ["controller.quorum.voters=1@a:9093\n", "controller.quorum.bootstrap.servers=a:9093\n"] {
        start(&format!("{base}{case}"));
    }
}

#[test]
fn listeners_are_checked_against_each_other() {
    let check = |file: &str, part: &str| {
        let error = inputs(file).resolve().expect_err(file).to_string();
        assert!(error.contains(part), "{file}: {error}");
    };
    check("listeners=PLAINTEXT:9092", "must be NAME://host:port");
    check("listeners=PLAINTEXT://:70000", "port from 0 to 65535");
    check("listeners=IN://:9092", "add IN:PLAINTEXT to listener.security.protocol.map");
    check("listeners=PLAINTEXT://:9092,SSL://:9092", "PLAINTEXT and SSL have the same port");
    check("listeners=PLAINTEXT://:1,plaintext://:2", "PLAINTEXT is there twice");
    check("listeners=PLAINTEXT://0.0.0.0:9092", "nobody can connect to 0.0.0.0");
    check("advertised.listeners=OTHER://h:1", "OTHER is not among the `listeners`");
    check("advertised.listeners=PLAINTEXT://0.0.0.0:1", "nobody can connect to 0.0.0.0");
    check("listener.security.protocol.map=PLAINTEXT:TLS", "must be NAME:PROTOCOL");
    check("controller.listener.names=C", "C is not among the listeners");
    check(
        "listeners=A://:1\nlistener.security.protocol.map=A:PLAINTEXT",
        "set inter.broker.listener.name to one of A",
    );
    check(
        "inter.broker.listener.name=PLAINTEXT\nsecurity.inter.broker.protocol=PLAINTEXT",
        "either this or security.inter.broker.protocol may be set",
    );
    let node = start(
        "listeners=A://127.0.0.1:0,B://[::1]:0,C://h:7\nlistener.security.protocol.map=A:PLAINTEXT,b:plaintext,C:PLAINTEXT\n\
         inter.broker.listener.name=a\nadvertised.listeners=A://x:1,B://[::2]:2",
    )
    .node;
    let advertised: Vec<_> =
        node.listeners.all.iter().map(|it| it.advertised.as_ref().map(ToString::to_string)).collect();
    assert_eq!(advertised, [Some("x:1".into()), Some("[::2]:2".into()), None]);
    assert_eq!(node.listeners.inter_broker, "A");
}

#[test]
fn values_that_contradict_each_other_are_reported() {
    check_errors(
        "log.retention.ms=0\nlog.cleaner.min.compaction.lag.ms=10\nlog.cleaner.max.compaction.lag.ms=5\n\
         max.connections.per.ip=0\nnode.id=2\nbroker.id=3\nqueued.max.request.bytes=1\n\
         group.consumer.heartbeat.interval.ms=70000\nconnections.max.idle.ms=100",
        &[
            "server.properties:2: log.cleaner.min.compaction.lag.ms=10: log.cleaner.min.compaction.lag.ms (10) must not \
             be greater than log.cleaner.max.compaction.lag.ms (5)",
            "server.properties:8: group.consumer.heartbeat.interval.ms=70000: group.consumer.heartbeat.interval.ms \
             (70000) must not be greater than group.consumer.max.heartbeat.interval.ms (15000)",
            "server.properties:8: group.consumer.heartbeat.interval.ms=70000: group.consumer.heartbeat.interval.ms \
             (70000) must be less than group.consumer.session.timeout.ms (45000)",
            "server.properties:1: log.retention.ms=0: it must be at least 1, or -1 for ever",
            "server.properties:9: connections.max.idle.ms=100: connection.failed.authentication.delay.ms must be less \
             than connections.max.idle.ms, or the answer to a failed authentication is never sent",
            "server.properties:7: queued.max.request.bytes=1: it must be at least socket.request.max.bytes (104857600), \
             or such a request never fits",
            "server.properties:4: max.connections.per.ip=0: 0 lets nobody in unless max.connections.per.ip.overrides \
             names who may; set that too, or choose at least 1",
            "server.properties:6: broker.id=3: it is the old name of node.id, which says 2",
        ],
    );
}

#[test]
fn a_key_that_is_set_twice_holds_its_last_value_and_says_so() {
    let startup = start("num.partitions=1\nnum.partitions=5");
    assert_eq!(startup.node.topics.partitions, 5);
    assert_eq!(
        startup.warnings,
        ["server.properties:2: num.partitions was already set at server.properties:1; this one holds"]
    );
}

fn texts(pairs: &[(&str, &str)]) -> Texts {
    pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn topics_fall_back_to_the_broker_and_the_broker_to_the_cluster() {
    let statics = start("log.roll.hours=1\nmessage.max.bytes=1000\ncompression.type=gzip").settings;
    let cluster = texts(&[("log.roll.ms", "5000"), ("max.connections", "7"), ("num.partitions", "3")]);
    let broker =
        texts(&[("message.max.bytes", "2000"), ("listener.name.in.max.connections", "2"), ("own", "1")]);
    let (effective, problems) = EffectiveConfig::new(Arc::clone(&statics), &cluster, &broker);
    let found: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        ["dynamic setting of all brokers: num.partitions: only a restart changes it; it is left out"]
    );
    let dynamic = effective.dynamic();
    assert_eq!((dynamic.topics.segment_ms, dynamic.topics.message_bytes_max), (5000, 2000));
    assert_eq!(dynamic.topics.compression, Compression::Gzip(None));
    assert_eq!(dynamic.connections.total_max, 7);
    assert_eq!(dynamic.connections.listeners["IN"].total_max, Some(2));

    let (topic, problems) = effective.topic(&texts(&[
        ("max.message.bytes", "3000"),
        ("cleanup.policy", "compact,delete"),
        ("max.compaction.lag.ms", "10"),
        ("message.timestamp.type", "LogAppendTime"),
        ("retention.ms", "-7"),
    ]));
    assert_eq!(problems.len(), 1);
    assert_eq!(
        (topic.message_bytes_max, topic.segment_ms_max(), topic.retention_ms),
        (3000, 10, 604_800_000)
    );
    assert_eq!(topic.timestamp_type, TimestampType::LogAppendTime);
    assert!(topic.cleanup.compacts && topic.cleanup.deletes);
    assert_eq!(topic.remote.local_retention_ms, 604_800_000);
    let (plain, _) = effective.topic(&Texts::new());
    assert!(Arc::ptr_eq(&plain, &effective.dynamic().topics));
}

#[test]
fn dynamic_settings_that_contradict_the_rest_are_left_out() {
    let statics = start("").settings;
    let cluster = texts(&[("max.connections", "7")]);
    let broker = texts(&[("log.roll.ms", "-5"), ("message.max.bytes", "2000")]);
    let (effective, problems) = EffectiveConfig::new(Arc::clone(&statics), &cluster, &broker);
    let found: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["dynamic setting of this broker: log.roll.ms=-5: it must be at least 1"]);
    assert_eq!(effective.dynamic().topics.segment_ms, 604_800_000);
    assert_eq!(
        (effective.dynamic().connections.total_max, effective.dynamic().topics.message_bytes_max),
        (7, 1_048_588)
    );
    let (effective, problems) = EffectiveConfig::new(statics, &broker, &Texts::new());
    assert_eq!((problems.len(), effective.dynamic().topics.message_bytes_max), (2, 1_048_588));
}

#[test]
fn random_settings_never_panic() {
    let keys: Vec<&str> = ottla_config::broker::settings().map(|setting| setting.key).collect();
    let texts = [
        "",
        "-1",
        "0",
        "1",
        "9223372036854775807",
        "-9223372036854775808",
        "2147483647",
        "true",
        "a,b",
        "a:1",
        "*",
        "A://b:1,C://d:2",
        "1@a:1",
        "NaN",
        "1e999",
        "classic",
        "PLAINTEXT",
        "é",
        ",",
        ":",
        "://",
        "🦦",
    ];
    for seed in 0..3000u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        let overrides =
            (0..next(6)).map(|_| format!("{}={}", keys[next(keys.len())], texts[next(texts.len())]));
        let inputs = Inputs { overrides: overrides.collect(), ..Inputs::default() };
        if let Ok(startup) = inputs.resolve() {
            let (effective, _) = EffectiveConfig::new(startup.settings, &Texts::new(), &Texts::new());
            assert!(effective.dynamic().topics.segment_bytes > 0, "seed {seed}");
        }
    }
}
