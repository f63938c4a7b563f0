import Database from 'better-sqlite3'
import { afterEach, expect, test } from 'vitest'
import { startProcess, vafaCommand, type WatchedProcess } from '#simulators/process/watched-process.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type Chain, makeChain, openSale } from './chain.ts'

let chain: Chain
let box: WatchedProcess | undefined
// Two starts of a box and one of a club, on a machine that may be busy.
const patienceMs = 60_000
afterEach(async () => {
  await box?.stop()
  await chain.close()
})

/** A machine whose clock was reset when it lost power; it runs from there. `boot`: as systemd names it. */
async function powerUp(boot: string): Promise<WatchedProcess> {
  const command = vafaCommand(['gateway', '-c', chain.gatewayConfig])
  box = startProcess('faketime', ['-f', '@2001-02-03 04:05:06', ...command], { DONT_FAKE_MONOTONIC: '1', VAFA_BOOT_ID: boot })
  await box.line(/^ready:/)
  return box
}

async function sell(till: TillClient, receipt: string): Promise<string> {
  const { saleid, payable } = await openSale(till, 100_000, receipt)
  const tenders = [{ kind: 'cash' as const, amount: payable }]
  const result = await till.request({ op: 'complete', saleid, tenders }, { until: 'result' })
  return result.op === 'result' ? result.status : result.op
}

interface Kept {
  body: string
  sequence: number
  effectiveat: string
}

/** Sales as the club's journal has them, by the till's receipt; undefined until so many are there. */
function journalled(count: number) {
  const books = new Database(chain.clubDatabase, { readonly: true })
  try {
    const select = "SELECT body, sequence, effectiveat FROM journal WHERE type = 'vafa.sale.completed.v1' ORDER BY sequence"
    const rows = books.prepare<[], Kept>(select).all()
    if (rows.length < count) return undefined
    return rows.map(({ body, sequence, effectiveat }) => {
      const { time, clocksynced, bootid } = JSON.parse(body) as { time: string; clocksynced: string; bootid: string }
      return { time, clocksynced, bootid, sequence, effectiveat }
    })
  } finally {
    books.close()
  }
}

test(
  'a box without a clock battery sells before it knows the time, and a UPS that dies loses nothing',
  async () => {
    chain = await makeChain({ lane: { receipt: { via: 'till' }, budgetMs: 300 } })
    const began = Date.now()
    await chain.start('club')
    chain.line.cut()
    const first = await powerUp('0123456789ab4def8123456789abcdef')
    // 2001, and nobody to ask: the sale is taken all the same.
    expect(await sell(await chain.till(), 'R-1')).toBe('provisional')
    chain.line.restore()
    await first.line(/the club answers/)
    const till = await chain.till()
    while ((await sell(till, 'R-2')) !== 'accepted');
    first.signal('SIGKILL')
    await first.ended

    const second = await powerUp('fedcba98765443109edcba9876543210')
    await second.line(/the club answers/)
    const after = await chain.till()
    while ((await sell(after, 'R-3')) !== 'accepted');

    await expect.poll(() => journalled(3), { timeout: 15_000 }).toBeDefined()
    const sales = journalled(3) ?? []
    const [unsynced, corrected] = sales
    const last = sales.at(-1)
    expect(unsynced).toMatchObject({ clocksynced: 'unsynced', bootid: '01234567-89ab-4def-8123-456789abcdef' })
    expect(unsynced?.time).toMatch(/^2001-02-03/)
    expect(corrected).toMatchObject({ clocksynced: 'corrected', bootid: unsynced?.bootid })
    expect(last).toMatchObject({ clocksynced: 'corrected', bootid: 'fedcba98-7654-4310-9edc-ba9876543210' })
    // What the box did not know, the club does: each counts from today.
    for (const { effectiveat } of sales) expect(Date.parse(effectiveat)).toBeGreaterThan(began - 60_000)
    expect(Math.abs(Date.parse(last?.time ?? '') - Date.now())).toBeLessThan(60_000)
    // The installation went on where the power took it.
    const { received } = chain.books()
    expect(received.count).toBe(received.highest)
  },
  patienceMs,
)
