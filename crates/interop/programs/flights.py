"""Flights with librdkafka. Arguments: HOST:PORT create TOPIC, … produce TOPIC FILE, or … consume TOPIC COUNT.

A flight is a record: its key the airport it left from, its value JSON, its headers `row` (the line's number, eight bytes)
and `client` (who produced it). Producers and consumers, each in its own language, keep a SHA-256 per key over, record
by record: the value's length and a colon, the value, and each header's name, an equals sign and its bytes. When the
digests agree, every record came, in order per key, with the same bytes and headers.
"""

import hashlib
import json
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from checks import holds, same, say

SERVER, COMMAND, TOPIC, *REST = sys.argv[1:]
PARTITIONS, MEMBERS = 6, 2
PATIENCE_SECONDS = 120


class Digests:
    """One running hash per key."""

    def __init__(self):
        self.keys = {}
        self.records = 0

    def add(self, key, value, headers):
        entry = self.keys.get(key)
        if entry is None:
            entry = self.keys[key] = [0, hashlib.sha256()]
        entry[0] += 1
        parts = [b"%d:" % len(value), value]
        for name, data in headers:
            parts += [name.encode(), b"=", data]
        entry[1].update(b"".join(parts))
        self.records += 1

    def say(self):
        keys = {key.decode(): [count, digest.hexdigest()] for key, (count, digest) in self.keys.items()}
        say("result", json.dumps({"records": self.records, "keys": keys}))


def create():
    admin = AdminClient({"bootstrap.servers": SERVER})
    admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])[TOPIC].result(30)


def produce(file):
    digests = Digests()
    errors = []
    settings = {"enable.idempotence": True, "acks": "all", "compression.type": "gzip", "linger.ms": 10}
    producer = Producer({"bootstrap.servers": SERVER} | settings)
    on_delivery = lambda error, _: errors.append(error) if error else None
    with open(file, "rb") as lines:
        for row, line in enumerate(lines):
            key, value = line.rstrip(b"\n").split(b"\t", 1)
            headers = [("row", row.to_bytes(8, "big")), ("client", b"librdkafka")]
            digests.add(key, value, headers)
            while True:
                try:
                    producer.produce(TOPIC, value, key, headers=headers, on_delivery=on_delivery)
                    break
                except BufferError:
                    producer.poll(0.1)
            if row % 1000 == 0:
                producer.poll(0)
            if row % 100_000 == 0:
                say("progress", f"{row} produced with librdkafka")
    same(producer.flush(PATIENCE_SECONDS), 0, "messages left after a flush")
    same(errors, [], "delivery errors")
    digests.say()


class Group:
    """Members that share the partitions, each in a thread."""

    def __init__(self, count):
        self.count = count
        self.digests = Digests()
        self.next = {}
        self.shares = [0] * MEMBERS
        self.held = [0] * MEMBERS
        self.failures = []
        self.last = time.monotonic()
        self.lock = threading.Lock()

    def done(self):
        return self.failures or self.digests.records >= self.count

    def member(self, index):
        try:
            self.run(index)
        except Exception as error:
            self.failures.append(error)

    def run(self, index):
        settings = {
            "group.id": f"{TOPIC}-librdkafka",
            "group.protocol": "classic",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "heartbeat.interval.ms": 500,
        }
        consumer = Consumer({"bootstrap.servers": SERVER} | settings)

        def on_assign(_, partitions):
            self.held[index] = len(partitions)
            if all(self.held):
                say("progress", "ready")

        def on_revoke(consumer, _):
            self.commit(consumer)

        consumer.subscribe([TOPIC], on_assign=on_assign, on_revoke=on_revoke)
        while not self.done():
            messages = consumer.consume(1000, 0.2)
            with self.lock:
                for message in messages:
                    self.take(index, message)
            if messages:
                self.last = time.monotonic()
                self.commit(consumer)
            quiet = time.monotonic() - self.last
            holds(quiet < PATIENCE_SECONDS, f"{self.digests.records} of {self.count} records, then silence")
        self.commit(consumer)
        consumer.close()

    def take(self, index, message):
        holds(message.error() is None, f"a consumer's error: {message.error()}")
        expected = self.next.get(message.partition(), 0)
        # After a rebalance records may come again, but never may one be left out.
        if message.offset() < expected:
            return
        same(message.offset(), expected, f"partition {message.partition()}: the next offset")
        self.next[message.partition()] = expected + 1
        self.shares[index] += 1
        self.digests.add(message.key(), message.value(), message.headers())

    @staticmethod
    def commit(consumer):
        held = consumer.position(consumer.assignment())
        moved = [position for position in held if position.offset >= 0]
        if moved:
            try:
                consumer.commit(offsets=moved, asynchronous=False)
            except KafkaException as error:
                # A rebalance took them away: whoever has them now reads on from the last commit.
                print(error, file=sys.stderr)


def consume(count):
    group = Group(int(count))
    threads = [threading.Thread(target=group.member, args=(index,)) for index in range(MEMBERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if group.failures:
        raise group.failures[0]
    holds(all(group.shares), f"each member should have had a share: {group.shares}")
    group.digests.say()


if __name__ == "__main__":
    {"create": create, "produce": produce, "consume": consume}[COMMAND](*REST)
    say("done")
