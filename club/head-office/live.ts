import type { LiveClub, LiveEvent, LiveStore } from '#protocol/head-office/live.ts'
import type { MessageType } from '#protocol/messages.ts'
import { everyStore, liveTopics, parseStoreTopic } from '#protocol/topics.ts'
import type { Broker, BrokerMessage, OutgoingMessage } from '#runtime/broker.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import type { BoxStates } from '../fleet/box-states.ts'
import { dayOf } from '../insight/civil-day.ts'
import type { ClubStore } from '../store/store.ts'
import type { LiveStores } from './live-stores.ts'
import { storeEventOf } from './store-event.ts'

/** How often pages hear of what has changed. */
const tellMs = 500
/** How often the books are asked what is in them, while something comes. */
const countMs = 1_000
/** Measures follow the books by a moment: after the last fact they are looked at so long. */
const countedWithinMs = 4_000
/** What is looked at also where nothing comes: another day, another process that has written. */
const lookMs = 10_000
/** Of what is seldom news, and not small where it is. */
const seldomMs = 5_000
const alarmsShown = 20
const watchMs = 60_000

const tap: MessageType = 'vafa.credential.presented.v1'

/** Keeps head office's live topics: what boxes say is gathered and told twice a second. */
export function startLive(parts: {
  club: string
  stores: LiveStores
  /** Where boxes speak. */
  broker: Pick<Broker, 'subscribe'>
  states: Pick<BoxStates, 'onState'>
  /** Where pages listen. */
  tell(message: OutgoingMessage): Promise<void>
  books: Pick<ClubStore, 'storesOn' | 'quarantine' | 'alerts'>
  currency(): string
  programme(): LiveClub['programme']
  proposals(): number
  runtime: Runtime
  log: Logger
}) {
  const { club, stores, broker, tell, books, runtime, log } = parts
  const topics = liveTopics(club)
  const every = everyStore(club)
  const said = new Map<string, string>()
  const watched = new Map<string, number>()
  let cancels: Cancel[] = []
  let closed = false
  let lastFact = Number.NEGATIVE_INFINITY
  let looked = Number.NEGATIVE_INFINITY
  let seldomLooked = Number.NEGATIVE_INFINITY
  let quarantined = 0

  const publish = (topic: string, value: { at?: string }, retain: boolean) => {
    if (retain) {
      // Its own instant alone is no news.
      const news = JSON.stringify({ ...value, at: undefined, heardAt: undefined })
      if (said.get(topic) === news) return
      said.set(topic, news)
    }
    tell({ topic, payload: JSON.stringify(value), qos: 0, retain }).catch((error: unknown) =>
      log.warn({ topic, reason: messageOf(error) }, 'pages could not be told'),
    )
  }
  const tellEvent = (event: LiveEvent) => publish(topics.events(event.store), event, false)
  const isWatched = (store: string) => (watched.get(store) ?? 0) > runtime.monotonic()

  const on = (handle: (store: string, message: BrokerMessage) => void) => (message: BrokerMessage) => {
    const store = parseStoreTopic(message.topic)?.store
    if (store !== undefined) handle(store, message)
  }
  const came = (kind: 'facts' | 'requests') =>
    on((store, { payload }) => {
      const now = runtime.now()
      stores.heard(store, now)
      if (kind === 'facts') lastFact = runtime.monotonic()
      else if (payload.includes(tap)) stores.tapped(store, now)
      const event = isWatched(store) ? storeEventOf(store, payload) : undefined
      if (event) tellEvent(event)
    })
  const ends = [
    broker.subscribe(every.facts, came('facts')),
    broker.subscribe(every.requests, came('requests')),
    parts.states.onState((store, state) => {
      const before = stores.stateOf(store)?.status
      stores.stated(store, state, runtime.now())
      const { status } = state
      if (status !== before && isWatched(store)) tellEvent({ ...eventNow(store), what: 'state', status })
    }),
    broker.subscribe(
      every.devices,
      on((store, { topic, payload }) => {
        const device = parseStoreTopic(topic)?.rest
        const statusOf = () => stores.devicesOf(store).find((one) => one.device === device)
        const before = statusOf()?.status
        stores.device(store, payload)
        const health = statusOf()
        if (!health || health.status === before || !isWatched(store)) return
        const { status, reason } = health
        tellEvent({
          ...eventNow(store),
          what: 'device',
          device: health.device,
          status,
          ...(reason === undefined ? {} : { reason }),
        })
      }),
    ),
  ]
  const eventNow = (store: string) => ({ id: runtime.uuid(), at: new Date(runtime.now()).toISOString(), store, lane: '' })

  /** What pages know of each store. */
  const shown = new Map<string, LiveStore>()
  const say = () => {
    const now = runtime.now()
    stores.pass(now)
    for (const one of stores.takeChanged(now)) {
      shown.set(one.store, one)
      publish(topics.store(one.store), one, true)
    }
    publish(topics.club, clubOf(now), true)
  }
  const clubOf = (now: number): LiveClub => {
    const sums = { backlog: 0, tapsPerMinute: 0, sales: 0, paid: 0, creditIssued: 0, creditUsed: 0, exposure: 0 }
    const count = { online: 0, offline: 0, unknown: 0 }
    for (const one of shown.values()) {
      count[one.status] += 1
      sums.backlog += one.backlog.count
      sums.tapsPerMinute += one.tapsPerMinute
      sums.sales += one.sales
      sums.paid += one.paid
      sums.creditIssued += one.creditIssued
      sums.creditUsed += one.creditUsed
      sums.exposure += one.exposure ?? 0
    }
    return {
      day: dayOf(new Date(now).toISOString()),
      currency: parts.currency(),
      stores: count,
      ...sums,
      quarantined,
      proposals: parts.proposals(),
      programme: parts.programme(),
      at: new Date(now).toISOString(),
    }
  }

  const count = async () => {
    const passed = runtime.monotonic()
    if (passed - lastFact > countedWithinMs && passed - looked < lookMs) return
    looked = passed
    try {
      stores.counted(await books.storesOn(dayOf(new Date(runtime.now()).toISOString())))
      if (passed - seldomLooked < seldomMs) return
      seldomLooked = passed
      quarantined = (await books.quarantine()).length
      const alarms = (await books.alerts({ limit: alarmsShown })).map(({ alert, ruleid, text, store, at }) => ({
        ...{ alert, ruleid, text, at },
        ...(store === undefined ? {} : { store }),
      }))
      publish(topics.alarms, { alarms, at: new Date(runtime.now()).toISOString() } as { at: string }, true)
    } catch (error) {
      if (!closed)
        log.warn({ reason: messageOf(error) }, 'the books could not be asked for the live figures; they are asked again')
    }
  }

  const each = (ms: number, index: number, work: () => unknown) => {
    const next = () => {
      cancels[index] = runtime.after(ms, () => {
        Promise.resolve(work()).finally(() => {
          if (!closed) next()
        })
      })
    }
    next()
  }
  void count().then(() => closed || say())
  each(tellMs, 0, say)
  each(countMs, 1, count)

  return {
    /** Tells a store's events for a while; gives until when. */
    watch(store: string): string {
      watched.set(store, runtime.monotonic() + watchMs)
      return new Date(runtime.now() + watchMs).toISOString()
    },
    close(): void {
      closed = true
      for (const end of ends) end()
      for (const cancel of cancels) cancel()
      cancels = []
    },
  }
}
