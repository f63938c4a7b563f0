import { pino } from 'pino'
import type { Effect } from '#protocol/effects.ts'
import { parseStoreTopic } from '#protocol/topics.ts'
import type { Logger } from '#runtime/log.ts'
import type { Database } from '#runtime/sqlite.ts'
import { createChance } from './chance.ts'
import { checkWorld, type Remains } from './check.ts'
import { createClub, type SimulatedClub } from './club.ts'
import { type Counter, createCounter } from './counter.ts'
import { watchExposure } from './exposure.ts'
import { startFate } from './fate.ts'
import { type FaultKind, faultKinds } from './faults.ts'
import { createHistory } from './history.ts'
import { createNetwork } from './network.ts'
import { premises } from './premises.ts'
import { createRecord } from './record.ts'
import { createStore } from './store.ts'
import { createTerminal } from './terminal.ts'
import { createTerminalCounter } from './terminal-counter.ts'
import { beginning, createWorldTime, type WorldTime } from './time.ts'
import { createWorkshop } from './workshop.ts'

export interface WorldOptions {
  seed: number
  stores: number
  /** Customers who are members, or become it. */
  members: number
  /** Things that people do: showing a card, a till's request. */
  acts: number
  /** Which faults may happen; all of them where it is left out. */
  faults?: readonly FaultKind[]
  /** After what share of them another one comes at once, to the same store; 0 where it is left out. */
  together?: number
  log?: Logger
  /** Shows what is left, after it was checked. */
  onEnd?(remains: Remains): void
}

export interface WorldVerdict {
  /** What the outside record and the books disagree on; empty where every promise was kept. */
  broken: string[]
  /** Of everything that passed a wire, a till or a printer, and when: the same for the same seed. */
  trace: string
  figures: {
    hours: number
    sales: number
    reversals: number
    returns: number
    members: number
    papers: number
    messages: number
    dropped: number
    doubled: number
    faults: Record<string, number>
    /** How often two faults struck together, by their names. */
    together: Record<string, number>
    /** Sales in which a box gave something out of what the club had lent it, and what those gave. */
    alone: { sales: number; credit: number; gifts: number; lentMost: number }
  }
}

const dayMs = 24 * 3_600_000
/** A log of nothing but what must never be in one: that a part of the machinery met a case that it cannot cope with. */
const faultsOnly = (say: (text: string) => void): Logger =>
  pino(
    { level: 'error' },
    {
      write(line: string) {
        const { msg, reason } = JSON.parse(line) as { msg: string; reason?: string }
        if (msg.endsWith('met a fault')) say(`${msg}: ${reason}`)
      },
    },
  )

const creditIn = (effects: readonly Effect[]): number =>
  effects.reduce((sum, one) => sum + (one.kind === 'credit' ? one.granted : 0), 0)

/** Faults that end a box, or keep it from writing down what it counts. */
const rough: readonly FaultKind[] = ['box-crash', 'box-restart', 'box-swap', 'disk-full', 'club-restore']

const lookMs = 20_000
const minuteMs = 60_000
/** Longer than any hold stands and any fact waits to be sent again. */
const settleMostMs = 90 * minuteMs

/** What is held ends at its time wherever the club runs: it looks every minute. */
function watchHolds({ club, time, say }: { club: SimulatedClub; time: WorldTime; say(text: string): void }): void {
  let runsSince = 0
  const told = new Set<string>()
  const look = () => {
    if (!club.running) runsSince = time.elapsed
    else if (time.elapsed - runsSince > 3 * minuteMs && !club.disk.full) {
      const before = new Date(beginning + time.elapsed - 3 * minuteMs).toISOString()
      const late = club
        .database()
        .prepare<[string], string>("SELECT redemptionid FROM redemptions WHERE state = 'held' AND lapsesat < ?")
        .pluck()
      for (const redemptionid of late.all(before)) {
        if (!told.has(redemptionid)) say(`redemption ${redemptionid} is held beyond its time`)
        told.add(redemptionid)
      }
    }
    time.after(minuteMs, look)
  }
  look()
}

