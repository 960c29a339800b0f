// kafkajs: admin, producers, consumers in groups. Argument: HOST:PORT.

import kafkajs from 'kafkajs'
import snappy from 'kafkajs-snappy'
import { check, eventually, main, same } from './checks.mjs'

const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = kafkajs
CompressionCodecs[CompressionTypes.Snappy] = snappy

const kafka = new Kafka({ brokers: [process.argv[2]], clientId: 'kafkajs', logLevel: logLevel.WARN })
const admin = kafka.admin()
await admin.connect()

async function create(topic, numPartitions = 1, configEntries = []) {
  same(await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: true }), true)
}

async function send(topic, messages, { idempotent = false, ...options } = {}) {
  const producer = kafka.producer({ idempotent, maxInFlightRequests: idempotent ? 1 : null })
  await producer.connect()
  try {
    return await producer.send({ topic, messages, ...options })
  } finally {
    await producer.disconnect()
  }
}

/** Runs a consumer until `enough(messages)`; `onRun` may seek once it runs. */
async function take({ topic, groupId, enough, onRun = () => {}, ...options }) {
  const consumer = kafka.consumer({ groupId, heartbeatInterval: 200, maxWaitTimeInMs: 100, ...options })
  const messages = []
  await consumer.connect()
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ partition, message }) => messages.push({ partition, ...message }),
    })
    onRun(consumer)
    await eventually(() => enough(messages), `messages of ${topic}; there are ${messages.length}`)
    return messages
  } finally {
    await consumer.disconnect()
  }
}

const text = messages => messages.map(message => message.value?.toString() ?? null)

