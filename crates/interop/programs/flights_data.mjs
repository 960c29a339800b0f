// Writes the first flights of `flights-3m.parquet` as lines of key, tab, JSON. Arguments: OUTPUT COUNT.

import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { say } from './checks.mjs'

const PIECE = 100_000
const [output, count] = [process.argv[2], Number(process.argv[3])]
const source = fileURLToPath(new URL('node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url))
const file = await asyncBufferFromFile(source)
const lines = createWriteStream(`${output}.part`)
let written = 0
for (let start = 0; start < count; start += PIECE) {
  const rowEnd = Math.min(start + PIECE, count)
  for (const flight of await parquetReadObjects({ file, compressors, rowStart: start, rowEnd })) {
    // 64-bit integers have no JSON of their own.
    const json = JSON.stringify(flight, (_, value) => (typeof value === 'bigint' ? Number(value) : value))
    written += 1
    if (!lines.write(`${flight.origin}\t${json}\n`)) await once(lines, 'drain')
  }
  say('progress', `${rowEnd} of ${count} flights unpacked`)
}
lines.end()
await once(lines, 'close')
if (written !== count) throw new Error(`${written} of ${count} flights were there`)
await rename(`${output}.part`, output)
say('done')
