import type { MqttClient } from 'mqtt'
import { backoffMs } from './backoff.ts'
import { messageOf } from './errors.ts'
import { delayAcks } from './late-acks.ts'
import type { Logger } from './log.ts'
import { publishFrame } from './mqtt-publish-frame.ts'
import type { Cancel, Runtime } from './runtime.ts'
import { type CertificateLogin, createTlsMemory } from './tls-memory.ts'

export type MqttLogin = { username: string; password: string } | CertificateLogin

export interface MqttLinkOptions {
  /** `mqtt://host:port` or `mqtts://host:port` */
  url: string
  clientid: string
  /** Who we are, asked at each connection: a name and its password, or a certificate (PEM). */
  login: () => MqttLogin
  /** What to look at where the broker refuses that. */
  loginHint: string
  /** Asked at each connection; published by the broker, QoS 1 and retained, when the link is lost. */
  will?(): { topic: string; payload: string }
  /** Subscribed with QoS 1 at each connection. */
  subscriptions: readonly string[]
  runtime: Runtime
  log: Logger
  onMessage(topic: string, payload: Buffer): void
  /** The link is up and every subscription is granted. */
  onUp(): void
  /** The link was up and is lost. */
  onDown(reason: string): void
  /** Shortest and longest wait between two tries, milliseconds. */
  backoff?: { floorMs: number; capMs: number }
}

export interface MqttLink {
  /** Connected and subscribed. */
  readonly up: boolean
  /** Why the link does not hold, where that is more than a club that is away; undefined while all is well. */
  readonly trouble: string | undefined
  /** Sends at once or not at all: false where the link is not up. Nothing is ever queued here. */
  publish(message: { topic: string; payload: string | Buffer; qos: 0 | 1; retain?: boolean }): boolean
  /** Ends the link for good; a will is not published. */
  close(): Promise<void>
}

/** What opens a link: `openMqttLink`, or a simulated network's. */
export type OpenLink = (options: MqttLinkOptions) => MqttLink

/** CONNACK's return codes (MQTT 3.1.1, 3.2.2.3). */
const badLogin = 4
const notAuthorised = 5

const lateAckMs = 5
const keepaliveSeconds = 5
const shortLifeMs = 5_000
const shortLivesUntilTrouble = 3
const troubled = { floorMs: 15_000, capMs: 120_000 }

/**
 * A link to an MQTT 3.1.1 broker that comes back by itself. Each connection is a fresh MQTT.js client with a clean
 * session, since its own stores lose messages and send old ones again (mqttjs/MQTT.js#2015, #607): whoever needs a
 * message to arrive keeps it until it is answered. Reconnecting is ours, capped and jittered; MQTT.js would come back
 * every second in step with all others.
 *
 * Two clients with one id kick each other for ever (mqttjs/MQTT.js#1585): after several short lives in a row
 * `trouble` says so and the link slows down. It also says when the broker refuses name or password: that does not heal
 * by waiting.
 */
