import type { EventEmitter } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { Aedes, type Client } from 'aedes'
import { codeOf, messageOf, VafaError } from './errors.ts'
import { delayAcks } from './late-acks.ts'
import type { Logger } from './log.ts'
import { mqttFrameLimit } from './mqtt-frame-limit.ts'

/** What came from a client or from this process. `from` is the client's id, undefined for our own messages. */
export interface BrokerMessage {
  topic: string
  payload: Buffer
  from: string | undefined
}

export interface OutgoingMessage {
  topic: string
  payload: string | Uint8Array
  qos: 0 | 1
  retain?: boolean
}

export interface BrokerOptions<Identity> {
  /** Port 0 takes any free port; see `Broker.ports`. */
  listen: readonly { host: string; port: number }[]
  /** Certificate and key (PEM): every port speaks TLS 1.2 or later then. */
  tls?: { cert: Buffer; key: Buffer }
  /**
   * Who this is, or undefined to refuse. It is never called without a username and a password. The client id is
   * the username, or begins with the username and a slash, so that nobody can take over another's session.
   */
  authenticate(username: string, password: string, clientid: string): Identity | undefined
  mayPublish(identity: Identity, topic: string): boolean
  /** `filter` may hold wildcards; it is also asked with each topic before delivery. */
  maySubscribe(identity: Identity, filter: string): boolean
  onClient?(event: { kind: 'connected' | 'disconnected'; clientid: string; identity: Identity }): void
  log: Logger
  /** After this long a client that does not read is disconnected. */
  drainTimeoutMs?: number
  maxPacketBytes?: number
}

export interface Broker {
  /** In the order of `listen`. */
  readonly ports: readonly number[]
  /** Resolves when the message is with every connected subscriber's socket, or given up for it. */
  publish(message: OutgoingMessage): Promise<void>
  /**
   * `handler` is called in the order of arrival, with a client's message before that is acknowledged; it must not
   * throw. `filter` may hold `+` and a `#` at its end. Returns how to end it.
   */
  subscribe(filter: string, handler: (message: BrokerMessage) => void): () => void
  /** Ends a client's connection. False where no such client is connected. */
  disconnect(clientid: string): boolean
  close(): Promise<void>
}

type Payload = string | Buffer

/** Whether a topic fits a filter (MQTT 3.1.1, section 4.7). */
function topicMatcher(filter: string): (topic: string) => boolean {
  const levels = filter.split('/')
  return (topic) => {
    if (topic.startsWith('$')) return false
    const given = topic.split('/')
    for (const [index, level] of levels.entries()) {
      if (level === '#') return true
      if (given[index] === undefined || (level !== '+' && level !== given[index])) return false
    }
    return given.length === levels.length
  }
}

/** Of a name that anyone may have sent. */
const loggedChars = 60

/** Longer than a booking takes, so that a fact's PUBACK leaves with the reply. */
const lateAckMs = 5

const refusal = (returnCode: 2 | 4 | 5, message: string) => Object.assign(new Error(message), { returnCode })

/**
 * An MQTT 3.1.1 broker inside this process (aedes), for the club and for a store's box. Nobody is anonymous; each
 * client publishes and reads only what `mayPublish` and `maySubscribe` allow. A forbidden publish is not forwarded
 * and ends the connection, a forbidden subscription is refused (SUBACK 128), a forbidden will is dropped.
 */
