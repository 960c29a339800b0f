// Flights with kafkajs. Arguments: HOST:PORT produce TOPIC FILE, or HOST:PORT consume TOPIC COUNT.
// What a digest is made of is told in flights.py.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import kafkajs from 'kafkajs'
import snappy from 'kafkajs-snappy'
import { say } from './checks.mjs'

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs
CompressionCodecs[CompressionTypes.Snappy] = snappy

const BATCH = 1000
const MEMBERS = 2
const [server, command, topic, argument] = process.argv.slice(2)
const kafka = new Kafka({ brokers: [server], clientId: 'flights-kafkajs', logLevel: logLevel.ERROR })

class Digests {
  keys = new Map()
  records = 0

  add(key, value, headers) {
    let entry = this.keys.get(key)
    if (entry === undefined) {
      entry = { count: 0, hash: createHash('sha256') }
      this.keys.set(key, entry)
    }
    entry.count += 1
    entry.hash.update(`${value.length}:`).update(value)
    for (const [name, bytes] of Object.entries(headers)) entry.hash.update(`${name}=`).update(bytes)
    this.records += 1
  }

  say() {
    const keys = [...this.keys].map(([key, { count, hash }]) => [key, [count, hash.digest('hex')]])
    say('result', JSON.stringify({ records: this.records, keys: Object.fromEntries(keys) }))
  }
}

async function produce(file) {
  const digests = new Digests()
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  let messages = []
  const send = async () => {
    if (messages.length > 0) await producer.send({ topic, messages, acks: -1, compression: CompressionTypes.GZIP })
    messages = []
  }
  let row = 0
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const tab = line.indexOf('\t')
    const [key, value] = [line.slice(0, tab), Buffer.from(line.slice(tab + 1))]
    const number = Buffer.alloc(8)
    number.writeBigInt64BE(BigInt(row++))
    const headers = { row: number, client: Buffer.from('kafkajs') }
    digests.add(key, value, headers)
    messages.push({ key, value, headers })
    if (messages.length === BATCH) await send()
    if (row % 100_000 === 0) say('progress', `${row} produced with kafkajs`)
  }
  await send()
  await producer.disconnect()
  digests.say()
}

async function consume(count) {
  const digests = new Digests()
  const next = new Map()
  const shares = Array(MEMBERS).fill(0)
  let finished
  const all = new Promise((resolve, reject) => (finished = { resolve, reject }))
  const joined = []
  const members = []
  for (let index = 0; index < MEMBERS; index++) {
    const member = kafka.consumer({ groupId: `${topic}-kafkajs`, maxWaitTimeInMs: 100, heartbeatInterval: 500 })
    members.push(member)
    joined.push(0)
    member.on(member.events.GROUP_JOIN, ({ payload }) => {
      joined[index] = payload.memberAssignment[topic]?.length ?? 0
      if (joined.every(held => held > 0)) say('progress', 'ready')
    })
    member.on(member.events.CRASH, ({ payload }) => !payload.restart && finished.reject(payload.error))
    await member.connect()
    await member.subscribe({ topics: [topic], fromBeginning: true })
    await member.run({
      eachMessage: async ({ partition, message }) => {
        const [offset, expected] = [Number(message.offset), next.get(partition) ?? 0]
        // After a rebalance records may come again, but never may one be left out.
        if (offset < expected) return
        if (offset > expected) finished.reject(new Error(`partition ${partition}: ${offset} came instead of ${expected}`))
        next.set(partition, offset + 1)
        shares[index] += 1
        digests.add(message.key.toString(), message.value, message.headers)
        if (digests.records >= count) finished.resolve()
      },
    })
  }
  await all
  await Promise.all(members.map(member => member.disconnect()))
  if (!shares.every(share => share > 0)) throw new Error(`each member should have had a share: ${shares}`)
  digests.say()
}

await (command === 'produce' ? produce(argument) : consume(Number(argument)))
say('done')
process.exit(0)
