import { appendFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { proportionalSetSize } from '#simulators/process/memory.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { connectTillWhenThere } from '#simulators/till/when-there.ts'
import { freePorts, layBenchStore } from './bench-store.ts'
import { type IdleMemory, idleMemory } from './idle-memory.ts'
import { type Quantiles, quantilesOf } from './quantiles.ts'
import { openRawTimer, type SaleBytes, saleBytesIn } from './raw-times.ts'

export interface TapFigures {
  sales: number
  lanes: number
  /** Milliseconds from `complete` leaving the till until the result with the receipt document is there. */
  oneAfterAnother: Quantiles & { perSecond: number }
  inFlight: Quantiles & { perSecond: number }
  /** What one of these sales sends and gets. */
  bytes: SaleBytes
  /** A fact's bytes there and a reply's back: QoS 1, no delay, through the same broker process; milliseconds. */
  roundTrip: Quantiles
  /** WAL, synchronous=FULL, on the same disk, after a message has arrived: a fact's row, and a lean sale; milliseconds. */
  commit: { box: Quantiles; club: Quantiles }
  /** oneAfterAnother.p50 / (roundTrip.p50 + commit.box.p50 + commit.club.p50); the target is at most 2. */
  ratio: number
  readyMs: { club: number; gateway: number }
  idle: IdleMemory
  /** The gateway of 64 lanes with its children, bytes: before the sales and after them. */
  lanesPss: { before: number; after: number }
}

const lanes = 64
/** So many sales, then so many raw measurements. */
const inTurnMost = 20

/** A sale completed at the till → its receipt document, over real sockets, two real processes and two real disks' files. */
export async function benchTap(options: { sales: number }): Promise<TapFigures> {
  const idle = await idleMemory()
  const ports = await freePorts(lanes)
  const names = ports.map((_, index) => `lane-${index + 1}`)
  const store = await layBenchStore(
    {
      lanes: names.map((lane) => ({ lane, receipt: { via: 'till' } })),
      devices: names.map((lane, index) => ({
        device: `till-${index + 1}`,
        lane,
        driver: 'till-tcp',
        options: { port: ports[index], requestsPerSecond: 10_000 },
      })),
    },
    { others: [{ store: 'probe', title: { fa: 'سنجش', en: 'Probe' }, lanes: [{ lane: 'lane-1' }], devices: [] }] },
  )
  const tills: TillClient[] = []
  try {
    // One box with the sales of a whole chain.
    appendFileSync(store.clubConfig, 'limits: { bytesPerSecond: 100000000 }\n')
    const { club, box } = await store.start()

    for (const [index, port] of ports.entries()) tills.push(await connectTillWhenThere({ port, name: `till-${index}` }))
    for (const [index, till] of tills.entries()) await signUp(till, index)
    const before = proportionalSetSize(box.process.pid)

    const first = tills[0]
    if (!first) throw new Error('no till')
    for (let n = 0; n < 200; n += 1) await oneSale(first, 0, n)

    const bytes = saleBytesIn(join(dirname(store.boxConfig), 'data/gateway.sqlite'))
    if (!bytes) throw new Error('no answered sale in the gateway’s database')
    const raw = await openRawTimer({
      port: store.clubPort,
      club: 'bench',
      store: 'probe',
      secretFile: join(dirname(store.clubConfig), 'secrets/probe'),
      database: join(store.folder, 'raw'),
      bytes,
    })
    // In turns, some of each: what else the machine does then slows both, and neither runs on what the other left cold.
    const inTurn = Math.min(inTurnMost, options.sales)
    const one: number[] = []
    let oneMs = 0
    for (let n = 0; n < options.sales; n += 1) {
      const start = performance.now()
      one.push(await oneSale(first, 0, n))
      oneMs += performance.now() - start
      if (n % inTurn === inTurn - 1) for (let turn = 0; turn < inTurn; turn += 1) await raw.turn()
    }
    await raw.close()
    const roundTrip = quantilesOf(raw.times.roundTrips)
    const commit = { box: quantilesOf(raw.times.boxCommits), club: quantilesOf(raw.times.clubCommits) }

    const each = Math.ceil(options.sales / lanes)
    const manyStart = performance.now()
    const many = (
      await Promise.all(
        tills.map(async (till, lane) => {
          const times: number[] = []
          for (let n = 0; n < each; n += 1) times.push(await oneSale(till, lane, n))
          return times
        }),
      )
    ).flat()
    const manyMs = performance.now() - manyStart

    const oneAfterAnother = { ...quantilesOf(one), perSecond: Math.round((one.length / oneMs) * 1000) }
    return {
      sales: options.sales,
      lanes,
      oneAfterAnother,
      inFlight: { ...quantilesOf(many), perSecond: Math.round((many.length / manyMs) * 1000) },
      bytes,
      roundTrip,
      commit,
      ratio: oneAfterAnother.p50 / (roundTrip.p50 + commit.box.p50 + commit.club.p50),
      readyMs: { club: club.readyMs, gateway: box.readyMs },
      idle,
      lanesPss: { before, after: proportionalSetSize(box.process.pid) },
    }
  } finally {
    await Promise.all(tills.map((till) => till.close()))
    await store.close()
  }
}

const presentMember = (till: TillClient, lane: number) =>
  till.request({ op: 'present', credential: { kind: 'phone', value: `0912${1_000_000 + lane}` } })

/** The key that profiles are sealed with, and the club's first answer, may come a moment after the till's port is open. */
async function signUp(till: TillClient, lane: number): Promise<void> {
  const deadline = performance.now() + 15_000
  for (;;) {
    await presentMember(till, lane)
    const answer = await till.request(
      { op: 'enrol', profile: { displayName: `Member ${lane}` }, consents: [{ purpose: 'club', given: true }] },
      { until: 'result' },
    )
    if (answer.op === 'result' && answer.status === 'accepted') return
    if (performance.now() > deadline) throw new Error(`not signed up: ${JSON.stringify(answer)}`)
  }
}

/** Presents the member, opens, gets the quote, completes; gives the milliseconds from `complete` to the receipt. */
async function oneSale(till: TillClient, lane: number, n: number): Promise<number> {
  await presentMember(till, lane)
  const total = 100_000 + n
  const quote = await till.request(
    {
      op: 'open',
      sale: { tillreceipt: `R${n}`, operator: 'bench', total, lines: [{ product: 'coffee', quantity: 1, amount: total }] },
    },
    { until: 'quote' },
  )
  if (quote.op !== 'quote') throw new Error(`no quote: ${JSON.stringify(quote)}`)
  const start = performance.now()
  const result = await till.request(
    { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] },
    { until: 'result' },
  )
  const ms = performance.now() - start
  const credited = result.op === 'result' && result.effects.some((effect) => effect.kind === 'credit' && effect.granted > 0)
  if (result.op !== 'result' || result.status !== 'accepted' || !result.receipt || !credited)
    throw new Error(`no receipt with credit: ${JSON.stringify(result)}`)
  return ms
}
