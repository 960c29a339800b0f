"""librdkafka through confluent-kafka: the admin client, producers, consumers and groups. Argument: HOST:PORT."""

import multiprocessing
import os
import signal
import sys
import time

from confluent_kafka import (
    TIMESTAMP_CREATE_TIME,
    TIMESTAMP_LOG_APPEND_TIME,
    Consumer,
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)
from confluent_kafka import TopicCollection

from checks import check, eventually, holds, main, same

SERVER = sys.argv[1]
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
admin = AdminClient({"bootstrap.servers": SERVER})


def outcome(futures):
    """The results of an admin call by what it was about; an error as its name."""
    found = {}
    for key, future in futures.items():
        try:
            found[key] = future.result(30)
        except KafkaException as error:
            found[key] = error.args[0].name()
    return found


def create(name, partitions=1, **config):
    topic = NewTopic(name, partitions, 1, config={key.replace("_", "."): value for key, value in config.items()})
    same(outcome(admin.create_topics([topic])), {name: None}, "creating a topic")


def producer(**config):
    return Producer({"bootstrap.servers": SERVER} | {key.replace("_", "."): value for key, value in config.items()})


def consumer(group="alone", **config):
    settings = {
        "bootstrap.servers": SERVER,
        "group.id": group,
        "group.protocol": "classic",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
    return Consumer(settings | {key.replace("_", "."): value for key, value in config.items()})


def send(topic, values, partition=0, timestamp=0, **config):
    """Produces the values and returns the delivered messages, in order."""
    delivered = []

    def on_delivery(error, message):
        delivered.append(message if error is None else error.name())

    sender = producer(**config)
    for value in values:
        sender.produce(topic, value, partition=partition, timestamp=timestamp, on_delivery=on_delivery)
    same(sender.flush(60), 0, "messages left after a flush")
    return delivered


def read(topic, count, partition=0, offset=0, **config):
    """The next `count` messages of one partition."""
    reader = consumer(**config)
    reader.assign([TopicPartition(topic, partition, offset)])
    try:
        return poll(reader, count)
    finally:
        reader.close()


def poll(reader, count, seconds=30):
    messages = []
    until = time.monotonic() + seconds
    while len(messages) < count:
        holds(time.monotonic() < until, f"{len(messages)} of {count} messages within {seconds} s")
        message = reader.poll(0.5)
        if message is not None:
            holds(message.error() is None, f"a consumer's error: {message.error()}")
            messages.append(message)
    return messages


def values(messages):
    return [message.value() for message in messages]


# ---- the cluster and its topics


@check("the cluster describes itself")
def describe_cluster():
    cluster = admin.describe_cluster().result(30)
    same([(node.id, f"{node.host}:{node.port}") for node in cluster.nodes], [(1, SERVER)], "nodes")
    same(cluster.controller.id, 1, "controller")
    holds(cluster.cluster_id, "a cluster id")


@check("topics are created, listed, described and deleted")
def topics():
    create("admin-topic", 3, retention_ms="3600000")
    same(outcome(admin.create_topics([NewTopic("admin-topic", 1, 1)])), {"admin-topic": "TOPIC_ALREADY_EXISTS"})
    listed = admin.list_topics(timeout=30).topics["admin-topic"]
    same(sorted(listed.partitions), [0, 1, 2], "partitions")
    described = outcome(admin.describe_topics(TopicCollection(["admin-topic", "absent"])))
    topic = described["admin-topic"]
    same([(p.id, p.leader.id, [r.id for r in p.isr]) for p in topic.partitions], [(n, 1, [1]) for n in range(3)])
    holds(topic.topic_id.get_most_significant_bits() != 0, "a topic id")
    same(described["absent"], "UNKNOWN_TOPIC_OR_PART", "describing an absent topic")
    same(outcome(admin.delete_topics(["admin-topic"])), {"admin-topic": None})
    eventually(lambda: "admin-topic" not in admin.list_topics(timeout=30).topics, "the topic is gone")
    same(outcome(admin.delete_topics(["admin-topic"])), {"admin-topic": "UNKNOWN_TOPIC_OR_PART"})


@check("topics that cannot be are refused, each with its own error")
def refused_topics():
    wrong = {
        "bad name": (NewTopic("bad name", 1, 1), "TOPIC_EXCEPTION"),
        "n" * 250: (NewTopic("n" * 250, 1, 1), "TOPIC_EXCEPTION"),
        "three-replicas": (NewTopic("three-replicas", 1, 3), "INVALID_REPLICATION_FACTOR"),
        "no-partitions": (NewTopic("no-partitions", 0, 1), "INVALID_PARTITIONS"),
        "bad-config": (NewTopic("bad-config", 1, 1, config={"retention.ms": "soon"}), "INVALID_CONFIG"),
        "unknown-config": (NewTopic("unknown-config", 1, 1, config={"no.such": "1"}), "INVALID_CONFIG"),
    }
    found = outcome(admin.create_topics([topic for topic, _ in wrong.values()]))
    same(found, {name: error for name, (_, error) in wrong.items()})


@check("a topic that is only validated is not created")
def validate_only():
    same(outcome(admin.create_topics([NewTopic("validated", 1, 1)], validate_only=True)), {"validated": None})
    holds("validated" not in admin.list_topics(timeout=30).topics, "no topic")


@check("a hundred topics at once")
def many_topics():
    names = [f"many-{n}" for n in range(100)]
    same(outcome(admin.create_topics([NewTopic(name, 2, 1) for name in names])), dict.fromkeys(names))
    eventually(lambda: set(names) <= set(admin.list_topics(timeout=30).topics), "all are listed")
    same(outcome(admin.delete_topics(names)), dict.fromkeys(names))


@check("partitions are added, and never taken away")
def partitions():
    create("growing", 2)
    same(outcome(admin.create_partitions([NewPartitions("growing", 5)])), {"growing": None})
    eventually(lambda: len(admin.list_topics("growing", 30).topics["growing"].partitions) == 5, "five partitions")
    same(outcome(admin.create_partitions([NewPartitions("growing", 3)])), {"growing": "INVALID_PARTITIONS"})
    same(values(send("growing", [b"new"], partition=4)), [b"new"])
    same(values(read("growing", 1, partition=4)), [b"new"])


@check("a topic that is deleted and created again is empty")
def recreated():
    create("again")
    send("again", [b"old"])
    before = outcome(admin.describe_topics(TopicCollection(["again"])))["again"].topic_id
    same(outcome(admin.delete_topics(["again"])), {"again": None})
    eventually(lambda: "again" not in admin.list_topics(timeout=30).topics, "the topic is gone")
    create("again")
    after = outcome(admin.describe_topics(TopicCollection(["again"])))["again"].topic_id
    holds(str(before) != str(after), "another topic id")
    send("again", [b"new"])
    same(values(read("again", 1)), [b"new"])


# ---- configurations


def config(kind, name):
    resource = ConfigResource(kind, name)
    return outcome(admin.describe_configs([resource]))[resource]


def alter(kind, name, *changes):
    resource = ConfigResource(kind, name)
    for key, value, how in changes:
        resource.add_incremental_config(ConfigEntry(key, value, incremental_operation=how))
    return outcome(admin.incremental_alter_configs([resource]))[resource]


@check("a topic's configuration is described with its sources")
def describe_configs():
    create("configured", retention_ms="3600000")
    found = config(ResourceType.TOPIC, "configured")
    same(found["retention.ms"].value, "3600000")
    same(found["retention.ms"].source, ConfigSource.DYNAMIC_TOPIC_CONFIG.value)
    same((found["cleanup.policy"].value, found["cleanup.policy"].is_default), ("delete", True))
    for name in ["segment.bytes", "max.message.bytes", "compression.type", "message.timestamp.type", "retention.bytes"]:
        holds(name in found, f"{name} among the configurations")
    same(config(ResourceType.TOPIC, "absent"), "UNKNOWN_TOPIC_OR_PART")


@check("a topic's configuration is altered key by key")
def incremental_alter_configs():
    create("altered")
    topic = (ResourceType.TOPIC, "altered")
    same(alter(*topic, ("retention.ms", "1000000", AlterConfigOpType.SET)), None)
    same(alter(*topic, ("cleanup.policy", "compact", AlterConfigOpType.APPEND)), None)
    found = config(*topic)
    same((found["retention.ms"].value, found["cleanup.policy"].value), ("1000000", "delete,compact"))
    same(alter(*topic, ("cleanup.policy", "compact", AlterConfigOpType.SUBTRACT)), None)
    same(alter(*topic, ("retention.ms", None, AlterConfigOpType.DELETE)), None)
    found = config(*topic)
    same((found["retention.ms"].value, found["cleanup.policy"].value), ("604800000", "delete"))
    same(alter(*topic, ("retention.ms", "never", AlterConfigOpType.SET)), "INVALID_CONFIG")
    same(alter(*topic, ("no.such.key", "1", AlterConfigOpType.SET)), "INVALID_CONFIG")
    same(alter(ResourceType.TOPIC, "absent", ("retention.ms", "1", AlterConfigOpType.SET)), "UNKNOWN_TOPIC_OR_PART")


@check("the old way to alter replaces the whole configuration")
def alter_configs():
    create("replaced", retention_ms="3600000")
    resource = ConfigResource(ResourceType.TOPIC, "replaced", set_config={"segment.ms": "7200000"})
    same(outcome(admin.alter_configs([resource])), {resource: None})
    found = config(ResourceType.TOPIC, "replaced")
    same((found["segment.ms"].value, found["retention.ms"].value), ("7200000", "604800000"))


@check("a broker's configuration is altered while it runs")
def broker_configs():
    broker = (ResourceType.BROKER, "1")
    same(config(*broker)["node.id"].value, "1")
    same(alter(*broker, ("log.retention.ms", "5000000", AlterConfigOpType.SET)), None)
    found = eventually(
        lambda: (entry := config(*broker)["log.retention.ms"]).value == "5000000" and entry, "the new value"
    )
    same(found.source, ConfigSource.DYNAMIC_BROKER_CONFIG.value)
    create("inherits")
    same(config(ResourceType.TOPIC, "inherits")["retention.ms"].value, "5000000")
    same(alter(*broker, ("log.retention.ms", None, AlterConfigOpType.DELETE)), None)
    same(alter(*broker, ("node.id", "2", AlterConfigOpType.SET)), "INVALID_REQUEST")


@check("max.message.bytes takes effect without a restart")
def max_message_bytes():
    create("limited", max_message_bytes="1000")
    same(send("limited", [b"x" * 5000]), ["MSG_SIZE_TOO_LARGE"])
    same(alter(ResourceType.TOPIC, "limited", ("max.message.bytes", "100000", AlterConfigOpType.SET)), None)
    eventually(lambda: send("limited", [b"x" * 5000])[0] != "MSG_SIZE_TOO_LARGE", "the larger limit")


# ---- producing and consuming


@check("every codec, with and without idempotence")
def codecs():
    for codec in CODECS:
        for idempotent in [True, False]:
            topic = f"codec-{codec}-{idempotent}"
            sent = [f"value {n} ".encode() * (n % 50) for n in range(2000)]
            delivered = send(topic, sent, compression_type=codec, enable_idempotence=idempotent, linger_ms=5)
            same([message.offset() for message in delivered], list(range(2000)), f"{codec}: offsets")
            same(values(read(topic, 2000)), sent, codec)


@check("a topic's compression.type is obeyed")
def topic_compression():
    for codec in ["gzip", "zstd", "uncompressed"]:
        create(f"recompressed-{codec}", compression_type=codec)
        sent = [f"value {n}".encode() for n in range(500)]
        send(f"recompressed-{codec}", sent, compression_type="lz4", linger_ms=20)
        same(values(read(f"recompressed-{codec}", 500)), sent, codec)


@check("keys, headers, tombstones and empty values")
def headers():
    create("headers")
    sender = producer()
    sender.produce("headers", b"v", b"k", headers=[("a", b"1"), ("a", b"2"), ("none", None), ("empty", b"")])
    sender.produce("headers", None, b"gone")
    sender.produce("headers", b"", b"")
    sender.produce("headers", b"keyless")
    same(sender.flush(30), 0)
    found = [(message.key(), message.value(), message.headers()) for message in read("headers", 4)]
    first = [("a", b"1"), ("a", b"2"), ("none", None), ("empty", b"")]
    same(found, [(b"k", b"v", first), (b"gone", None, None), (b"", b"", None), (None, b"keyless", None)])


@check("times are the producer's, or the log's where the topic says so")
def timestamps():
    create("create-time")
    send("create-time", [b"v"], timestamp=1_600_000_000_000)
    same(read("create-time", 1)[0].timestamp(), (TIMESTAMP_CREATE_TIME, 1_600_000_000_000))
    create("append-time", message_timestamp_type="LogAppendTime")
    send("append-time", [b"v"], timestamp=1_600_000_000_000)
    kind, time_ms = read("append-time", 1)[0].timestamp()
    same(kind, TIMESTAMP_LOG_APPEND_TIME)
    holds(abs(time_ms - time.time() * 1000) < 60_000, f"a time of now: {time_ms}")


@check("times too far from now are refused where the topic limits them")
def timestamp_limits():
    create("recent-only", message_timestamp_before_max_ms="60000", message_timestamp_after_max_ms="60000")
    now = int(time.time() * 1000)
    same(send("recent-only", [b"v"], timestamp=now - 3_600_000), ["INVALID_TIMESTAMP"])
    same(send("recent-only", [b"v"], timestamp=now + 3_600_000), ["INVALID_TIMESTAMP"])
    same(values(send("recent-only", [b"v"], timestamp=now)), [b"v"])


@check("acks=0 and acks=1")
def acks():
    create("acks")
    send("acks", [b"none"], acks=0)
    eventually(lambda: consumer().get_watermark_offsets(TopicPartition("acks", 0), 10) == (0, 1), "one record")
    send("acks", [b"one"], acks=1)
    same(values(read("acks", 2)), [b"none", b"one"])


@check("a producer creates its topic by producing; a consumer does not")
def auto_create():
    same(values(send("made-by-producing", [b"v"])), [b"v"])
    reader = consumer("wants-absent")
    reader.subscribe(["never-made"])
    message = eventually(lambda: reader.poll(0.2), "an error")
    same(message.error().code(), KafkaError.UNKNOWN_TOPIC_OR_PART)
    reader.close()
    holds("never-made" not in admin.list_topics(timeout=30).topics, "no such topic")


@check("small fetches still return a first batch that is larger")
def small_fetches():
    create("large-records")
    sent = [bytes([n]) * 100_000 for n in range(20)]
    send("large-records", sent, linger_ms=0)
    limits = {"fetch_message_max_bytes": 1000, "fetch_max_bytes": 1_000_000, "message_max_bytes": 1_000_000}
    same(values(read("large-records", 20, **limits)), sent)


@check("a consumer that waits is woken by the record it waits for")
def long_poll():
    create("awaited")
    reader = consumer(fetch_wait_max_ms=20_000, fetch_min_bytes=1)
    reader.assign([TopicPartition("awaited", 0, 0)])
    same(reader.poll(0.5), None)
    send("awaited", [b"v"])
    began = time.monotonic()
    same(values(poll(reader, 1)), [b"v"])
    holds(time.monotonic() - began < 5, "at once")
    reader.close()


@check("seek, pause and resume")
def seek():
    create("seekable")
    send("seekable", [b"%d" % n for n in range(100)])
    reader = consumer()
    partition = TopicPartition("seekable", 0, 90)
    reader.assign([partition])
    same(values(poll(reader, 10)), [b"%d" % n for n in range(90, 100)])
    reader.seek(TopicPartition("seekable", 0, 5))
    same(values(poll(reader, 1)), [b"5"])
    reader.pause([partition])
    same(reader.poll(0.3), None)
    reader.resume([partition])
    same(values(poll(reader, 1)), [b"6"])
    reader.close()


@check("an offset out of range follows auto.offset.reset")
def out_of_range():
    create("short")
    send("short", [b"only"])
    same(values(read("short", 1, offset=500)), [b"only"])


# ---- offsets


@check("offsets by time and by special values")
def offsets():
    create("timed")
    for n in range(10):
        send("timed", [b"v"], timestamp=1_600_000_000_000 + n * 1000)
    reader = consumer()
    at = lambda time_ms: reader.offsets_for_times([TopicPartition("timed", 0, time_ms)], 30)[0].offset
    same([at(1_600_000_003_000), at(1_600_000_003_001), at(1_500_000_000_000)], [3, 4, 0])
    same(at(1_700_000_000_000), -1)
    same(reader.get_watermark_offsets(TopicPartition("timed", 0), 30), (0, 10))
    reader.close()
    partition = TopicPartition("timed", 0)
    for spec, offset, time_ms in [
        (OffsetSpec.earliest(), 0, -1),
        (OffsetSpec.latest(), 10, -1),
        (OffsetSpec.max_timestamp(), 9, 1_600_000_009_000),
        (OffsetSpec.for_timestamp(1_600_000_004_500), 5, 1_600_000_005_000),
    ]:
        found = outcome(admin.list_offsets({partition: spec}))[partition]
        same((found.offset, found.timestamp), (offset, time_ms), type(spec).__name__)


@check("records are deleted up to an offset")
def delete_records():
    create("shortened")
    send("shortened", [b"%d" % n for n in range(10)])
    partition = TopicPartition("shortened", 0, 6)
    same(outcome(admin.delete_records([partition]))[partition].low_watermark, 6)
    reader = consumer()
    same(reader.get_watermark_offsets(partition, 30), (6, 10))
    reader.close()
    same(values(read("shortened", 1, offset=0)), [b"6"])
    beyond = TopicPartition("shortened", 0, 50)
    same(outcome(admin.delete_records([beyond]))[beyond], "OFFSET_OUT_OF_RANGE")


# ---- groups


class Member:
    """A consumer in a group that notes what is assigned and revoked."""

    def __init__(self, group, topics, **config):
        self.assigned = set()
        self.events = []
        self.consumer = consumer(group, session_timeout_ms=6000, heartbeat_interval_ms=200, **config)
        self.consumer.subscribe(topics, on_assign=self._assign, on_revoke=self._revoke, on_lost=self._revoke)

    def _assign(self, _, partitions):
        self.events.append(("assigned", len(partitions)))
        self.assigned |= {(p.topic, p.partition) for p in partitions}

    def _revoke(self, _, partitions):
        self.events.append(("revoked", len(partitions)))
        self.assigned -= {(p.topic, p.partition) for p in partitions}

    def poll(self):
        return self.consumer.poll(0.02)

    def close(self):
        self.consumer.close()


def settle(members, expected):
    """Polls all members until the sizes of their assignments are as expected and no partition is held twice."""

    def settled():
        for member in members:
            member.poll()
        sizes = sorted(len(member.assigned) for member in members)
        union = set().union(*(member.assigned for member in members))
        return sizes == expected and len(union) == sum(expected)

    try:
        eventually(settled, f"assignments of {expected}")
    except AssertionError as error:
        raise AssertionError(f"{error}; there are {[sorted(member.assigned) for member in members]}") from None


def rebalances(strategy):
    topic = f"rebalanced-{strategy}"
    create(topic, 6)
    members = [Member(topic, [topic], partition_assignment_strategy=strategy)]
    settle(members, [6])
    members.append(Member(topic, [topic], partition_assignment_strategy=strategy))
    settle(members, [3, 3])
    members.append(Member(topic, [topic], partition_assignment_strategy=strategy))
    settle(members, [2, 2, 2])
    members.pop(0).close()
    settle(members, [3, 3])
    return members


@check("members come and go (range)")
def range_assignor():
    for member in rebalances("range"):
        member.close()


@check("members come and go (roundrobin)")
def roundrobin_assignor():
    for member in rebalances("roundrobin"):
        member.close()


@check("members come and go (cooperative-sticky, which takes away only what moves)")
def cooperative_assignor():
    members = rebalances("cooperative-sticky")
    for member in members:
        revoked = [count for event, count in member.events if event == "revoked"]
        holds(all(count <= 2 for count in revoked), f"few revoked at a time: {member.events}")
        member.close()


@check("a static member comes back to its partitions without a rebalance")
def static_members():
    create("static", 4)
    first = Member("static", ["static"], group_instance_id="a")
    second = Member("static", ["static"], group_instance_id="b")
    settle([first, second], [2, 2])
    held, events = set(first.assigned), len(second.events)
    first.close()
    first = Member("static", ["static"], group_instance_id="a")
    settle([first, second], [2, 2])
    same((first.assigned, len(second.events)), (held, events), "the same partitions, no rebalance")
    group = outcome(admin.describe_consumer_groups(["static"]))["static"]
    same(sorted(member.group_instance_id for member in group.members), ["a", "b"])
    first.close()
    second.close()


@check("a second member with the same instance id fences the first")
def fenced_instance():
    create("fenced", 1)
    first = Member("fenced", ["fenced"], group_instance_id="same")
    settle([first], [1])
    second = Member("fenced", ["fenced"], group_instance_id="same")

    def fenced():
        second.poll()
        message = first.poll()
        return message is not None and message.error() and message.error().code() == KafkaError._FATAL

    eventually(fenced, "a fatal error of the first")
    settle([second], [1])
    second.close()
    first.close()


def consume_until_killed(ready):
    member = Member("vanishing", ["vanishing"])
    while True:
        member.poll()
        if member.assigned:
            ready.set()


@check("a member that vanishes loses its partitions when its session ends")
def session_timeout():
    create("vanishing", 4)
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=consume_until_killed, args=(ready,), daemon=True)
    process.start()
    holds(ready.wait(30), "the other process has partitions")
    survivor = Member("vanishing", ["vanishing"])
    settle([survivor], [2])
    os.kill(process.pid, signal.SIGKILL)
    settle([survivor], [4])
    survivor.close()


