// What the JavaScript scripts share: checks that run in order and are reported in lines the harness understands.

const checks = []

/** Registers an async function as one check. */
export function check(name, run) {
  checks.push({ name, run })
}

/** One line to the harness. */
export function say(word, text = '') {
  process.stdout.write(`::${word} ${String(text).replaceAll('\n', ' ')}`.trimEnd() + '\n')
}

/** Runs every check, whatever became of those before it. */
export async function main() {
  for (const { name, run } of checks) {
    say('progress', name)
    const began = performance.now()
    const seconds = () => ((performance.now() - began) / 1000).toFixed(3)
    try {
      await within(90, run(), 'the check')
      say('ok', `${seconds()} ${name}`)
    } catch (error) {
      console.error(`${name}:`, error)
      say('failed', `${seconds()} ${name}: ${error.message}`)
    }
  }
  say('done')
  process.exit(0)
}

/** Fails unless both are equal as JSON. */
export function same(found, expected, what = 'it') {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)]
  if (left !== right) {
    throw new Error(`${what}: ${short(right)} was expected and ${short(left)} came`)
  }
}

/** Waits until the condition gives something, and returns that. */
export async function eventually(condition, what, seconds = 30) {
  const until = performance.now() + seconds * 1000
  for (;;) {
    const found = await condition()
    if (found) return found
    if (performance.now() > until) throw new Error(`not within ${seconds} s: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** Fails unless the promise is kept in time. */
export async function within(seconds, promise, what) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${seconds} s: ${what}`)), seconds * 1000)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function short(text) {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`
}
