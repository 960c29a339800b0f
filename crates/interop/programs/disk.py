"""Fills a node with everything that leaves a trace on disk, and describes what is there. Arguments: HOST:PORT COMMAND.

`write` makes topics, records, offsets and configurations. `extend N` adds to them for the Nth time; with `keep` it
deletes no records (Apache Kafka forgets a deletion when it is killed within a minute). `state` prints all of it as one
`::result`: two nodes on the same files must print the same. `hold` is an idempotent producer that outlives the node:
it sends one record for each line on its standard input, and says `sent OFFSET`.
"""

import hashlib
import json
import os
import sys

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
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
    ResourceType,
)

from checks import eventually, holds, same, say

SERVER, COMMAND = sys.argv[1:3]
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
GROUPS = ["disk-group", "another-group"]
PARTITIONS = {
    "disk-codecs": 5,
    "disk-segments": 1,
    "disk-append-time": 1,
    "disk-shortened": 1,
    "disk-grown": 3,
    "disk-held": 1,
}
admin = AdminClient({"bootstrap.servers": SERVER})


def wait(futures):
    """The one result of an admin call."""
    (future,) = futures.values()
    return future.result(60)


def create(name, partitions, **configs):
    configs = {key.replace("_", "."): value for key, value in configs.items()}
    wait(admin.create_topics([NewTopic(name, partitions, 1, config=configs)]))


def alter(kind, name, key, value):
    resource = ConfigResource(kind, name)
    how = AlterConfigOpType.SET if value is not None else AlterConfigOpType.DELETE
    resource.add_incremental_config(ConfigEntry(key, value, incremental_operation=how))
    wait(admin.incremental_alter_configs([resource]))


class Sending:
    """Idempotent producers that work at the same time, since each takes half a second to get its id."""

    def __init__(self):
        self.producers = []
        self.errors = []

    def send(self, topic, messages, **config):
        """Produces (key, value, headers, partition)."""
        producer = Producer({"bootstrap.servers": SERVER, "enable.idempotence": True, "linger.ms": 5} | config)
        for key, value, headers, partition in messages:
            producer.produce(topic, value, key, partition, headers=headers, on_delivery=self._note)
        self.producers.append(producer)

    def _note(self, error, _):
        if error:
            self.errors.append(error)

    def finish(self):
        """Waits until all is acknowledged."""
        for producer in self.producers:
            same(producer.flush(60), 0, "messages left after a flush")
        same(self.errors, [], "delivery errors")


def commit(group, positions):
    consumer = Consumer({"bootstrap.servers": SERVER, "group.id": group, "enable.auto.commit": False})
    committed = consumer.commit(offsets=positions, asynchronous=False)
    same([position.error for position in committed], [None] * len(positions), "commits")
    consumer.close()


def write():
    create("disk-codecs", 5, retention_ms="864000000")
    create("disk-segments", 1, segment_bytes="1048576", index_interval_bytes="1024")
    create("disk-append-time", 1, message_timestamp_type="LogAppendTime")
    create("disk-shortened", 1)
    create("disk-grown", 1)
    create("disk-held", 1)
    create("disk-deleted", 2)
    records(0, True)
    wait(admin.create_partitions([NewPartitions("disk-grown", 3)]))
    alter(ResourceType.TOPIC, "disk-shortened", "max.message.bytes", "2000000")
    alter(ResourceType.TOPIC, "disk-shortened", "segment.ms", "7200000")
    alter(ResourceType.TOPIC, "disk-shortened", "segment.ms", None)
    alter(ResourceType.BROKER, "1", "log.cleaner.backoff.ms", "16000")
    wait(admin.delete_topics(["disk-deleted"]))
    eventually(lambda: len(admin.list_topics("disk-grown", 30).topics["disk-grown"].partitions) == 3, "partitions")
    sending = Sending()
    sending.send("disk-grown", [(b"k", b"new partition", None, 2)])
    sending.finish()