check('the cluster describes itself', async () => {
  const { brokers, controller, clusterId } = await admin.describeCluster()
  same(brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`]), [[1, process.argv[2]]])
  same([controller, clusterId.length > 0], [1, true])
})

check('topics are created, described, grown and deleted', async () => {
  await create('admin-topic', 2)
  same(await admin.createTopics({ topics: [{ topic: 'admin-topic' }] }), false, 'creating it again')
  const partitions = async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['admin-topic'] })
    return topics[0].partitions.map(({ partitionId, leader, isr }) => [partitionId, leader, isr])
  }
  same((await partitions()).sort(), [[0, 1, [1]], [1, 1, [1]]])
  await admin.createPartitions({ topicPartitions: [{ topic: 'admin-topic', count: 4 }] })
  await eventually(async () => (await partitions()).length === 4, 'four partitions')
  await admin.deleteTopics({ topics: ['admin-topic'] })
  await eventually(async () => !(await admin.listTopics()).includes('admin-topic'), 'the topic is gone')
})

check('configurations are described and altered', async () => {
  await create('configured', 1, [{ name: 'retention.ms', value: '3600000' }])
  const resource = { type: ConfigResourceTypes.TOPIC, name: 'configured' }
  const retention = async () => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: true, resources: [resource] })
    return resources[0].configEntries.find(({ configName }) => configName === 'retention.ms').configValue
  }
  same(await retention(), '3600000')
  const configEntries = [{ name: 'retention.ms', value: '7200000' }]
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] })
  same(await retention(), '7200000')
})

for (const codec of ['None', 'GZIP', 'Snappy']) {
  check(`records with ${codec} come back as they went, in order`, async () => {
    const topic = `codec-${codec.toLowerCase()}`
    await create(topic)
    const sent = Array.from({ length: 1000 }, (_, n) => `value ${n} ${'x'.repeat(n % 300)}`)
    const [{ baseOffset, errorCode }] =
      await send(topic, sent.map(value => ({ value })), { compression: CompressionTypes[codec] })
    same([baseOffset, errorCode], ['0', 0])
    const enough = messages => messages.length >= 1000
    const found = await take({ topic, groupId: topic, enough })
    same(text(found), sent)
    same(found.map(message => message.offset), sent.map((_, n) => String(n)))
  })
}

check('an idempotent producer', async () => {
  await create('idempotent')
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (let n = 0; n < 20; n++) {
    await producer.send({ topic: 'idempotent', messages: [{ value: `a${n}` }, { value: `b${n}` }] })
  }
  await producer.disconnect()
  const found = await take({ topic: 'idempotent', groupId: 'idempotent', enough: all => all.length >= 40 })
  same(text(found), Array.from({ length: 20 }, (_, n) => [`a${n}`, `b${n}`]).flat())
})

check('acks=0 and acks=1', async () => {
  await create('acks')
  await send('acks', [{ value: 'none' }], { acks: 0 })
  await eventually(async () => (await admin.fetchTopicOffsets('acks'))[0].high === '1', 'one record')
  await send('acks', [{ value: 'one' }], { acks: 1 })
  same(text(await take({ topic: 'acks', groupId: 'acks', enough: all => all.length >= 2 })), ['none', 'one'])
})

check('keys, headers, tombstones and times', async () => {
  await create('headers')
  const headers = { a: ['1', '2'], empty: '', bytes: Buffer.from([0, 255]) }
  await send('headers', [
    { key: 'k', value: 'v', headers, timestamp: '1600000000000' },
    { key: 'gone', value: null },
  ])
  const [first, second] = await take({ topic: 'headers', groupId: 'headers', enough: all => all.length >= 2 })
  same([first.key.toString(), first.value.toString(), first.timestamp], ['k', 'v', '1600000000000'])
  same(first.headers.a.map(String), ['1', '2'], 'a header twice')
  same([first.headers.empty.length, [...first.headers.bytes]], [0, [0, 255]], 'headers')
  same([second.key.toString(), second.value], ['gone', null])
})

check('offsets by time, beginning and end', async () => {
  await create('timed')
  for (let n = 0; n < 5; n++) {
    await send('timed', [{ value: `${n}`, timestamp: String(1_600_000_000_000 + n * 1000) }])
  }
  same(await admin.fetchTopicOffsets('timed'), [{ partition: 0, offset: '5', high: '5', low: '0' }])
  const byTime = await admin.fetchTopicOffsetsByTimestamp('timed', 1_600_000_002_500)
  same(byTime, [{ partition: 0, offset: '3' }])
})

check('a consumer seeks', async () => {
  await create('seekable')
  await send('seekable', Array.from({ length: 100 }, (_, n) => ({ value: `${n}` })))
  const found = await take({
    topic: 'seekable',
    groupId: 'seekers',
    onRun: consumer => consumer.seek({ topic: 'seekable', partition: 0, offset: '95' }),
    enough: messages => messages.some(({ offset }) => offset === '99'),
  })
  same(text(found).slice(-5), ['95', '96', '97', '98', '99'])
})

check('records are deleted up to an offset', async () => {
  await create('shortened')
  await send('shortened', Array.from({ length: 10 }, (_, n) => ({ value: `${n}` })))
  // The client deletes records only of topics that it has asked about before.
  same((await admin.fetchTopicOffsets('shortened'))[0].low, '0')
  await admin.deleteTopicRecords({ topic: 'shortened', partitions: [{ partition: 0, offset: '6' }] })
  same(await admin.fetchTopicOffsets('shortened'), [{ partition: 0, offset: '10', high: '10', low: '6' }])
  const found = await take({ topic: 'shortened', groupId: 'shortened', enough: all => all.length >= 4 })
  same(text(found), ['6', '7', '8', '9'])
})

check('members of a group share the partitions as they come and go', async () => {
  await create('shared', 4)
  const members = []
  const join = async () => {
    const member = { consumer: kafka.consumer({ groupId: 'sharers', heartbeatInterval: 100, maxWaitTimeInMs: 100 }), held: [] }
    member.consumer.on(member.consumer.events.GROUP_JOIN, ({ payload }) => {
      member.held = payload.memberAssignment.shared ?? []
    })
    await member.consumer.connect()
    await member.consumer.subscribe({ topics: ['shared'] })
    await member.consumer.run({ eachMessage: async () => {} })
    members.push(member)
  }
  const shares = expected =>
    eventually(() => {
      const held = members.map(member => member.held)
      return (
        JSON.stringify(held.map(own => own.length).sort()) === JSON.stringify(expected) &&
        new Set(held.flat()).size === 4
      )
    }, `shares of ${expected}`)
  await join()
  await shares([4])
  await join()
  await shares([2, 2])
  const { groups } = await admin.describeGroups(['sharers'])
  same([groups[0].state, groups[0].members.length], ['Stable', 2])
  await members.pop().consumer.disconnect()
  await shares([4])
  await members.pop().consumer.disconnect()
})

check('a group goes on where it stopped; its offsets are fetched, set and deleted', async () => {
  await create('committed')
  await send('committed', Array.from({ length: 10 }, (_, n) => ({ value: `${n}` })))
  const whole = { topic: 'committed', groupId: 'committers' }
  await take({ ...whole, enough: messages => messages.length >= 10 })
  const offsets = async () => {
    const [{ partitions }] = await admin.fetchOffsets({ groupId: 'committers', topics: ['committed'] })
    return partitions.map(({ offset, metadata }) => [offset, metadata])
  }
  same(await offsets(), [['10', null]])
  await admin.setOffsets({ groupId: 'committers', topic: 'committed', partitions: [{ partition: 0, offset: '7' }] })
  same(text(await take({ ...whole, enough: messages => messages.length >= 3 })), ['7', '8', '9'])
  const listed = (await admin.listGroups()).groups.map(({ groupId }) => groupId)
  same(listed.includes('committers'), true, `among the groups ${listed}`)
  await admin.deleteGroups(['committers'])
  same(await offsets(), [['-1', null]])
})

await main()
