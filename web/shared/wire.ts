import { type ReadonlySignal, signal } from '@preact/signals'
import mqtt, { type MqttClient } from 'mqtt'
import { createRetry } from './retry.ts'

/** What a page gets for one connection; each connection asks anew, since a ticket is good once. */
export interface Access {
  /** `wss://…` */
  url: string
  clientId: string
  username: string
  password: string
}

/** `refused`: the server says that this page has no right to a connection any more; it does not try again by itself. */
export type LineStatus = 'connecting' | 'online' | 'offline' | 'refused'

/** The server will not have this page: its login ended, its lane is gone. */
export class AccessRefused extends Error {}

/** Why a question has no answer. */
export class WireProblem extends Error {
  readonly key: 'offline' | 'silent'
  constructor(key: 'offline' | 'silent') {
    super(key === 'offline' ? 'the page is not connected' : 'no answer came in time')
    this.key = key
  }
}

export interface Heard {
  topic: string
  /** The JSON of the message; undefined where there is none (an empty retained message ends a topic). */
  payload: unknown
}

export interface Question {
  topic: string
  /** Where the answer is heard; it carries the same `requestid`. */
  answers: string
  body: { requestid: string } & Readonly<Record<string, unknown>>
  /** Milliseconds; 15,000 by default. */
  patienceMs?: number
}

/** The page's one line to its server: MQTT 3.1.1 over a WebSocket, which comes back by itself. */
export interface Wire {
  readonly status: ReadonlySignal<LineStatus>
  /** Since when the status is so, by this browser's clock, milliseconds. */
  readonly since: ReadonlySignal<number>
  /** Listens to a topic or filter through all reconnections; returns what ends it. */
  subscribe(filter: string, hear: (message: Heard) => void): () => void
  /** Sends a message at QoS 1; rejects with a WireProblem where the page is not connected. */
  send(topic: string, body: unknown): Promise<void>
  /** Resolves with the answer's payload; rejects with a WireProblem. */
  ask(question: Question): Promise<unknown>
  close(): void
}

/** A broker that says nothing to a ping for so long is not there, whatever the socket says. */
const silenceMs = 8_000
const pingMs = 3_000

export function createWire(options: { access: () => Promise<Access> }): Wire {
  const status = signal<LineStatus>('connecting')
  const since = signal(Date.now())
  const hearers = new Map<string, Set<(message: Heard) => void>>()
  const answerTopics = new Set<string>()
  /** Questions under way, by their id. */
  const waiting = new Map<string, (payload: unknown) => void>()
  let client: MqttClient | undefined
  let closed = false
  let heardAt = Date.now()

  function become(next: LineStatus) {
    if (status.value === next) return
    since.value = Date.now()
    status.value = next
  }

  const retry = createRetry(connect)

  async function connect(): Promise<void> {
    if (closed || client) return
    let access: Access
    try {
      access = await options.access()
    } catch (error) {
      if (closed) return
      if (error instanceof AccessRefused) return become('refused')
      become('offline')
      return retry.later()
    }
    if (closed || client) return
    const { url, ...credentials } = access
    const mine = mqtt.connect(url, {
      ...credentials,
      protocolVersion: 4,
      clean: true,
      // Its workers' timers would need a hole in the content security policy.
      timerVariant: 'native',
      // A background page's timers run once a minute; liveness is watched below, while somebody looks.
      keepalive: 120,
      reconnectPeriod: 0,
      connectTimeout: silenceMs,
      resubscribe: false,
      queueQoSZero: false,
    })
    client = mine
    mine.on('connect', () => {
      heardAt = Date.now()
      retry.succeeded()
      for (const filter of [...answerTopics, ...hearers.keys()]) mine.subscribe(filter, { qos: 1 })
      become('online')
    })
    mine.on('packetreceive', () => {
      heardAt = Date.now()
    })
    mine.on('message', (topic, payload) => {
      const message = { topic, payload: read(payload.toString()) }
      if (answerTopics.has(topic)) waiting.get((message.payload as { requestid?: string })?.requestid ?? '')?.(message.payload)
      for (const [filter, hears] of hearers) if (matches(filter, topic)) for (const hear of hears) hear(message)
    })
    // What is wrong with a line shows as its end.
    mine.on('error', () => mine.end(true))
    mine.on('close', () => {
      if (client !== mine) return
      client = undefined
      if (closed) return
      become('offline')
      retry.later()
    })
  }

  const watch = setInterval(() => {
    if (!client?.connected || document.visibilityState !== 'visible') return
    if (Date.now() - heardAt > silenceMs) drop()
    else client.sendPing()
  }, pingMs)

  function drop() {
    const gone = client
    client = undefined
    become('offline')
    gone?.end(true)
    if (!closed) retry.later()
  }

  function look() {
    if (document.visibilityState !== 'visible') return
    // A page that was away is asked anew before it is believed.
    heardAt = Date.now()
    if (client?.connected) client.sendPing()
    else if (status.value !== 'refused') retry.now()
  }
  const cameBack = () => status.value !== 'refused' && retry.now()
  document.addEventListener('visibilitychange', look)
  window.addEventListener('online', cameBack)
  window.addEventListener('offline', drop)

  retry.now()

  const wire: Wire = {
    status,
    since,
    subscribe(filter, hear) {
      const hears = hearers.get(filter) ?? new Set()
      hears.add(hear)
      hearers.set(filter, hears)
      // Again for a second hearer too: the broker then repeats what it retains.
      if (client?.connected) client.subscribe(filter, { qos: 1 })
      return () => {
        hears.delete(hear)
        if (hears.size > 0) return
        hearers.delete(filter)
        if (client?.connected) client.unsubscribe(filter)
      }
    },
    async send(topic, body) {
      if (!client?.connected) throw new WireProblem('offline')
      await client.publishAsync(topic, JSON.stringify(body), { qos: 1 })
    },
    async ask({ topic, answers, body, patienceMs = 15_000 }) {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      waiting.set(body.requestid, resolve)
      const timer = setTimeout(() => reject(new WireProblem('silent')), patienceMs)
      const watched = status.subscribe((now) => now !== 'online' && reject(new WireProblem('offline')))
      try {
        // Heard before it is asked, and from then on.
        if (!answerTopics.has(answers)) {
          answerTopics.add(answers)
          await client?.subscribeAsync(answers, { qos: 1 })
        }
        await Promise.race([wire.send(topic, body), promise])
        return await promise
      } finally {
        clearTimeout(timer)
        watched()
        waiting.delete(body.requestid)
      }
    },
    close() {
      closed = true
      clearInterval(watch)
      retry.stop()
      document.removeEventListener('visibilitychange', look)
      window.removeEventListener('online', cameBack)
      window.removeEventListener('offline', drop)
      client?.end(true)
      client = undefined
      become('offline')
    },
  }
  return wire
}

function read(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** MQTT's own rule: `+` is one level, `#` at the end is all that follows. */
export function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/')
  const given = topic.split('/')
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true
    if (given[i] === undefined || (level !== '+' && level !== given[i])) return false
  }
  return wanted.length === given.length
}