export async function startBroker<Identity>(options: BrokerOptions<Identity>): Promise<Broker> {
  const { log, maxPacketBytes = 256 * 1024 } = options
  const identities = new WeakMap<Client, Identity>()
  const subscribers = new Set<(topic: string, payload: Payload, from: string | undefined) => void>()
  const deliver = (topic: string, payload: Payload, from: string | undefined) => {
    for (const subscriber of subscribers) subscriber(topic, payload, from)
  }

  const aedes = await Aedes.createBroker({
    // No common limit of messages under way: a client that does not read would use it up and stall all others.
    concurrency: 0,
    drainTimeout: options.drainTimeoutMs ?? 2_000,
    connectTimeout: 10_000,
    maxTopicLevels: 16,
    authenticate(client, username, password, done) {
      const refuse = (code: 2 | 4, reason: string) => {
        log.warn({ client: client.id.slice(0, loggedChars), username: username?.slice(0, loggedChars), reason }, 'login refused')
        done(refusal(code, reason), null)
      }
      if (!username || !password) return refuse(4, 'no username or no password')
      if (client.id !== username && !client.id.startsWith(`${username}/`))
        return refuse(2, 'the client id does not begin with the username')
      const identity = options.authenticate(username, password.toString('utf8'), client.id)
      if (identity === undefined)
        return refuse(4, 'no such name, or its password is another one here: compare the secret files of both sides')
      identities.set(client, identity)
      done(null, true)
    },
    // Also asked for wills, when they are due.
    authorizePublish(client, packet, done) {
      const identity = client ? identities.get(client) : undefined
      if (client && identity !== undefined && !packet.topic.startsWith('$') && options.mayPublish(identity, packet.topic)) {
        // Here and not by `aedes.subscribe`: aedes first writes its PUBACK and waits for the next turn of the event loop.
        // A message of QoS 2 may come here more than once.
        if (packet.qos < 2) deliver(packet.topic, packet.payload, client.id)
        return done(null)
      }
      log.warn({ client: client?.id, topic: packet.topic }, 'forbidden publish')
      done(new Error(`may not publish to ${packet.topic}`))
    },
    authorizeSubscribe(client, subscription, done) {
      const identity = identities.get(client)
      if (identity !== undefined && !subscription.topic.startsWith('$') && options.maySubscribe(identity, subscription.topic))
        return done(null, subscription)
      log.warn({ client: client.id, filter: subscription.topic }, 'forbidden subscription')
      done(null, null)
    },
    // aedes stores all filters of a SUBSCRIBE for a persistent session when one of them is allowed (1.2.0,
    // lib/handlers/subscribe.js, storeSubscriptions), and would deliver the rest on reconnect: so ask again here.
    authorizeForward(client, packet) {
      const identity = identities.get(client)
      return identity !== undefined && options.maySubscribe(identity, packet.topic) ? packet : null
    },
  })
  boundAbsentSessions(aedes)
  const emitter: EventEmitter = aedes
  emitter.on('error', (error: unknown) => log.error({ reason: messageOf(error) }, 'broker error'))
  aedes.on('connectionError', (client, error) => log.debug({ client: client.id, reason: error.message }, 'connection error'))
  aedes.on('clientError', (client, error) => log.info({ client: client.id, reason: error.message }, 'client error'))
  const tell = (kind: 'connected' | 'disconnected') => (client: Client) => {
    const identity = identities.get(client)
    if (identity !== undefined) options.onClient?.({ kind, clientid: client.id, identity })
  }
  aedes.on('publish', (packet, client) => {
    if (client && packet.qos === 2) deliver(packet.topic, packet.payload, client.id)
  })
  aedes.on('client', tell('connected'))
  // Not before: a CONNACK that refuses is followed by the end.
  aedes.on('clientReady', ({ conn }) => delayAcks(conn, lateAckMs))
  aedes.on('clientDisconnect', tell('disconnected'))

  const sockets = new Set<Socket>()
  const accept = (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const limit = mqttFrameLimit(maxPacketBytes)
    const read = socket.read.bind(socket)
    socket.read = (size?: number) => {
      const chunk: Buffer | null = read(size)
      if (chunk === null || limit(chunk) === 'ok') return chunk
      log.warn({ remote: socket.remoteAddress }, 'a packet is too large; connection closed')
      socket.destroy()
      return null
    }
    aedes.handle(socket)
  }
  const servers: Server[] = []
  const close = async () => {
    for (const server of servers) server.close()
    await new Promise<void>((resolve) => aedes.close(resolve))
    for (const socket of sockets) socket.destroy()
  }
  try {
    for (const address of options.listen) servers.push(await listen(serverOf(options.tls, accept), address))
  } catch (error) {
    await close()
    throw error
  }

  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    publish: ({ topic, payload, qos, retain = false }) =>
      new Promise((resolve, reject) => {
        const bytes =
          typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload.buffer, payload.byteOffset, payload.length)
        deliver(topic, bytes, undefined)
        aedes.publish({ cmd: 'publish', topic, payload: bytes, qos, retain, dup: false }, (error) =>
          error ? reject(error) : resolve(),
        )
      }),
    subscribe(filter, handler) {
      const matches = topicMatcher(filter)
      const subscriber = (topic: string, payload: Payload, from: string | undefined) => {
        if (matches(topic)) handler({ topic, payload: typeof payload === 'string' ? Buffer.from(payload) : payload, from })
      }
      subscribers.add(subscriber)
      return () => subscribers.delete(subscriber)
    },
    disconnect(clientid) {
      const client = (aedes as Aedes & { clients: Record<string, Client | undefined> }).clients[clientid]
      client?.close()
      return client !== undefined
    },
    close,
  }
}

/** Of clients that keep their session while they are away. */
const mostAbsent = 64
const mostKeptForOne = 1_000

/**
 * aedes keeps every message of QoS 1 for a client that is away with its session, without a limit and for ever. Beyond a
 * limit a client's later messages are not kept: what came first explains what it asked for itself.
 */
function boundAbsentSessions(aedes: Aedes): void {
  const { persistence, clients } = aedes as Aedes & {
    clients: Record<string, Client | undefined>
    persistence: { outgoingEnqueueCombi(subs: { clientId: string }[], packet: unknown): Promise<void> }
  }
  const kept = new Map<string, number>()
  const enqueue = persistence.outgoingEnqueueCombi.bind(persistence)
  persistence.outgoingEnqueueCombi = (subs, packet) =>
    enqueue(
      subs.filter(({ clientId }) => {
        if (clients[clientId]) return true
        const count = kept.get(clientId) ?? 0
        if (count >= mostKeptForOne || (count === 0 && kept.size >= mostAbsent)) return false
        kept.set(clientId, count + 1)
        return true
      }),
      packet,
    )
  aedes.on('client', ({ id }) => kept.delete(id))
}

function serverOf(tls: BrokerOptions<unknown>['tls'], accept: (socket: Socket) => void): Server {
  if (!tls) return createServer({ noDelay: true }, accept)
  return createTlsServer({ ...tls, noDelay: true, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 }, accept)
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const taken = codeOf(error) === 'EADDRINUSE'
      reject(
        new VafaError({
          key: 'broker.cannot-listen',
          message: `the broker cannot listen on ${host}:${port}: ${taken ? 'another process has that port' : messageOf(error)}`,
          hint: taken ? 'end that process or choose another port' : 'check the address',
          cause: error,
        }),
      )
    })
    server.listen(port, host, () => resolve(server))
  })
}
