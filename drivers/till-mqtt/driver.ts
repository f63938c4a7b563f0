import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { describeError, type ErrorKey } from '#protocol/errors.ts'
import type { LaneScreen, TillResponse } from '#protocol/lane.ts'
import { laneTopics } from '#protocol/topics.ts'
import type { Broker } from '#runtime/broker.ts'
import { readSecret } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { isLoopback } from '#runtime/loopback.ts'
import { sameSecret } from '#runtime/secret-check.ts'
import type { Connection, DeviceHost, Driver } from '../contract.ts'
import { endsOnce } from '../stream/ending.ts'
import { overhear } from '../stream/overhear.ts'
import { createExchanges } from '../till/exchanges.ts'
import type { Sender } from '../till/idempotency.ts'
import { listenError } from '../till/listen-error.ts'
import { readTls } from '../till/tls-files.ts'
import { readMqttRequest } from './codec.ts'
import { type PageOptions, type TillMqttOptions, tillMqttOptions } from './options.ts'
import { createDoor, type Door } from './pages/door.ts'

/**
 * Of one lane. A kiosk sends a few hundred bytes a second and a large basket is 30 KB; at a store's pace its smallest requests
 * would be thousands a second, and the other lanes would wait for them.
 */
const kioskLimits = { bytesPerSecond: 64 * 1024, bytesAtOnce: 128 * 1024 }

/**
 * The box's own broker, for tills and kiosks (docs/devices/till-mqtt.md): each logs on as its lane with the lane's
 * password, and meets that lane's three topics and no other. Raw credentials travel here only from the lane's client to
 * the gateway: nobody may read a lane's `input`.
 */
export const tillMqttDriver: Driver<TillMqttOptions> = {
  kind: 'till-mqtt',
  options: tillMqttOptions,
  lanes: ({ lanes, pages }) => [...new Set([...lanes, ...(pages?.lanes ?? [])].map(({ lane }) => lane))],
  async connect(options, host): Promise<Connection> {
    refuseOpenNetwork(options)
    const withPassword = readSenders(options, host)
    const senders = new Map([...pageSenders(options, host), ...withPassword])
    const topicsOf = (lane: string) => laneTopics(options.club, host.store, lane)
    const where = `the broker for tills on ${options.host}:${options.port}`
    const tls = readTls(options.tls, host.beside)
    const { pages, port } = options
    const door = pages && createDoor({ lanes: pages.lanes, memory: host.memory, runtime: host.runtime })
    const { startBroker } = await import('#runtime/broker.ts')
    /** Screens with a customer's name on them. What the broker retains has none; who connects meanwhile is told by us. */
    const named = new Map<string, LaneScreen>()
    let broker: Broker
    let pageServer: FastifyInstance | undefined
    try {
      host.signal.throwIfAborted()
      broker = await startBroker<string>({
        listen:
          port === undefined
            ? []
            : [
                {
                  host: options.host,
                  port,
                  ...(tls ? { tls: { certificate: tls.cert.toString(), privateKey: tls.key.toString() } } : {}),
                },
              ],
        authenticate(lane, password, clientid) {
          if (door?.admits(lane, password, clientid)) return lane
          const sender = withPassword.get(lane)
          return sender && sameSecret(password, sender.secret) ? lane : undefined
        },
        mayPublish: (lane, topic) => topic === topicsOf(lane).input,
        maySubscribe: (lane, filter) => filter === topicsOf(lane).screen || filter === topicsOf(lane).replies,
        onSubscribed({ identity: lane, filter, tell }) {
          const screen = named.get(lane)
          if (screen && filter === topicsOf(lane).screen) tell({ topic: filter, payload: JSON.stringify(screen) })
        },
        limits: kioskLimits,
        onLine: (socket) => overhear(socket, host.ear),
        log: host.log,
      })
    } catch (error) {
      throw listenError(where, error instanceof VafaError && error.cause ? error.cause : error)
    }
    if (pages && door)
      try {
        pageServer = await openPages({ pages, club: options.club, door, broker, host })
      } catch (error) {
        await broker.close()
        throw error
      }

    const send = (topic: string, body: TillResponse | LaneScreen, retain: boolean) => {
      broker
        .publish({ topic, payload: JSON.stringify(body), qos: 1, retain })
        .catch((error: Error) => host.log.warn({ topic, reason: error.message }, 'the local broker did not take a message'))
    }
    const showOn = (lane: string, screen: LaneScreen) => {
      const { screen: topic } = topicsOf(lane)
      named.delete(lane)
      if (screen.customer?.name === undefined) return send(topic, screen, true)
      // Whose sale is over is the last customer: no name is kept of that one anywhere.
      if (screen.state !== 'completed') named.set(lane, screen)
      const { name: _, ...customer } = screen.customer
      send(topic, { ...screen, customer }, true)
      send(topic, screen, false)
    }
    const tell = (lane: string, response: TillResponse) => send(topicsOf(lane).replies, response, false)
    const exchanges = createExchanges({
      host,
      onAnswer: ({ sender }, response) => tell(sender.lane, response),
      onUnasked: tell,
    })
    for (const sender of senders.values()) broker.subscribe(topicsOf(sender.lane).input, ({ payload }) => take(payload, sender))

    const take = (payload: Uint8Array, sender: Sender) => {
      const { lane } = sender
      const refuse = (re: string | undefined, key: ErrorKey, reason?: string) =>
        tell(lane, { op: 'error', ...(re === undefined ? {} : { re }), error: describeError(key, reason) })
      const read = readMqttRequest(payload)
      if (!read.valid) {
        const { id, reason } = read
        refuse(id, 'request.invalid', reason)
        return host.event({ kind: 'till-invalid', at: host.runtime.now(), lane, reason, ...(id === undefined ? {} : { id }) })
      }
      const { id } = read.request
      const asked = exchanges.ask(sender, read.request, read.key)
      switch (asked.is) {
        case 'again':
          for (const answer of asked.exchange.answers) tell(lane, { ...answer, re: id })
          return
        case 'conflict':
          return refuse(id, 'event.conflict', 'its idempotencykey stands for another request')
        case 'busy':
          return refuse(id, 'box.busy')
        case 'unwritable':
          return refuse(id, 'box.unwritable', asked.reason)
        case 'new':
        case 'in-progress':
          return
      }
    }

    const ending = endsOnce(host.signal, async () => {
      exchanges.close()
      await broker.close()
      await pageServer?.close()
    })
    if (host.signal.aborted) {
      await ending.close()
      throw new VafaError({ key: 'device.let-go', message: `${where}: let go before it was open`, permanent: false })
    }
    return {
      ...ending,
      ...(port === undefined ? {} : { address: { host: options.host, port: broker.ports[0] ?? port } }),
      ...(pageServer && pages && door
        ? { pages: { ...placeOf(pageServer, pages), offer: door.offer, forget: door.forget } }
        : {}),
      tills: new Map([...senders.keys()].map((lane) => [lane, { send: (response) => exchanges.take(lane, response) }])),
      screens: new Map([...senders.keys()].map((lane) => [lane, { show: (screen: LaneScreen) => showOn(lane, screen) }])),
    }
  },
}

