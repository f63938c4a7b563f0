import { appendFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { createClubClock } from '#gateway/clock.ts'
import { diskOf, gatewayConfig } from '#gateway/config.ts'
import { openGatewayDatabase } from '#gateway/database.ts'
import { createEnvelopes } from '#gateway/envelopes.ts'
import { openOutbox } from '#gateway/outbox.ts'
import { type Credential, tokenise } from '#protocol/credentials.ts'
import { referenceOf } from '#protocol/reference.ts'
import { pathBeside, readConfig, readSecret } from '#runtime/config.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { cpuMs } from '#simulators/process/cpu-time.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { proportionalSetSize } from '#simulators/process/memory.ts'
import { startVafa } from '#simulators/process/watched-process.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { connectTillWhenThere } from '#simulators/till/when-there.ts'
import { layBenchStore } from './bench-store.ts'
import { oneSale } from './one-sale.ts'
import { type Quantiles, quantilesOf } from './quantiles.ts'

export interface LiveSales extends Quantiles {
  sales: number
  /** Answered by the box alone, since the club took too long. */
  provisional: number
}

export interface BacklogFigures {
  /** Facts that waited: each sale of a store without its club, and the advice on it. */
  facts: number
  bytes: number
  days: number
  /** From the box's start until it takes a sale. */
  readyMs: number
  /** From the club's first answer until nothing waits. */
  drainSeconds: number
  perSecond: number
  /** Milliseconds of processor for each fact that was drained, live sales meanwhile included. */
  processor: { club: number; box: number }
  booked: number
  quarantined: number
  /** Milliseconds from `complete` to the result, while the backlog drains and without. */
  live: { during: LiveSales; after: LiveSales }
  /** Of the box and what it has started (PSS), bytes. */
  rss: { before: number; most: number; after: number }
  /** Of the machine in the minute before. */
  load: number
}

const days = 30
const dayMs = 24 * 3_600_000
const members = 2_000
const atOnce = 500
const mobileOf = (n: number) => `0912${String(n).padStart(7, '0')}`

/** A box comes back that has sold for 30 days without its club. */
export async function benchBacklog({ facts }: { facts: number }): Promise<BacklogFigures> {
  const load = loadavg()[0] ?? 0
  const [tillPort, watchPort] = [await freePort(), await freePort()]
  const store = await layBenchStore({
    lanes: [{ lane: 'lane-1', receipt: { via: 'till' } }],
    devices: [{ device: 'till', lane: 'lane-1', driver: 'till-tcp', options: { port: tillPort, requestsPerSecond: 10_000 } }],
  })
  const { folder, clubConfig, boxConfig } = store
  appendFileSync(boxConfig, `watch: { port: ${watchPort} }\n`)
  try {
    const { process: club } = await store.startClub()
    await importMembers(folder, clubConfig)
    const bytes = await fillOutbox(boxConfig, { facts })

    const { process: box, readyMs } = await store.startBox()
    const rss = { before: proportionalSetSize(box.pid), most: 0, after: 0 }
    const till = await connectTillWhenThere({ port: tillPort })
    await box.line(/the club answers/, 120_000)
    const drainBegan = performance.now()
    const usedBefore = { club: cpuMs(club.pid), box: cpuMs(box.pid) }
    let waiting = facts
    const drained = (async () => {
      for (;;) {
        waiting = await backlogAt(watchPort)
        rss.most = Math.max(rss.most, proportionalSetSize(box.pid))
        if (waiting === 0) return performance.now()
        await new Promise((resolve) => setTimeout(resolve, 250))
      }
    })()
    const during = await sellWhile(till, () => waiting > 0)
    const drainMs = (await drained) - drainBegan
    const used = { club: cpuMs(club.pid) - usedBefore.club, box: cpuMs(box.pid) - usedBefore.box }
    let left = during.sales
    const after = await sellWhile(till, () => left-- > 0)
    rss.after = proportionalSetSize(box.pid)
    await till.close()
    const { booked, quarantined } = booksAt(join(dirname(clubConfig), 'data/club.sqlite'))
    return {
      ...{ facts, bytes, days, readyMs, booked: booked - during.sales - after.sales, quarantined, load },
      drainSeconds: Math.round(drainMs / 100) / 10,
      perSecond: Math.round(facts / (drainMs / 1_000)),
      processor: { club: perFact(used.club, facts), box: perFact(used.box, facts) },
      live: { during, after },
      rss,
    }
  } finally {
    await store.close()
  }
}

const perFact = (ms: number, facts: number) => Math.round((ms / facts) * 100) / 100

/** Brings members into the books as head office does, from a list. */
async function importMembers(folder: string, clubConfig: string): Promise<void> {
  const list = join(folder, 'members.csv')
  const rows = Array.from({ length: members }, (_, n) => `${n + 1},${mobileOf(n)}`)
  writeFileSync(list, `id,mobile\n${rows.join('\n')}\n`)
  const importing = startVafa(['club', 'import', 'members', list, '--source', 'bench', '-c', clubConfig])
  if ((await importing.ended) !== 0) throw new Error(importing.output())
}

/** What a store without its club writes in 30 days: sales of its members, and its own decision on each. */
async function fillOutbox(configFile: string, { facts }: { facts: number }): Promise<number> {
  const config = readConfig(configFile, gatewayConfig)
  const { path, keyFile } = diskOf(config, { file: configFile })
  const secret = Buffer.from(readSecret(pathBeside(configFile, config.tokenKey.secretFile), 'the key for tokens'), 'utf8')
  const key = { keyid: config.tokenKey.keyid, club: config.club.name, secret }
  const cards: Credential[] = Array.from({ length: members }, (_, n) => tokenise({ kind: 'phone', value: mobileOf(n) }, key))
  const disk = openGatewayDatabase(path, { keyFile })
  const end = Date.now() - 60_000
  let now = end - days * dayMs
  const runtime = { ...systemRuntime, now: () => now }
  const outbox = openOutbox({ ...disk, runtime, log: silentLogger, onCommitted: () => {} })
  const clock = createClubClock(systemRuntime)
  clock.measured({ sentAt: Date.now(), receivedAt: Date.now(), clubTime: Date.now() })
  const { boxid } = outbox
  const envelopes = createEnvelopes({ store: config.store, boxid, bootid: systemRuntime.uuid(), clock, runtime: systemRuntime })
  const sales = Math.floor(facts / 2)
  const draftsOf = (n: number) => {
    const saleid = systemRuntime.uuid()
    const at = new Date(now).toISOString()
    // Each third customer shows no card.
    const member = n % 3 === 0 ? undefined : cards[n % cards.length]
    const total = 100_000 + (n % 5_000) * 1_000
    const data = {
      ...{ saleid, businessdate: at.slice(0, 10), tillreceipt: `R-${n}`, currency: 'IRR', total, mode: 'live' as const },
      lines: [
        { product: 'coffee', quantity: 1, amount: 60_000 },
        { product: 'cake', quantity: 2, amount: total - 60_000 },
      ],
      ...{ applied: [], payable: total, tenders: [{ kind: 'cash' as const, amount: total }] },
      ...(member ? { member } : {}),
    }
    const origin = { lane: 'lane-1', device: 'till', orderkey: member?.token ?? saleid }
    const sale = envelopes.fact('vafa.sale.completed.v1', data, origin, saleid, { at })
    const decision = { effects: [], programmeVersion: 1, decidedat: at, reference: referenceOf(saleid) }
    return [sale, envelopes.adviceOn(sale, decision, origin)]
  }
  for (let n = 0; n < sales; ) {
    const some = []
    for (; n < sales && some.length < atOnce; n++) {
      now = end - days * dayMs + Math.floor((n / sales) * days * dayMs)
      some.push(outbox.commit(draftsOf(n)))
    }
    await Promise.all(some)
  }
  outbox.unsettledRows()
  // Their slips were handed out then.
  disk.database.exec("UPDATE outbox SET handed = 'provisional' WHERE handed = 'none'")
  const { bytes } = outbox.backlog()
  outbox.close()
  disk.database.close()
  return bytes
}

async function backlogAt(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Number(/^vafa_box_backlog_facts (\d+)$/m.exec(text)?.[1] ?? Number.NaN)
}

async function sellWhile(till: TillClient, more: () => boolean): Promise<LiveSales> {
  const times: number[] = []
  let provisional = 0
  while (more()) {
    const { ms, status } = await oneSale(till, times.length)
    times.push(ms)
    if (status !== 'accepted') provisional += 1
  }
  return { ...quantilesOf(times), sales: times.length, provisional }
}

function booksAt(file: string): { booked: number; quarantined: number } {
  const books = new Database(file, { readonly: true })
  try {
    // A running club brings the last small batches to their tables within a moment.
    const redo = books.prepare<[], number>('SELECT count(*) FROM redo').pluck()
    const pause = new Int32Array(new SharedArrayBuffer(4))
    for (let waits = 0; (redo.get() ?? 0) > 0 && waits < 500; waits++) Atomics.wait(pause, 0, 0, 20)
    const count = (table: string) => books.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0
    return { booked: count('sales'), quarantined: count('quarantine') }
  } finally {
    books.close()
  }
}