def records(start, shorten):
    """Records of every kind, numbered from `start`; whether some are deleted again."""
    sending = Sending()
    for partition, codec in enumerate(CODECS):
        values = [
            (b"key %d" % (n % 7), b"value %d " % n * (n % 40), [("n", b"%d" % n)], partition)
            for n in range(start, start + 300)
        ]
        sending.send("disk-codecs", values, **{"compression.type": codec})
    # Bytes that do not shrink: several segments of a megabyte.
    sending.send("disk-segments", [(None, os.urandom(4000), None, 0) for _ in range(800)], **{"batch.size": 20_000})
    odd = [(b"k", b"v", [("a", b"1"), ("a", None), ("é", b"")], 0), (b"gone", None, None, 0), (None, b"", None, 0)]
    sending.send("disk-append-time", odd)
    sending.send("disk-shortened", [(None, b"%d" % n, None, 0) for n in range(20)])
    sending.send("disk-grown", [(b"k", b"%d" % n, None, 0) for n in range(10)])
    sending.finish()
    if shorten:
        new_start = start // 300 * 20 + 7
        low = wait(admin.delete_records([TopicPartition("disk-shortened", 0, new_start)])).low_watermark
        same(low, new_start, "the new start")
    for group in GROUPS:
        offsets = [start + 10 * partition + len(group) for partition in range(5)]
        commit(group, [TopicPartition("disk-codecs", p, offset, f"from {start}") for p, offset in enumerate(offsets)])


def state():
    topics = {name: topic(name, count) for name, count in PARTITIONS.items()}
    listed = [name for name in admin.list_topics(timeout=30).topics if name.startswith("disk-")]
    same(sorted(listed), sorted(topics), "topics")
    groups = {}
    for group in GROUPS:
        found = wait(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]))
        offsets = sorted((p.topic, p.partition, p.offset, p.metadata) for p in found.topic_partitions)
        groups[group] = offsets
    broker = configs(ResourceType.BROKER, "1", ConfigSource.DYNAMIC_BROKER_CONFIG)
    cluster = admin.describe_cluster().result(30).cluster_id
    say("result", json.dumps({"topics": topics, "groups": groups, "broker": broker, "cluster": cluster}, sort_keys=True))


def topic(name, partitions):
    described = wait(admin.describe_topics(TopicCollection([name])))
    same(len(described.partitions), partitions, f"partitions of {name}")
    return {
        "id": str(described.topic_id),
        "configs": configs(ResourceType.TOPIC, name, ConfigSource.DYNAMIC_TOPIC_CONFIG),
        "partitions": [partition_state(name, number) for number in range(partitions)],
    }


def configs(kind, name, source):
    entries = wait(admin.describe_configs([ConfigResource(kind, name)])).values()
    return {entry.name: entry.value for entry in entries if entry.source == source.value}


def watermarks(consumer, partition):
    """Where it begins and ends; nothing while a broker that is starting does not lead it yet."""
    try:
        return consumer.get_watermark_offsets(partition, 30)
    except KafkaException as error:
        if error.args[0].code() in (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE):
            return None
        raise


def partition_state(name, number):
    """Where a partition begins and ends, and a digest over everything that its records carry."""
    consumer = Consumer({"bootstrap.servers": SERVER, "group.id": "state", "enable.auto.commit": False})
    low, high = eventually(lambda: watermarks(consumer, TopicPartition(name, number)), f"a leader of {name}-{number}", 60)
    digest = hashlib.sha256()
    count = 0
    if low < high:
        consumer.assign([TopicPartition(name, number, low)])
        next_offset = low
        while next_offset < high:
            message = consumer.poll(30)
            holds(message is not None, f"{name}-{number} at {next_offset} of {high}: no record within 30 s")
            holds(message.error() is None, f"{name}-{number} at {next_offset}: {message.error()}")
            same(message.offset(), next_offset, f"{name}-{number}: the next offset")
            next_offset += 1
            count += 1
            parts = (message.offset(), message.key(), message.value(), message.headers(), message.timestamp())
            digest.update(repr(parts).encode())
    consumer.close()
    return {"start": low, "end": high, "records": count, "digest": digest.hexdigest()}


def hold():
    settings = {"enable.idempotence": True, "message.timeout.ms": 120_000, "reconnect.backoff.max.ms": 100}
    producer = Producer({"bootstrap.servers": SERVER} | settings)
    offsets = []

    def on_delivery(error, message):
        offsets.append(f"error {error}" if error else message.offset())

    for line in sys.stdin:
        producer.produce("disk-held", line.strip(), on_delivery=on_delivery)
        producer.flush(120)
        print(f"sent {offsets[-1]}", flush=True)


if __name__ == "__main__":
    if COMMAND == "extend":
        records(300 * int(sys.argv[3]), "keep" not in sys.argv)
    else:
        {"write": write, "state": state, "hold": hold}[COMMAND]()
    say("done")