export function openMqttLink(options: MqttLinkOptions): MqttLink {
  const { runtime, log, backoff = { floorMs: 500, capMs: 30_000 } } = options
  let client: MqttClient | undefined
  let cancelRetry: Cancel = () => {}
  let up = false
  let closing = false
  let attempt = 0
  let shortLives = 0
  let trouble: string | undefined
  let upSince: number | undefined

  let lastId = 0
  /** One sequence for MQTT.js's packets and ours. */
  const messageIds = {
    allocate: () => {
      lastId = lastId === 65_535 ? 1 : lastId + 1
      return lastId
    },
    getLastAllocated: () => (lastId === 0 ? null : lastId),
    register: () => true,
    deallocate: () => {},
    clear: () => {},
  }

  const memory = createTlsMemory()
  const lifeMs = () => (upSince === undefined ? undefined : runtime.monotonic() - upSince)

  /** MQTT.js takes its time to load: nobody waits for it. */
  const connect = async () => {
    const { default: mqtt } = await import('mqtt')
    if (closing) return
    const will = options.will?.()
    const login = options.login()
    const current = mqtt.connect(options.url, {
      clientId: options.clientid,
      ...credentialsOf(login, memory),
      protocolVersion: 4,
      clean: true,
      // The broker speaks a lost line's will after one and a half of these: head office sees it within ten seconds.
      keepalive: keepaliveSeconds,
      // A club that a whole chain comes back to at once needs its time: who gives up early comes again and costs it more.
      connectTimeout: 15_000,
      reconnectPeriod: 0,
      queueQoSZero: false,
      resubscribe: false,
      timerVariant: 'native',
      messageIdProvider: messageIds,
      ...(will ? { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1 as const, retain: true } } : {}),
    })
    client = current
    memory.learnFrom(current.stream)
    let reason = 'the broker closed the connection'
    let refused = false
    upSince = undefined
    current.on('connect', () => {
      // Nagle's algorithm would cost 44 to 88 ms a round trip.
      if ('setNoDelay' in current.stream && typeof current.stream.setNoDelay === 'function') current.stream.setNoDelay(true)
      delayAcks(current.stream, lateAckMs)
      current.subscribe([...options.subscriptions], { qos: 1 }, (error, granted) => {
        if (closing || current !== client) return
        const refused = error ? messageOf(error) : granted?.some((g) => g.qos === 128) ? 'a subscription was refused' : undefined
        if (refused) {
          reason = refused
          current.end(true)
          return
        }
        up = true
        upSince = runtime.monotonic()
        options.onUp()
      })
    })
    current.on('message', (topic, payload) => {
      try {
        options.onMessage(topic, payload)
      } catch (error) {
        // Thrown into MQTT.js it would end the process.
        log.error(
          { topic, reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined },
          'a message met a fault',
        )
      }
    })
    current.on('error', (error) => {
      reason = messageOf(error)
      refused = 'code' in error && (error.code === badLogin || error.code === notAuthorised)
      // What is no fault of the line may be one of the ticket's.
      if (!('syscall' in error)) memory.forget()
    })
    current.once('close', () => {
      if (current !== client) return
      client = undefined
      const wasUp = up
      up = false
      current.end(true)
      if (closing) return
      const life = lifeMs()
      if (life === undefined) {
        attempt += 1
        // Whoever kicks us is served by a broker that serves us too: what cannot connect has a bad line, not a twin.
        shortLives = 0
      } else if (life < shortLifeMs) {
        shortLives += 1
        attempt = shortLives
      } else {
        attempt = 0
        shortLives = 0
      }
      const kicked = shortLives >= shortLivesUntilTrouble
      const before = trouble
      if (kicked)
        trouble = `connected ${shortLives} times and cut off within seconds: another client may be using the identity “${options.clientid}”`
      else
        trouble = refused
          ? `the broker refuses “${options.clientid}” or its ${'username' in login ? 'password' : 'certificate'}: ${options.loginHint}`
          : undefined
      if (trouble !== undefined && trouble !== before) log.warn({ reason, url: options.url }, trouble)
      const waitMs = backoffMs({ attempt, ...(kicked ? troubled : backoff), random: runtime.random })
      log.info({ reason, url: options.url, waitMs: Math.round(waitMs) }, wasUp ? 'link lost' : 'no link')
      cancelRetry = runtime.after(waitMs, connect)
      if (wasUp) options.onDown(reason)
    })
  }
  void connect()

  return {
    get up() {
      return up
    },
    get trouble() {
      return up && (lifeMs() ?? 0) >= shortLifeMs ? undefined : trouble
    },
    publish({ topic, payload, qos, retain = false }) {
      if (!up || !client) return false
      // Past MQTT.js, which keeps a copy until the PUBACK and writes in pieces and a turn later; it lets a PUBACK be that
      // it does not wait for.
      const { stream } = client
      stream.cork()
      stream.write(publishFrame({ topic, payload, retain, ...(qos === 1 ? { messageid: messageIds.allocate() } : {}) }))
      stream.uncork()
      return true
    },
    async close() {
      if (closing) return
      closing = true
      cancelRetry()
      const current = client
      client = undefined
      const polite = up
      up = false
      if (current) await closeClient(current, polite, runtime)
    },
  }
}

/** Of MQTT.js's options; it hands `minVersion` on to TLS where the URL says `mqtts:`. */
const credentialsOf = (login: MqttLogin, memory: ReturnType<typeof createTlsMemory>) => ({
  ...('username' in login ? login : { ...memory.optionsFor(login), rejectUnauthorized: true }),
  minVersion: 'TLSv1.3',
})

/** Says DISCONNECT where there is a link, so that the will stays unsaid; a broker that does not answer gets a second. */
function closeClient(client: MqttClient, polite: boolean, runtime: Runtime): Promise<void> {
  return new Promise((resolve) => {
    client.once('close', () => resolve())
    if (!polite) {
      client.end(true, {}, () => resolve())
      return
    }
    const cancel = runtime.after(1_000, () => {
      client.stream.destroy()
      resolve()
    })
    client.end(false, {}, () => {
      cancel()
      resolve()
    })
  })
}
