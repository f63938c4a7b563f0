import type { Cancel, Runtime } from '#runtime/runtime.ts'
import { createBacklogPace } from './backlog-pace.ts'
import { createOldestFirst } from './oldest-first.ts'
import type { OutboxRow } from './outbox.ts'

/** A fact that waits for the club's reply. Live ones are what a customer may be waiting for. */
export interface WaitingFact {
  id: string
  orderkey: string
  /** Left out where there are many: it is read from disk when its turn comes. */
  body?: Buffer
  urgency: 'live' | 'backlog'
}

export interface FactSenderOptions {
  runtime: Runtime
  /** Publishes one fact; false where the link is down. */
  send(fact: { id: string; orderkey: string; body: Buffer }): boolean
  /** Reads a fact's message from disk; undefined where that cannot be done: the fact is left aside. */
  bodyOf(id: string): Buffer | undefined
  /** Facts under way at a time. */
  window?: number
  /** A fact whose reply does not come is sent again after this long, then after twice as long, up to `resendCapMs`. */
  resendMs?: number
  resendCapMs?: number
}

/** `place`: in which order they came. */
type QueuedFact = WaitingFact & { place: number }

interface Flight {
  fact: WaitingFact
  /** When it left first, where it left as backlog. */
  backlogSince?: number
  dueAt: number
  attempt: number
}

const bodiesKept = 1_024
const sweepMs = 1_000

export type FactSender = ReturnType<typeof createFactSender>

/**
 * Which fact goes to the club next: one unsettled fact per order key, different keys side by side up to a window, keys
 * that have a live fact ahead of those with backlog only. A live fact never passes an older one of its own key: it
 * pulls the older ones forward instead. A fact stays until it is settled and is sent again until then. Of the backlog only
 * so much is under way that live facts are not held up, and the oldest goes first whatever its key: the club notes of each
 * box which numbers are here, and holes in them cost it more the more there are.
 */
export function createFactSender(options: FactSenderOptions) {
  const { runtime, send, bodyOf, window = 256, resendMs = 5_000, resendCapMs = 60_000 } = options
  /** Facts of a key in order; the first may be under way. */
  const queues = new Map<string, QueuedFact[]>()
  /** Keys whose first fact may go, in order. A key stands in at most one of the two. */
  const ready = { live: new Set<string>(), backlog: createOldestFirst() }
  let places = 0
  const flights = new Map<string, Flight>()
  const keyOf = new Map<string, string>()
  const pace = createBacklogPace({ most: window })
  let up = false
  let cancelSweep: Cancel | undefined

  const makeReady = (orderkey: string, [first, ...others]: readonly QueuedFact[]) => {
    if (!first || ready.live.has(orderkey)) return
    if (first.urgency === 'backlog' && others.every(({ urgency }) => urgency === 'backlog'))
      return ready.backlog.set(orderkey, first.place)
    ready.backlog.delete(orderkey)
    ready.live.add(orderkey)
  }

  const launch = (fact: WaitingFact, attempt: number): boolean => {
    const body = fact.body ?? bodyOf(fact.id)
    if (!body) runtime.after(0, () => settled(fact.id))
    else if (!send({ id: fact.id, orderkey: fact.orderkey, body })) return false
    const now = runtime.monotonic()
    const backlogSince = attempt === 0 ? (fact.urgency === 'backlog' ? now : undefined) : flights.get(fact.id)?.backlogSince
    if (attempt === 0 && backlogSince !== undefined) pace.launched()
    flights.set(fact.id, {
      ...{ fact, attempt, dueAt: now + Math.min(resendMs * 2 ** attempt, resendCapMs) },
      ...(backlogSince === undefined ? {} : { backlogSince }),
    })
    cancelSweep ??= runtime.after(sweepMs, sweep)
    return true
  }

  /** False where nothing more may leave now. */
  const leave = (orderkey: string): boolean => {
    if (!up || flights.size >= window) return false
    const fact = queues.get(orderkey)?.[0]
    return fact === undefined || launch(fact, 0)
  }

  const pump = () => {
    for (const orderkey of ready.live) {
      if (!leave(orderkey)) return
      ready.live.delete(orderkey)
    }
    for (let orderkey = ready.backlog.first(); orderkey !== undefined; orderkey = ready.backlog.first()) {
      if (!pace.mayGo() || !leave(orderkey)) return
      ready.backlog.delete(orderkey)
    }
  }

  const sweep = () => {
    cancelSweep = undefined
    const now = runtime.monotonic()
    for (const { fact, attempt, dueAt } of [...flights.values()]) if (up && now >= dueAt) launch(fact, attempt + 1)
    if (flights.size > 0) cancelSweep = runtime.after(sweepMs, sweep)
  }

  const add = (waiting: WaitingFact) => {
    const { id, orderkey } = waiting
    keyOf.set(id, orderkey)
    const queue = queues.get(orderkey) ?? []
    queue.push({ ...waiting, place: places++ })
    queues.set(orderkey, queue)
    const first = queue[0]
    if (first && !flights.has(first.id)) makeReady(orderkey, queue)
  }

  const settled = (id: string): void => {
    const orderkey = keyOf.get(id)
    if (orderkey === undefined) return
    keyOf.delete(id)
    const { backlogSince, attempt = 0 } = flights.get(id) ?? {}
    const now = runtime.monotonic()
    if (backlogSince !== undefined) pace.answered(attempt === 0 ? now - backlogSince : undefined, now)
    flights.delete(id)
    const queue = queues.get(orderkey) ?? []
    const rest = queue[0]?.id === id ? queue.slice(1) : queue.filter((fact) => fact.id !== id)
    if (rest.length === 0) {
      queues.delete(orderkey)
      ready.live.delete(orderkey)
      ready.backlog.delete(orderkey)
    } else {
      queues.set(orderkey, rest)
      const first = rest[0]
      if (first && !flights.has(first.id)) makeReady(orderkey, rest)
    }
    pump()
  }

  return {
    /** Facts of former runs, oldest first. */
    addBacklog(facts: readonly { id: string; orderkey: string }[]): void {
      for (const { id, orderkey } of facts) add({ id, orderkey, urgency: 'backlog' })
      pump()
    },
    /** Facts just committed. */
    addLive(rows: readonly OutboxRow[]): void {
      for (const { id, orderkey, body } of rows)
        add({ id, orderkey, urgency: up ? 'live' : 'backlog', ...(keyOf.size < bodiesKept ? { body } : {}) })
      pump()
    },
    /** The club answered for good: the next fact of its key may go. */
    settled,
    /** The club could not take it now: it goes again after `afterMs`. */
    postponed(id: string, afterMs: number): void {
      const flight = flights.get(id)
      if (flight) flight.dueAt = runtime.monotonic() + afterMs
    },
    /** The link is there: everything that is not settled goes (again). */
    up(): void {
      up = true
      pump()
    },
    /** The link is gone, and with it the answers: what was live is backlog now. */
    down(): void {
      up = false
      flights.clear()
      pace.reset()
      cancelSweep?.()
      cancelSweep = undefined
      ready.live.clear()
      ready.backlog.clear()
      for (const [orderkey, queue] of queues) {
        for (const fact of queue) fact.urgency = 'backlog'
        makeReady(orderkey, queue)
      }
    },
    /** Facts that wait, those under way included. */
    get size() {
      return keyOf.size
    },
    close(): void {
      cancelSweep?.()
      up = false
    },
  }
}
