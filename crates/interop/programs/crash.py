"""Writes and commits while a node is killed again and again, then checks what is left. Arguments: HOST:PORT COMMAND …

`write NAME LEDGER` produces idempotently with acks=all until a line comes on standard input, and notes each
acknowledgement in the ledger. `commit NAME LEDGER` is a member of a group that reads, commits and notes what was
acknowledged; before each commit it asks what is committed, which must never be less. `verify LEDGER…` reads
everything. `fill BYTES` writes that much.
"""

import json
import os
import sys
import threading
import time
from collections import defaultdict

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from checks import holds, same, say

SERVER, COMMAND, *ARGUMENTS = sys.argv[1:]
TOPIC, GROUP, PARTITIONS = "crash", "crash-group", 4
IN_FLIGHT_MAX = 2000
# A client that gives up while the node is down proves nothing: it waits, and comes back at once.
PATIENCE = {
    "bootstrap.servers": SERVER,
    "reconnect.backoff.ms": 20,
    "reconnect.backoff.max.ms": 100,
    "retry.backoff.ms": 50,
    "log_level": 2,
}
stopped = threading.Event()


def stop_on_input():
    def wait_for_a_line():
        sys.stdin.readline()
        stopped.set()

    threading.Thread(target=wait_for_a_line, daemon=True).start()


def create():
    admin = AdminClient({"bootstrap.servers": SERVER})
    admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])[TOPIC].result(30)


def write(name, ledger):
    """The ledger's lines: `n partition offset`, or `n error TEXT`."""
    producer = Producer(
        PATIENCE
        | {"enable.idempotence": True, "acks": "all", "message.timeout.ms": 600_000, "linger.ms": 2, "batch.size": 20_000}
    )
    counts = {"sent": 0, "done": 0, "errors": 0}
    with open(ledger, "w") as lines:

        def on_delivery(error, message):
            counts["done"] += 1
            if counts["done"] == 1:
                say("progress", "writing")
            n = int(message.value().split(b":", 2)[1])
            if error is None:
                lines.write(f"{n} {message.partition()} {message.offset()}\n")
            else:
                counts["errors"] += 1
                lines.write(f"{n} error {error}\n")

        while not stopped.is_set():
            while counts["sent"] - counts["done"] < IN_FLIGHT_MAX and not stopped.is_set():
                n = counts["sent"]
                value = b"%s:%d:%s" % (name.encode(), n, b"x" * (n % 400))
                producer.produce(TOPIC, value, partition=n % PARTITIONS, on_delivery=on_delivery)
                counts["sent"] += 1
                if n % 50 == 0:
                    producer.poll(0)
            producer.poll(0.05)
        counts["left"] = producer.flush(300)
    say("result", json.dumps(counts))


def commit(name, ledger):
    """The ledger's lines: `partition offset`, each acknowledged."""
    settings = {
        "group.id": GROUP,
        "group.protocol": "classic",
        "client.id": name,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "session.timeout.ms": 30_000,
        "max.poll.interval.ms": 40_000,
        "heartbeat.interval.ms": 300,
    }
    consumer = Consumer(PATIENCE | settings)
    consumer.subscribe([TOPIC])
    acknowledged = {}
    lost = []
    commits = reads = 0
    with open(ledger, "w") as lines:
        # Told to stop, it goes on until the group has committed everything that there is.
        while not stopped.is_set() or not drained(consumer):
            seen = {}
            for message in consumer.consume(500, 0.2):
                if message.error() is None:
                    seen[message.partition()] = message.offset() + 1
                    reads += 1
            if not seen:
                continue
            try:
                for partition in consumer.committed([TopicPartition(TOPIC, p) for p in range(PARTITIONS)], 5):
                    least = acknowledged.get(partition.partition, -1)
                    if partition.error is None and max(partition.offset, -1) < least:
                        lost.append(f"partition {partition.partition}: {least} was acknowledged, {partition.offset} is there")
                wanted = [TopicPartition(TOPIC, partition, offset) for partition, offset in seen.items()]
                for partition in consumer.commit(offsets=wanted, asynchronous=False):
                    if partition.error is None:
                        acknowledged[partition.partition] = partition.offset
                        lines.write(f"{partition.partition} {partition.offset}\n")
                        commits += 1
                        if commits == 1:
                            say("progress", "committing")
            except KafkaException as error:
                # The node is down, or the group is being rebalanced: what was not acknowledged may be lost.
                print(f"{time.strftime('%T')} {name}: {error}", file=sys.stderr, flush=True)
    say("result", json.dumps({"commits": commits, "reads": reads, "lost": lost[:5]}))
    consumer.close()


