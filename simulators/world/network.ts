import { backoffMs } from '#runtime/backoff.ts'
import type { Broker, BrokerMessage } from '#runtime/broker.ts'
import type { MqttLinkOptions, OpenLink } from '#runtime/mqtt-client.ts'
import type { Cancel } from '#runtime/runtime.ts'
import { topicMatcher } from '#runtime/topic-filter.ts'
import type { Chance } from './chance.ts'
import type { Life, WorldTime } from './time.ts'

/** How bad a line is: the share of messages that are lost or come twice, and how long they take. */
export interface Weather {
  drop: number
  duplicate: number
  /** Messages may overtake one another. */
  reorder: boolean
  latencyMs: number
}

export const fairWeather: Weather = { drop: 0, duplicate: 0, reorder: false, latencyMs: 10 }

/** The club's broker in one life of the club. */
export interface SimulatedBroker extends Pick<Broker, 'publish' | 'subscribe'> {
  /** The club's process is gone, and every connection with it. */
  end(): void
}

export interface SimulatedNetwork {
  /** The broker of a club that has just started. */
  openBroker(life: Life): SimulatedBroker
  /** A box's link, in place of `openMqttLink`. */
  linkOf(store: string, life: Life): OpenLink
  /** No message passes any more. `noticed`: both ends hear of it at once; else each only when it misses the other. */
  cut(store: string, how: 'noticed' | 'silent'): void
  mend(store: string): void
  setWeather(store: string, weather: Weather): void
  /** A box's process is gone; `silent`: its machine too, so that nobody closes its connection. */
  gone(store: string, how: 'noticed' | 'silent'): void
  /** Messages by what became of them. */
  readonly figures: { carried: number; dropped: number; doubled: number; cuts: number }
}

interface Session {
  store: string
  /** Its client id: a store has one session for its box, and one for what is salvaged from an old one. */
  client: string
  options: MqttLinkOptions
  broker: BrokerLife
  /** Nothing passes any more, whether the ends know it or not. */
  dead: boolean
  /** When the last message of each direction comes, so that none overtakes it. */
  last: { up: number; down: number }
  will: { topic: string; payload: string } | undefined
  fits: ((topic: string) => boolean)[]
  /** The box hears that its link is lost. */
  lost(reason: string): void
}

interface Listener {
  fits: (topic: string) => boolean
  handler: (message: BrokerMessage) => void
}

interface BrokerLife {
  life: Life
  sessions: Map<string, Session>
  retained: Map<string, Buffer>
  listeners: Set<Listener>
  /** Who hears what is published there; begun anew when somebody comes or goes. */
  routes: Map<string, Listener[]>
}

/** Whoever does not hear from the other end gives up after this time (one and a half keepalives). */
const missedMs = 7_500

const bytesOf = (payload: string | Uint8Array): Buffer =>
  typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)

