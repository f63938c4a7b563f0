import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { driverKinds } from '#drivers/registry.ts'
import { VafaError } from '#runtime/errors.ts'
import { parsersOfDrivers } from './of-drivers.ts'
import { parsersOfTills } from './of-tills.ts'
import { inputOf, piecesOf } from './random-bytes.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const parsers = [...parsersOfDrivers, ...parsersOfTills]

/** Called like parsers, and read nothing that comes from outside. */
const others: Readonly<Record<string, string>> = {
  'drivers/pcsc/apdu.ts readBinary': 'writes a command',
  'drivers/pcsc/apdu.ts readBlocks': 'writes a command',
  'drivers/pos-iso8583/terminals.ts readMacKey': "a file of the installation's",
  'drivers/till-mqtt/pages/files.ts readPage': 'files that were built here',
  'drivers/till/tls-files.ts readTls': "files of the installation's",
  'drivers/till-http/tills.ts readTills': "files of the installation's",
  'drivers/till-http/event-stream.ts createEventStreams': 'writes to tills',
  'protocol/ids.ts parseSequence': 'what the schema of messages has let through',
}

/** Drivers that hear nothing. */
const deaf = ['display-serial']

/** Which folders of parsers a driver reads by, besides its own. */
const lent: Readonly<Record<string, string>> = {
  'scanner-serial': 'drivers/scan/',
  'scanner-tcp': 'drivers/scan/',
  'pos-iso8583': 'protocol/iso8583/',
}

const called =
  /^export (?:async )?(?:function|const) ((?:parse|decode|read|take)[A-Z]\w*|create\w*(?:Reader|Decoder|Tokenizer|Stream|Streams|Link|Typing|Parser))\b/gm

function namesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) =>
      [...readFileSync(join(root, folder, file), 'utf8').matchAll(called)].map(([, name]) => `${folder}/${file} ${name}`),
    )
}

describe('the table of parsers', () => {
  test('has whatever reads bytes from outside, and nothing else', () => {
    const found = ['drivers', 'protocol', 'agent'].flatMap(namesIn)
    const listed = [...parsers.map(({ where }) => where), ...Object.keys(others)]
    expect(new Set(listed).size).toBe(listed.length)
    expect(found.filter((name) => !listed.includes(name))).toEqual([])
    expect(listed.filter((name) => !found.includes(name))).toEqual([])
  })

  test('has something of each driver that hears anything', () => {
    const without = driverKinds.filter((kind) => !parsers.some(({ where }) => where.startsWith(lent[kind] ?? `drivers/${kind}/`)))
    expect(without).toEqual(deaf)
  })
})

/** Runs it with what a seed makes; a failure names the bytes. */
async function tried(work: () => unknown, bytes: Buffer): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof VafaError) return
    throw new Error(`of the bytes ${bytes.toString('hex')}: ${error}`, { cause: error })
  }
}

describe.each(parsers)('$where', ({ samples, read, stream }) => {
  const valid = samples.map((sample) => Buffer.from(sample))

  test('outlives 10,000 inputs', async () => {
    const seed = fc.integer()
    await fc.assert(
      fc.asyncProperty(seed, async (one) => {
        const bytes = inputOf(one, valid)
        await tried(() => read(bytes), bytes)
      }),
      { numRuns: 10_000, endOnFailure: true },
    )
  })

  if (!stream) return

  test('gives the same for 1,000 ways to cut a valid stream', () => {
    const all = Buffer.concat(valid)
    const run = (pieces: readonly Buffer[]) => {
      const one = stream()
      return [...pieces.flatMap((piece) => [...one.push(piece)]), ...(one.end?.() ?? [])]
    }
    const whole = run([all])
    expect(whole.length).toBeGreaterThanOrEqual(valid.length)
    fc.assert(
      fc.property(fc.integer(), (seed) => void expect(run(piecesOf(seed, all))).toEqual(whole)),
      { numRuns: 1_000, endOnFailure: true },
    )
  })
})