def drained(consumer):
    partitions = [TopicPartition(TOPIC, partition) for partition in range(PARTITIONS)]
    try:
        ends = {p.partition: consumer.get_watermark_offsets(p, 5)[1] for p in partitions}
        return ends == {p.partition: p.offset for p in consumer.committed(partitions, 5)}
    except KafkaException:
        return False


def read_all():
    """Where each record of each writer is, and where each partition ends. Fails if a writer's order is not kept."""
    consumer = Consumer(PATIENCE | {"group.id": "verify", "enable.auto.commit": False, "auto.offset.reset": "error"})
    places, ends = defaultdict(list), {}
    for partition in range(PARTITIONS):
        low, high = consumer.get_watermark_offsets(TopicPartition(TOPIC, partition), 60)
        same(low, 0, "the first offset")
        consumer.assign([TopicPartition(TOPIC, partition, 0)])
        last = {}
        expected = 0
        until = time.monotonic() + 60
        while expected < high:
            holds(time.monotonic() < until, f"partition {partition}: no record at {expected} of {high}")
            for message in consumer.consume(5000, 0.2):
                until = time.monotonic() + 60
                holds(message.error() is None, f"partition {partition} at {expected}: {message.error()}")
                same(message.offset(), expected, f"partition {partition}: the next offset")
                expected += 1
                writer, n, _ = message.value().split(b":", 2)
                writer, n = writer.decode(), int(n)
                places[writer, n].append((partition, message.offset()))
                holds(last.get(writer, -1) < n, f"{writer}: {n} after {last.get(writer)} in partition {partition}")
                last[writer] = n
        ends[partition] = high
    return places, ends


def read_committed():
    consumer = Consumer(PATIENCE | {"group.id": GROUP, "enable.auto.commit": False})
    found = consumer.committed([TopicPartition(TOPIC, partition) for partition in range(PARTITIONS)], 60)
    return {partition.partition: partition.offset for partition in found}


def verify(*ledgers):
    places, ends = read_all()
    committed = read_committed()
    same(committed, ends, "what the group has committed after reading all")
    acknowledged = 0
    for ledger in ledgers:
        name, kind = os.path.basename(ledger).split(".")
        with open(ledger) as lines:
            for line in lines:
                if kind == "written":
                    n, partition, offset = line.split(maxsplit=2)
                    holds(partition != "error", f"{name}: record {n} was given up: {offset}")
                    same(places.get((name, int(n))), [(int(partition), int(offset))], f"{name}: where record {n} is")
                    acknowledged += 1
                else:
                    partition, offset = map(int, line.split())
                    found = committed[partition]
                    holds(found >= offset, f"partition {partition}: {offset} was committed, {found} is there")
    twice = [key for key, found in places.items() if len(found) > 1]
    same(twice, [], "records that are there more than once")
    same(len(places), acknowledged, "records in all")
    say("result", json.dumps({"records": len(places), "ends": ends}))


def fill(count):
    admin = AdminClient({"bootstrap.servers": SERVER})
    admin.create_topics([NewTopic("filled", 16, 1)])["filled"].result(30)
    producer = Producer(PATIENCE | {"batch.size": 1_000_000, "linger.ms": 10, "queue.buffering.max.kbytes": 200_000})
    value = os.urandom(100_000)
    began = time.monotonic()
    errors = []
    for n in range(int(count) // len(value)):
        while True:
            try:
                callback = lambda error, _: errors.append(error) if error else None
                producer.produce("filled", value, partition=n % 16, on_delivery=callback)
                break
            except BufferError:
                producer.poll(0.1)
        if n % 2000 == 0:
            say("progress", f"{n * len(value) / 1e9:.1f} GB written in {time.monotonic() - began:.0f} s")
    same(producer.flush(300), 0, "messages left after a flush")
    same(errors, [], "delivery errors")


if __name__ == "__main__":
    if COMMAND in ("write", "commit"):
        stop_on_input()
    {"create": create, "write": write, "commit": commit, "verify": verify, "fill": fill}[COMMAND](*ARGUMENTS)
    say("done")