/** `onWire`: sees each message that arrives, `up` at the club or `down` at a box. */
export function createNetwork(options: {
  time: WorldTime
  chance: Chance
  onWire(direction: 'up' | 'down', store: string, topic: string, payload: Buffer): void
}): SimulatedNetwork {
  const { time, chance, onWire } = options
  const weather = new Map<string, Weather>()
  const cuts = new Set<string>()
  const figures = { carried: 0, dropped: 0, doubled: 0, cuts: 0 }
  let current: BrokerLife | undefined

  const weatherOf = (store: string) => weather.get(store) ?? fairWeather
  const latency = (store: string) => 1 + chance.next() * 2 * weatherOf(store).latencyMs

  /** Takes a message along a session, if it gets there. */
  const carry = (session: Session, way: 'up' | 'down', mayBeLost: boolean, arrive: () => void) => {
    const { drop, duplicate, reorder } = weatherOf(session.store)
    if (session.dead || (mayBeLost && chance.happens(drop))) {
      figures.dropped += 1
      return
    }
    const send = () => {
      const soon = time.elapsed + latency(session.store)
      const at = reorder && mayBeLost ? soon : Math.max(soon, session.last[way])
      session.last[way] = Math.max(session.last[way], at)
      time.after(at - time.elapsed, () => {
        if (session.dead || !session.broker.life.alive) {
          figures.dropped += 1
          return
        }
        figures.carried += 1
        arrive()
      })
    }
    send()
    if (!mayBeLost || !chance.happens(duplicate)) return
    figures.doubled += 1
    send()
  }

  const retainedTo = (broker: BrokerLife, topic: string, payload: Buffer) => {
    if (payload.length === 0) broker.retained.delete(topic)
    else broker.retained.set(topic, payload)
  }
  const receive = (broker: BrokerLife, message: BrokerMessage) => {
    let heard = broker.routes.get(message.topic)
    if (!heard) {
      heard = [...broker.listeners].filter(({ fits }) => fits(message.topic))
      broker.routes.set(message.topic, heard)
    }
    for (const { handler } of heard) handler(message)
  }
  const deliver = (session: Session, topic: string, payload: Buffer) => {
    const isReply = topic.endsWith('/replies')
    carry(session, 'down', isReply, () => {
      onWire('down', session.store, topic, payload)
      session.options.onMessage(topic, payload)
    })
  }

  /** The broker lets a session go, and says its will. */
  const dropSession = (session: Session) => {
    const { broker, will } = session
    if (broker.sessions.get(session.client) !== session) return
    broker.sessions.delete(session.client)
    if (!will || !broker.life.alive) return
    retainedTo(broker, will.topic, bytesOf(will.payload))
    receive(broker, { topic: will.topic, payload: bytesOf(will.payload), from: session.store })
  }
  const breakSession = (session: Session, { boxMs, brokerMs }: { boxMs: number; brokerMs: number }) => {
    session.dead = true
    time.after(boxMs, () => session.lost('the connection is gone'))
    time.after(brokerMs, () => dropSession(session))
  }
  const noticing = (how: 'noticed' | 'silent') =>
    how === 'noticed'
      ? { boxMs: chance.int(1, 50), brokerMs: chance.int(1, 50) }
      : { boxMs: chance.int(missedMs / 2, missedMs), brokerMs: chance.int(missedMs / 2, missedMs) }
  const sessionsOf = (store: string) => [...(current?.sessions.values() ?? [])].filter((one) => one.store === store)

  return {
    figures,
    openBroker(life) {
      const broker: BrokerLife = { life, sessions: new Map(), retained: new Map(), listeners: new Set(), routes: new Map() }
      current = broker
      return {
        async publish({ topic, payload, retain = false }) {
          if (!life.alive) return
          const bytes = bytesOf(payload)
          if (retain) retainedTo(broker, topic, bytes)
          for (const session of broker.sessions.values())
            if (session.fits.some((fits) => fits(topic))) deliver(session, topic, bytes)
        },
        subscribe(filter, handler) {
          const listener = { fits: topicMatcher(filter), handler }
          broker.listeners.add(listener)
          broker.routes.clear()
          return () => {
            broker.listeners.delete(listener)
            broker.routes.clear()
          }
        },
        end() {
          for (const session of broker.sessions.values()) breakSession(session, noticing('noticed'))
          if (current === broker) current = undefined
        },
      }
    },
    linkOf: (store, life) => (linkOptions) => {
      const { backoff = { floorMs: 500, capMs: 30_000 } } = linkOptions
      const { after, random } = life.runtime
      let session: Session | undefined
      let attempt = 0
      let closing = false
      let cancelRetry: Cancel = () => {}

      const retry = () => {
        cancelRetry = after(backoffMs({ attempt, ...backoff, random }), connect)
        attempt += 1
      }
      const connect = () => {
        cancelRetry = after(latency(store), () => {
          const broker = current
          if (closing) return
          if (!broker?.life.alive || cuts.has(store)) return retry()
          const before = broker.sessions.get(linkOptions.clientid)
          if (before) breakSession(before, noticing('noticed'))
          const mine: Session = {
            store,
            client: linkOptions.clientid,
            broker,
            options: linkOptions,
            dead: false,
            last: { up: 0, down: 0 },
            will: linkOptions.will?.(),
            fits: linkOptions.subscriptions.map(topicMatcher),
            lost(reason) {
              if (session !== mine || closing || !life.alive) return
              session = undefined
              linkOptions.onDown(reason)
              retry()
            },
          }
          broker.sessions.set(mine.client, mine)
          session = mine
          attempt = 0
          linkOptions.onUp()
          for (const [topic, payload] of broker.retained) if (mine.fits.some((fits) => fits(topic))) deliver(mine, topic, payload)
        })
      }
      connect()
      return {
        get up() {
          return session !== undefined
        },
        trouble: undefined,
        publish({ topic, payload, retain = false }) {
          const mine = session
          if (!mine || !life.alive) return false
          const bytes = bytesOf(payload)
          const mayBeLost = !topic.endsWith('/state')
          carry(mine, 'up', mayBeLost, () => {
            onWire('up', store, topic, bytes)
            if (retain) retainedTo(mine.broker, topic, bytes)
            receive(mine.broker, { topic, payload: bytes, from: store })
          })
          return true
        },
        async close() {
          closing = true
          cancelRetry()
          const mine = session
          session = undefined
          if (!mine) return
          mine.will = undefined
          time.after(chance.int(1, 50), () => {
            mine.dead = true
            dropSession(mine)
          })
        },
      }
    },
    cut(store, how) {
      cuts.add(store)
      figures.cuts += 1
      for (const session of sessionsOf(store)) breakSession(session, noticing(how))
    },
    mend: (store) => void cuts.delete(store),
    setWeather: (store, now) => void weather.set(store, now),
    gone(store, how) {
      for (const session of sessionsOf(store)) if (session.client === store) breakSession(session, noticing(how))
    },
  }
}
