"""A producer and a consumer with librdkafka, as fast as Python lets them be.

    librdkafka.py produce BOOTSTRAP TOPIC RECORDS RECORD_BYTES
    librdkafka.py consume BOOTSTRAP TOPIC RECORDS PARTITIONS

Prints one line of JSON: the bytes of all values, and the seconds from the first record to the last acknowledgement or
the last record read.
"""

import json
import os
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition


def produce(bootstrap, topic, records, record_bytes):
    failures = []

    def on_delivery(error, _message):
        if error is not None:
            failures.append(str(error))

    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "acks": "all",
            "batch.size": 65536,
            "linger.ms": 5,
            "queue.buffering.max.messages": 1_000_000,
            "queue.buffering.max.kbytes": 262_144,
            "on_delivery": on_delivery,
            # Counting failures is enough: a callback per success would measure Python.
            "delivery.report.only.error": True,
        }
    )
    values = [os.urandom(record_bytes) for _ in range(64)]
    producer.list_topics(topic, timeout=30)
    began = time.perf_counter()
    for number in range(records):
        while True:
            try:
                producer.produce(topic, values[number & 63])
                break
            except BufferError:
                producer.poll(0.01)
    left = producer.flush(120)
    seconds = time.perf_counter() - began
    if failures or left:
        sys.exit(f"{len(failures)} records failed ({failures[:1]}), {left} are not acknowledged")
    return records * record_bytes, seconds


def consume(bootstrap, topic, records, partitions):
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "ottla-bench",
            "enable.auto.commit": False,
            "queued.min.messages": 1_000_000,
            "queued.max.messages.kbytes": 262_144,
        }
    )
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(partitions)])
    count = size = 0
    began = None
    while count < records:
        # It waits for as many as are asked for, so never for more than there are.
        messages = consumer.consume(min(1_000, records - count), timeout=60)
        if not messages:
            sys.exit(f"only {count} of {records} records came")
        if began is None:
            # The first messages come when connections stand and metadata is there.
            began = time.perf_counter()
            count += len(messages)
            continue
        for message in messages:
            if message.error() is not None:
                sys.exit(str(message.error()))
            size += len(message.value())
        count += len(messages)
    seconds = time.perf_counter() - began
    consumer.close()
    return size, seconds


def main():
    what, bootstrap, topic, *numbers = sys.argv[1:]
    size, seconds = {"produce": produce, "consume": consume}[what](bootstrap, topic, *map(int, numbers))
    print(json.dumps({"bytes": size, "seconds": seconds}))


main()