@check("offsets are committed with metadata and fetched again")
def commits():
    create("committed", 2)
    send("committed", [b"%d" % n for n in range(10)])
    reader = consumer("commits")
    offset = TopicPartition("committed", 0, 4, metadata="a note")
    same([(p.partition, p.offset, p.error) for p in reader.commit(offsets=[offset], asynchronous=False)], [(0, 4, None)])
    found = reader.committed([TopicPartition("committed", n) for n in range(2)], 30)
    same([(p.partition, p.offset, p.metadata) for p in found], [(0, 4, "a note"), (1, -1001, None)])
    reader.subscribe(["committed"])
    same(values(poll(reader, 6)), [b"%d" % n for n in range(4, 10)])
    reader.commit(asynchronous=False)
    reader.close()
    same(group_offsets("commits"), {("committed", 0): 10})


@check("offsets are committed by themselves")
def auto_commits():
    create("auto-committed")
    send("auto-committed", [b"%d" % n for n in range(10)])
    reader = consumer("auto-commits", enable_auto_commit=True, auto_commit_interval_ms=100)
    reader.subscribe(["auto-committed"])
    poll(reader, 7)
    reader.close()
    holds(group_offsets("auto-commits")[("auto-committed", 0)] >= 7, "what was read is committed")


@check("a pattern subscribes to topics as they appear")
def pattern():
    create("pattern-1")
    member = Member("pattern", ["^pattern-.*"], topic_metadata_refresh_interval_ms=200)
    settle([member], [1])
    create("pattern-2", 2)
    settle([member], [3])
    member.close()


