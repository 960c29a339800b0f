"""kafka-python: admin, producers, consumers and groups. Argument: HOST:PORT."""

import sys
import threading
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import MessageSizeTooLargeError, TopicAlreadyExistsError
from kafka.structs import OffsetAndMetadata

from checks import check, eventually, holds, main, same

SERVER = sys.argv[1]
CODECS = [None, "gzip", "snappy", "lz4", "zstd"]
admin = KafkaAdminClient(bootstrap_servers=SERVER)


def create(name, partitions=1, **configs):
    topic = {"num_partitions": partitions, "replication_factor": 1}
    if configs:
        topic["configs"] = {key.replace("_", "."): value for key, value in configs.items()}
    admin.create_topics({name: topic}, wait_for_metadata=True)


def consumer(*topics, **config):
    settings = {"bootstrap_servers": SERVER, "auto_offset_reset": "earliest", "enable_auto_commit": False}
    return KafkaConsumer(*topics, **(settings | config))


def send(topic, values, **config):
    with KafkaProducer(bootstrap_servers=SERVER, **config) as producer:
        futures = [producer.send(topic, value, partition=0) for value in values]
        return [future.get(30) for future in futures]


def take(reader, count, seconds=30):
    records = []
    until = time.monotonic() + seconds
    while len(records) < count:
        holds(time.monotonic() < until, f"{len(records)} of {count} records within {seconds} s")
        for batch in reader.poll(timeout_ms=200).values():
            records.extend(batch)
    return records


def read(topic, count, offset=0, **config):
    with_partition = consumer(**config)
    partition = TopicPartition(topic, 0)
    with_partition.assign([partition])
    with_partition.seek(partition, offset)
    try:
        return take(with_partition, count)
    finally:
        with_partition.close()


@check("the cluster describes itself")
def describe_cluster():
    cluster = admin.describe_cluster()
    same([f"{broker['host']}:{broker['port']}" for broker in cluster["brokers"]], [SERVER])


@check("topics are created, described, grown and deleted")
def topics():
    create("admin-topic", 2, retention_ms="3600000")
    try:
        create("admin-topic")
        raise AssertionError("a second topic of that name was expected to fail")
    except TopicAlreadyExistsError:
        pass
    same(len(admin.describe_topics(["admin-topic"])[0]["partitions"]), 2)
    admin.create_partitions({"admin-topic": 4})
    eventually(lambda: len(admin.describe_topics(["admin-topic"])[0]["partitions"]) == 4, "four partitions")
    admin.delete_topics(["admin-topic"])
    eventually(lambda: "admin-topic" not in admin.list_topics(), "the topic is gone")


@check("configurations are described and altered")
def configs():
    create("configured", retention_ms="3600000")
    topic = ConfigResource(ConfigResourceType.TOPIC, "configured")
    value = lambda: admin.describe_configs([topic])["topic"]["configured"]["retention.ms"]["value"]
    same(value(), "3600000")
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "configured", configs={"retention.ms": "7200000"})])
    same(value(), "7200000")
    broker = ConfigResource(ConfigResourceType.BROKER, "1")
    found = admin.describe_configs([broker], config_filter="all")["broker"]["1"]
    same(found["node.id"]["value"], "1")


@check("every codec")
def codecs():
    for codec in CODECS:
        topic = f"codec-{codec}"
        create(topic)
        sent = [f"value {n} ".encode() * (n % 50) for n in range(1000)]
        sent = [value or b"-" for value in sent]
        found = send(topic, sent, compression_type=codec, linger_ms=5)
        same([metadata.offset for metadata in found], list(range(1000)), codec)
        same([record.value for record in read(topic, 1000)], sent, codec)


@check("acks=0, acks=1 and a producer without idempotence")
def acks():
    create("acks")
    send("acks", [b"one"], acks=1, enable_idempotence=False)
    send("acks", [b"none"], acks=0, enable_idempotence=False)
    same([record.value for record in read("acks", 2)], [b"one", b"none"])


