import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTtyPair } from '#simulators/line/tty-pair.ts'
import { startVafa } from '#simulators/process/watched-process.ts'
import { startVirtualScanner, type VirtualScanner } from '#simulators/scanner/virtual-scanner.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type Chain, makeChain } from './chain.ts'

const card = '6261000012345678'
/** A device that comes back is waited for. */
const patience = { timeoutMs: 30_000 }
let chain: Chain
const endings: (() => Promise<unknown>)[] = []
const at = (name: string) => join(chain.folder, name)

beforeEach(() => {
  endings.length = 0
})
afterEach(async () => {
  for (const end of endings.reverse()) await end()
  await chain.close()
})

const sim = async (ready: RegExp, ...args: string[]) => {
  const child = startVafa(['sim', ...args, '-c', chain.gatewayConfig])
  endings.push(() => child.stop())
  await child.line(ready)
  return child
}

/** A scan that the lane has heard, and said of that nobody has such a card. */
async function scanHeard(till: TillClient, scanner: VirtualScanner): Promise<void> {
  const heard = till.waitFor((message) => message.op === 'error', patience)
  await scanner.scan(card)
  await heard
}

async function recordTwoScans(scanner: VirtualScanner): Promise<void> {
  const recording = await sim(/^ready: recording/, 'record', 'scanner', '--out', at('scanner.jsonl'))
  await expect.poll(() => readFile(at('scanner.jsonl'), 'utf8'), { timeout: 10_000 }).toContain('"connected"')
  await scanHeard(await chain.till(), scanner)
  await scanner.scan('4006381333931')
  await expect.poll(() => readFile(at('scanner.jsonl'), 'utf8'), { timeout: 10_000 }).toMatch(/"device".*"device"/s)
  await recording.stop()
}

async function saidBy(file: string): Promise<string> {
  const entries = (await readFile(file, 'utf8')).trim().split('\n').slice(1)
  return entries.map((line) => Buffer.from((JSON.parse(line) as { hex?: string }).hex ?? '', 'hex').toString()).join('')
}

/** The recording in the place of the scanner, which is taken away: to the gateway it is the same. */
async function replayInstead(scanner: VirtualScanner, takeAway: () => Promise<void>): Promise<void> {
  await chain.start('gateway')
  const till = await chain.till()
  await scanHeard(till, scanner)
  await takeAway()
  const heard = till.waitFor((message) => message.op === 'error', patience)
  const replaying = await sim(/is the scanner-serial of/, 'replay', at('scanner.jsonl'), '--speed', '10')
  await heard
  await till.waitFor((message) => message.op === 'scanned' && message.code === '4006381333931', patience)
  expect(await replaying.ended).toBe(0)
}

// Each starts five processes.
describe('vafa sim record and replay', { timeout: 60_000 }, () => {
  test('a scanner behind a device server is recorded without its member’s number, and replayed to the same end', async () => {
    const scanner = await startVirtualScanner({ tcp: { port: 0 } })
    const connection = { tcp: { host: '127.0.0.1', port: scanner.port } }
    chain = await makeChain({
      devices: (lane) => [{ device: 'scanner', lane, driver: 'scanner-serial', options: { connection } }],
    })
    await chain.start('club')
    await recordTwoScans(scanner)
    expect(await saidBy(at('scanner.jsonl'))).toMatch(/^(?!6261000012345678)\d{16}\r4006381333931\r$/)
    await replayInstead(scanner, () => scanner.close())
  })

  test('a scanner on a tty is recorded there, and replayed on the tty that the gateway opens', async () => {
    const pair = await openTtyPair()
    endings.push(() => pair.close())
    const connection = { serial: { path: pair.a } }
    chain = await makeChain({
      devices: (lane) => [{ device: 'scanner', lane, driver: 'scanner-serial', options: { connection } }],
    })
    await chain.start('club')
    const scanner = await startVirtualScanner({ tty: { path: pair.b, opened: pair.opened } })
    await recordTwoScans(scanner)
    expect(await saidBy(at('scanner.jsonl'))).not.toContain(card)
    await replayInstead(scanner, async () => {
      await pair.unplug()
      await scanner.close()
    })
  })
})