def group_offsets(group):
    found = outcome(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]))[group]
    return {(p.topic, p.partition): p.offset for p in found.topic_partitions}


@check("groups are listed, described, altered and deleted")
def groups():
    create("grouped", 3)
    member = Member("described", ["grouped"], client_id="describes-itself")
    settle([member], [3])
    listed = admin.list_consumer_groups().result(30)
    same(listed.errors, [])
    states = {group.group_id: group.state for group in listed.valid}
    same(states["described"], ConsumerGroupState.STABLE)
    group = outcome(admin.describe_consumer_groups(["described"]))["described"]
    same((group.state, group.partition_assignor, len(group.members)), (ConsumerGroupState.STABLE, "range", 1))
    same(group.members[0].client_id, "describes-itself")
    held = group.members[0].assignment.topic_partitions
    same(sorted(p.partition for p in held), [0, 1, 2])
    same(outcome(admin.delete_consumer_groups(["described"])), {"described": "NON_EMPTY_GROUP"})
    member.close()
    stable = [g.group_id for g in admin.list_consumer_groups(states={ConsumerGroupState.STABLE}).result(30).valid]
    holds("described" not in stable, "not among the stable groups")
    wanted = ConsumerGroupTopicPartitions("described", [TopicPartition("grouped", n, n + 1) for n in range(3)])
    altered = outcome(admin.alter_consumer_group_offsets([wanted]))["described"]
    same([p.error for p in altered.topic_partitions], [None] * 3)
    same(group_offsets("described"), {("grouped", n): n + 1 for n in range(3)})
    same(outcome(admin.delete_consumer_groups(["described"])), {"described": None})
    same(outcome(admin.delete_consumer_groups(["described"])), {"described": "GROUP_ID_NOT_FOUND"})
    same(group_offsets("described"), {})


if __name__ == "__main__":
    main()