@check("keys, headers, tombstones and times")
def headers():
    create("headers")
    with KafkaProducer(bootstrap_servers=SERVER) as producer:
        sent = [("a", b"1"), ("a", b"2"), ("empty", b"")]
        producer.send("headers", b"v", key=b"k", headers=sent, timestamp_ms=1_600_000_000_000).get(30)
        producer.send("headers", None, key=b"gone").get(30)
    first, second = read("headers", 2)
    same((first.key, first.value, list(first.headers), first.timestamp), (b"k", b"v", sent, 1_600_000_000_000))
    same((second.key, second.value), (b"gone", None))


@check("a record larger than the topic allows is refused")
def too_large():
    create("limited", max_message_bytes="1000")
    try:
        send("limited", [b"x" * 5000])
        raise AssertionError("an error was expected")
    except MessageSizeTooLargeError:
        pass


@check("offsets by time, beginning and end; seek")
def offsets():
    create("timed")
    with KafkaProducer(bootstrap_servers=SERVER) as producer:
        for n in range(10):
            producer.send("timed", b"%d" % n, timestamp_ms=1_600_000_000_000 + n * 1000).get(30)
    partition = TopicPartition("timed", 0)
    reader = consumer()
    same(reader.beginning_offsets([partition]), {partition: 0})
    same(reader.end_offsets([partition]), {partition: 10})
    same(reader.offsets_for_times({partition: 1_600_000_003_500})[partition].offset, 4)
    same(reader.offsets_for_times({partition: 1_700_000_000_000}), {partition: None})
    reader.assign([partition])
    reader.seek(partition, 7)
    same([record.value for record in take(reader, 3)], [b"7", b"8", b"9"])
    reader.seek_to_beginning(partition)
    same(take(reader, 1)[0].value, b"0")
    reader.close()


@check("records are deleted up to an offset")
def delete_records():
    create("shortened")
    send("shortened", [b"%d" % n for n in range(10)])
    admin.delete_records({TopicPartition("shortened", 0): 6})
    reader = consumer()
    same(reader.beginning_offsets([TopicPartition("shortened", 0)]), {TopicPartition("shortened", 0): 6})
    reader.close()


class Member:
    """A consumer in a group, polled by a thread of its own until it is closed."""

    def __init__(self, topic, group):
        self.closing = threading.Event()
        self.assigned = set()
        self.reader = consumer(topic, group_id=group, session_timeout_ms=6000, heartbeat_interval_ms=200)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.closing.is_set():
            self.reader.poll(timeout_ms=50)
            self.assigned = set(self.reader.assignment())
        self.reader.close()

    def close(self):
        self.closing.set()
        self.thread.join(30)


@check("members of a group share the partitions as they come and go")
def groups():
    create("shared", 4)
    members = [Member("shared", "sharers")]

    def shares(expected):
        def settled():
            held = [member.assigned for member in members]
            return sorted(map(len, held)) == expected and len(set().union(*held)) == sum(expected)

        eventually(settled, f"shares of {expected}")

    shares([4])
    members.append(Member("shared", "sharers"))
    shares([2, 2])
    group = admin.describe_groups(["sharers"])["sharers"]
    same((group["group_state"], len(group["members"])), ("Stable", 2))
    members.pop().close()
    shares([4])
    members.pop().close()


@check("offsets are committed, fetched, altered; groups are listed and deleted")
def commits():
    create("committed")
    send("committed", [b"%d" % n for n in range(10)])
    partition = TopicPartition("committed", 0)
    reader = consumer("committed", group_id="committers")
    same(len(take(reader, 10)), 10)
    reader.commit({partition: OffsetAndMetadata(4, "a note", -1)})
    same(reader.committed(partition), 4)
    same(dict(admin.delete_groups(["committers"])), {"committers": "NonEmptyGroupError"})
    reader.close()
    again = consumer("committed", group_id="committers")
    same([record.value for record in take(again, 6)], [b"%d" % n for n in range(4, 10)])
    again.close()
    found = admin.list_group_offsets("committers")["committers"][partition]
    same((found.offset, found.metadata), (4, "a note"))
    holds("committers" in {group["group_id"] for group in admin.list_groups()}, "listed")
    same(dict(admin.delete_groups(["committers"])), {"committers": "OK"})
    holds("committers" not in {group["group_id"] for group in admin.list_groups()}, "no longer listed")


if __name__ == "__main__":
    main()