function readSenders({ lanes }: TillMqttOptions, host: DeviceHost): ReadonlyMap<string, Sender> {
  return new Map(
    lanes.map(({ lane, secretFile }) => [
      lane,
      { till: lane, lane, secret: readSecret(host.beside(secretFile), `the password of ${lane}`) },
    ]),
  )
}

/**
 * Lanes that only pages act for. What is kept of their requests is keyed by a secret of this box, which only its sealed
 * memory holds.
 */
function pageSenders({ pages }: TillMqttOptions, { memory }: DeviceHost): Map<string, Sender> {
  if (!pages || pages.lanes.length === 0) return new Map()
  const secret = memory.find('pages') ?? randomBytes(32).toString('base64url')
  memory.keep('pages', secret)
  return new Map(pages.lanes.map(({ lane }) => [lane, { till: lane, lane, secret }]))
}

const dist = fileURLToPath(new URL('../../web/dist', import.meta.url))

async function openPages(given: {
  pages: PageOptions
  club: string
  door: Door
  broker: Broker
  host: DeviceHost
}): Promise<FastifyInstance> {
  const { pages, club, door, broker, host } = given
  const where = `the pages of the lanes on ${pages.host}:${pages.port}`
  const tls = readTls(pages.tls, host.beside)
  const { createPageServer } = await import('./pages/server.ts')
  const { store, runtime, log } = host
  const app = await createPageServer({ ...{ options: pages, club, store, door, broker, tls, dist, runtime, log } })
  try {
    await app.listen({ host: pages.host, port: pages.port })
    return app
  } catch (error) {
    await app.close()
    throw listenError(where, error)
  }
}

function placeOf({ server }: FastifyInstance, { host, port }: PageOptions): { host: string; port: number } {
  const address = server.address()
  return { host, port: address !== null && typeof address === 'object' ? address.port : port }
}

/** Passwords in clear text: beyond the machine itself somebody must have meant it. */
function refuseOpenNetwork({ pages, ...tills }: TillMqttOptions): void {
  const open = [...(tills.port === undefined ? [] : [tills]), ...(pages ? [pages] : [])].find(
    ({ host, insecure, tls }) => !isLoopback(host) && !insecure && !tls,
  )
  if (!open) return
  throw new VafaError({
    key: 'device.insecure',
    message: `the broker for tills on ${open.host}:${open.port}: other machines could reach it, and passwords would go in clear text`,
    hint: 'add `tls` with a certificate, listen on 127.0.0.1, or write `insecure: true` on a network of its own',
  })
}
