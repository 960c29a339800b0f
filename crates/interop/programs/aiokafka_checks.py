"""aiokafka: admin, producers, consumers and groups. Argument: HOST:PORT."""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import MessageSizeTooLargeError

from checks import check, holds, main, same

SERVER = sys.argv[1]
CODECS = [None, "gzip", "snappy", "lz4", "zstd"]


class Admin:
    """An admin client for one block."""

    async def __aenter__(self):
        self.client = AIOKafkaAdminClient(bootstrap_servers=SERVER)
        await self.client.start()
        return self.client

    async def __aexit__(self, *_):
        await self.client.close()


async def create(name, partitions=1, **configs):
    configs = {key.replace("_", "."): value for key, value in configs.items()}
    async with Admin() as admin:
        response = await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs)])
        same([(topic[0], topic[1]) for topic in response.topic_errors], [(name, 0)], "creating a topic")
        # Created is not yet known to the broker.
        for _ in range(500):
            found = (await admin.describe_topics([name]))[0]
            if len(found["partitions"]) == partitions:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{name} was created and is not there")


async def send(topic, values, **config):
    async with AIOKafkaProducer(bootstrap_servers=SERVER, **config) as producer:
        futures = [await producer.send(topic, value, partition=0) for value in values]
        return await asyncio.gather(*futures)


def consumer(*topics, **config):
    settings = {"bootstrap_servers": SERVER, "auto_offset_reset": "earliest", "enable_auto_commit": False}
    return AIOKafkaConsumer(*topics, **(settings | config))


async def take(reader, count):
    async def all_of_them():
        return [await reader.getone() for _ in range(count)]

    return await asyncio.wait_for(all_of_them(), 30)


async def read(topic, count):
    async with consumer(topic) as reader:
        return await take(reader, count)


async def settle(members, expected):
    """Waits until the sizes of the members' assignments are as expected."""
    for _ in range(1500):
        held = [member.assignment() for member in members]
        if sorted(map(len, held)) == expected and len(set().union(*held)) == sum(expected):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"shares of {expected} were expected; there are {held}")


@check("topics are created, described, grown and deleted")
async def topics():
    await create("admin-topic", 2)
    async with Admin() as admin:
        again = await admin.create_topics([NewTopic("admin-topic", 1, 1)])
        same(again.topic_errors[0][1], 36, "a topic that exists")
        same(len((await admin.describe_topics(["admin-topic"]))[0]["partitions"]), 2)
        await admin.create_partitions({"admin-topic": NewPartitions(4)})
        for _ in range(500):
            if len((await admin.describe_topics(["admin-topic"]))[0]["partitions"]) == 4:
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError("four partitions were expected")
        await admin.delete_topics(["admin-topic"])
        for _ in range(500):
            if "admin-topic" not in await admin.list_topics():
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError("the topic should be gone")


@check("configurations are described and altered")
async def configs():
    await create("configured", retention_ms="3600000")
    async with Admin() as admin:
        topic = ConfigResource(ConfigResourceType.TOPIC, "configured")

        async def retention():
            responses = await admin.describe_configs([topic])
            entries = responses[0].resources[0][4]
            return {entry[0]: entry[1] for entry in entries}["retention.ms"]

        same(await retention(), "3600000")
        change = ConfigResource(ConfigResourceType.TOPIC, "configured", configs={"retention.ms": "7200000"})
        await admin.alter_configs([change])
        same(await retention(), "7200000")


@check("every codec, with and without idempotence")
async def codecs():
    for codec in CODECS:
        for idempotent in [True, False]:
            topic = f"codec-{codec}-{idempotent}"
            await create(topic)
            sent = [f"value {n} ".encode() * (1 + n % 50) for n in range(500)]
            found = await send(topic, sent, compression_type=codec, enable_idempotence=idempotent, linger_ms=5)
            same([metadata.offset for metadata in found], list(range(500)), topic)
            same([record.value for record in await read(topic, 500)], sent, topic)


@check("keys, headers, tombstones and times")
async def headers():
    await create("headers")
    async with AIOKafkaProducer(bootstrap_servers=SERVER) as producer:
        sent = [("a", b"1"), ("a", b"2"), ("empty", b"")]
        await producer.send_and_wait("headers", b"v", key=b"k", headers=sent, timestamp_ms=1_600_000_000_000)
        await producer.send_and_wait("headers", None, key=b"gone")
    first, second = await read("headers", 2)
    same((first.key, first.value, list(first.headers), first.timestamp), (b"k", b"v", sent, 1_600_000_000_000))
    same((second.key, second.value), (b"gone", None))


@check("a record larger than the topic allows is refused")
async def too_large():
    await create("limited", max_message_bytes="1000")
    try:
        await send("limited", [b"x" * 5000])
        raise AssertionError("an error was expected")
    except MessageSizeTooLargeError:
        pass


@check("offsets by time, beginning and end; seek")
async def offsets():
    await create("timed")
    async with AIOKafkaProducer(bootstrap_servers=SERVER) as producer:
        for n in range(10):
            await producer.send_and_wait("timed", b"%d" % n, timestamp_ms=1_600_000_000_000 + n * 1000)
    partition = TopicPartition("timed", 0)
    async with consumer() as reader:
        reader.assign([partition])
        same(await reader.beginning_offsets([partition]), {partition: 0})
        same(await reader.end_offsets([partition]), {partition: 10})
        same((await reader.offsets_for_times({partition: 1_600_000_003_500}))[partition].offset, 4)
        reader.seek(partition, 7)
        same([record.value for record in await take(reader, 3)], [b"7", b"8", b"9"])


@check("records are deleted up to an offset")
async def delete_records():
    await create("shortened")
    await send("shortened", [b"%d" % n for n in range(10)])
    partition = TopicPartition("shortened", 0)
    async with Admin() as admin:
        same(await admin.delete_records({partition: RecordsToDelete(before_offset=6)}), {partition: 6})


@check("members of a group share the partitions as they come and go")
async def groups():
    await create("shared", 4)
    join = lambda: consumer("shared", group_id="sharers", session_timeout_ms=6000, heartbeat_interval_ms=200)
    async with join() as first:
        await settle([first], [4])
        async with join() as second:
            await settle([first, second], [2, 2])
        await settle([first], [4])


@check("offsets are committed and fetched again; groups are listed")
async def commits():
    await create("committed")
    await send("committed", [b"%d" % n for n in range(10)])
    partition = TopicPartition("committed", 0)
    async with consumer("committed", group_id="committers") as reader:
        await take(reader, 10)
        await reader.commit({partition: (4, "a note")})
        same(await reader.committed(partition), 4)
    async with consumer("committed", group_id="committers") as reader:
        same([record.value for record in await take(reader, 6)], [b"%d" % n for n in range(4, 10)])
    async with Admin() as admin:
        found = (await admin.list_consumer_group_offsets("committers"))[partition]
        same((found.offset, found.metadata), (4, "a note"))
        listed = [group[0] for group in await admin.list_consumer_groups()]
        holds("committers" in listed, f"among the groups: {listed}")


if __name__ == "__main__":
    main()