/** Whether the club holds credit, or has not brought everything to its tables. */
const isWaiting = (club: Database): boolean =>
  club.prepare("SELECT EXISTS (SELECT 1 FROM redemptions WHERE state = 'held') OR EXISTS (SELECT 1 FROM redo)").pluck().get() ===
  1

/** Whether the books have every fact of a box; those that came from a backup ask for what they lack. */
function hasAll(club: Database, { boxid, sequence }: { boxid: string; sequence: number }): boolean {
  const ranges = club.prepare<[string], string>('SELECT ranges FROM sequences WHERE boxid = ?').pluck().get(boxid)
  return (ranges ?? '[]') === (sequence === 0 ? '[]' : `[[1,${sequence}]]`)
}

/**
 * Runs a club and its stores through a day of faults in virtual time, mends everything, lets it settle, and holds what
 * the books say against what people saw.
 */
export async function runWorld(options: WorldOptions): Promise<WorldVerdict> {
  const { seed, members } = options
  const chance = createChance(seed)
  const time = createWorldTime()
  const record = createRecord()
  const history = createHistory(time)
  const trace = history.note
  const log = options.log ?? faultsOnly((text) => record.faults.push(text))
  let left = options.acts
  let made = 0
  const mayAct = () => left > 0 && left-- > 0
  const newId = () => `01900000-0000-7000-8000-${(++made).toString(16).padStart(12, '0')}`

  const network = createNetwork({
    time,
    chance: chance.of('network'),
    onWire(direction, store, topic, payload) {
      const { channel } = parseStoreTopic(topic) ?? {}
      if (channel === 'facts' || channel === 'replies') noteMessage(channel, payload, store)
      trace(direction, store, topic, channel === 'facts' || channel === 'replies' ? payload.length : '')
    },
  })
  const noteMessage = (channel: 'facts' | 'replies', payload: Buffer, store: string) => {
    const text = payload.toString('utf8')
    const message = JSON.parse(text)
    if (channel === 'facts') {
      const { id, type, orderkey, sequence, boxid, data } = message
      if (!record.facts.has(id))
        record.facts.set(id, {
          ...{ store, boxid, type, orderkey, saleid: data.saleid ?? data.original?.data.saleid, allowance: data.allowance },
          announced: data.original ? creditIn(data.effects) : undefined,
          sequence: Number(sequence),
        })
      return
    }
    trace(text)
    if (message.status === 'failed' || message.clubTime !== undefined) return
    if (!record.facts.has(message.inReplyTo)) return
    const key = `${message.inReplyTo}/${message.revision}`
    const first = record.replies.get(key)
    if (first === undefined) record.replies.set(key, text)
    else if (first !== text) record.faults.push(`the club answered ${message.inReplyTo} in two ways`)
  }
  const names = Array.from({ length: options.stores }, (_, at) => `s${at + 1}`)
  const lanes = ['lane-1', 'lane-2']
  const posLane = 'lane-3'
  const counters = new Map<string, Counter>()
  const common = { premises: premises(), time, network, chance, log }
  const club = createClub({ ...common, stores: names, members })
  const stores = names.map((name, number) =>
    createStore({
      ...{ ...common, name, number, lanes, terminals: [posLane] },
      onTill(lane, response) {
        trace('till', name, lane, JSON.stringify(response))
        counters.get(`${name}/${lane}`)?.hear(response)
      },
      onPaper(paper) {
        trace('paper', name, paper.lane, JSON.stringify(paper.document))
        record.papers.push(paper)
      },
    }),
  )
  const terminals = stores.map((store, at) =>
    createTerminal({
      ...{ store, lane: posLane, process: 0x800 + at, time, chance, log },
      onSent: (bytes) => trace('terminal', store.name, bytes.length),
    }),
  )
  await club.start()
  for (const store of stores) {
    store.start()
    for (const lane of lanes)
      counters.set(`${store.name}/${lane}`, createCounter({ store, lane, members, record, time, chance, mayAct, newId }))
  }
  watchHolds({ club, time, say: (text) => record.faults.push(text) })
  const lent = watchExposure({ club, stores, record, premises: premises(), time, say: (text) => record.faults.push(text) })
  const cashiers: Pick<Counter, 'work'>[] = [...counters.values()]
  for (const terminal of terminals) {
    terminal.start()
    cashiers.push(createTerminalCounter({ terminal, members, record, time, chance, mayAct }))
  }
  let working = cashiers.length
  for (const counter of cashiers)
    void counter.work().then(
      () => working--,
      (error) => {
        record.faults.push(`a cashier met a fault: ${error}`)
        working--
      },
    )
  const workshop = createWorkshop({ ...common, club })
  const kinds = options.faults ?? faultKinds
  const fate = startFate({
    ...{ kinds, share: options.together ?? 0, club, stores, terminals, workshop, record, lanes, network, time, chance, trace },
  })
  await time.run({ done: () => working === 0, ms: 30 * dayMs })

  await fate.mend()
  const settled = () =>
    club.running &&
    workshop.idle() &&
    stores.every((store) => store.running && store.backlog() === 0 && store.standing().holds === 0) &&
    terminals.every((terminal) => terminal.running && terminal.waiting() === 0) &&
    !isWaiting(club.database()) &&
    (!record.restored || stores.every((store) => hasAll(club.database(), store.standing())))
  for (let waited = 0; waited < settleMostMs && !settled(); waited += lookMs) await time.run({ done: () => false, ms: lookMs })
  // A receipt that was just printed sends its own word.
  for (let looks = 0, quiet = false; looks < 30 && !quiet; looks++) {
    await time.run({ done: () => false, ms: lookMs })
    quiet = settled()
  }
  for (const [saleid, ask] of record.unsure) {
    const sale = record.sales.get(saleid)
    const told = ask()
    if (told === 'open') record.faults.push(`a terminal never came to know what became of sale ${saleid}`)
    if (sale && told === 'stands') Object.assign(sale, { acknowledged: true, reversal: 'no' })
    if (sale && told === 'gone') sale.reversal = 'acknowledged'
  }
  const remains: Remains = {
    record,
    club: club.database(),
    boxes: [
      ...stores.map((store) => ({ store: store.name, backlog: store.backlog(), ...store.standing() })),
      ...workshop.standings(),
    ],
    differences: rough.some((kind) => (fate.figures[kind] ?? 0) > 0)
      ? undefined
      : new Map(stores.map((store) => [store.name, store.differences()])),
    printersWell: (fate.figures.printer ?? 0) === 0,
  }
  const broken = [...record.faults, ...checkWorld(remains)]
  options.onEnd?.(remains)
  const { carried, dropped, doubled } = network.figures
  const alone = [...record.facts.values()].flatMap(({ allowance }) => allowance ?? [])
  const acknowledged = [...record.sales.values()].filter((sale) => sale.acknowledged)
  return {
    broken,
    trace: history.digest(),
    figures: {
      hours: Math.round(time.elapsed / 36_000) / 100,
      sales: acknowledged.length,
      reversals: acknowledged.filter((sale) => sale.reversal === 'acknowledged').length,
      returns: [...record.returns.values()].filter((one) => one.acknowledged).length,
      members: new Set([...record.enrolments.values()].filter((one) => one.acknowledged).map((one) => one.customer)).size,
      papers: record.papers.length,
      messages: carried,
      ...{ dropped, doubled, faults: fate.figures, together: fate.together },
      alone: {
        sales: alone.length,
        credit: alone.reduce((sum, { credit }) => sum + credit, 0),
        gifts: alone.reduce((sum, { gifts }) => sum + gifts, 0),
        lentMost: lent.lent,
      },
    },
  }
}
