import { createHash, type X509Certificate } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer, TLSSocket, type Server as TlsServer } from 'node:tls'
import { Aedes, type Client } from 'aedes'
import { boundAbsentSessions } from './absent-sessions.ts'
import { type BrokerLimits, brokerLimits, createBrokerGuard } from './broker-guard.ts'
import { codeOf, messageOf, VafaError } from './errors.ts'
import { delayAcks } from './late-acks.ts'
import type { Logger } from './log.ts'
import { mqttFrameLimit } from './mqtt-frame-limit.ts'
import { indexRetained } from './retained-topics.ts'
import { shortenRoutes } from './short-routes.ts'
import { topicMatcher } from './topic-filter.ts'

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

/** What a listener that speaks TLS shows, and whose certificates it asks for; all PEM. */
export interface BrokerTls {
  certificate: string
  privateKey: string
  /** Who signs the clients' certificates: a client without one of these gets no connection. Without it passwords are asked for. */
  authority?: string
  /** What session tickets are sealed with, 48 bytes: those of an earlier start, so that its clients come back for less. */
  ticketKeys?: Buffer
}

export interface BrokerOptions<Identity> {
  /** Port 0 takes any free port; see `Broker.ports`. With a `tls` that has an authority the certificate is who a client is, and no password is asked for. */
  listen: readonly { host: string; port: number; tls?: BrokerTls }[]
  /** Who holds a certificate of `BrokerTls.authority`, or undefined to refuse: asked at each connection, also for a resumed session. The client id is bound to it as with a username. */
  identify?(certificate: X509Certificate): { identity: Identity; name: string } | undefined
  /**
   * Who this is, or undefined to refuse. It is never called without a username and a password. The client id is
   * the username, or begins with the username and a slash, so that nobody can take over another's session.
   */
  authenticate(username: string, password: string, clientid: string): Identity | undefined
  mayPublish(identity: Identity, topic: string): boolean
  /** `filter` may hold wildcards; it is also asked with each topic before delivery. */
  maySubscribe(identity: Identity, filter: string): boolean
  /** What clients say to this process alone: nobody may subscribe to it, so it is passed on to nobody. */
  isOurs?(topic: string): boolean
  onRefused?(): void
  /** Each line before anything of it is read. */
  onLine?(socket: Duplex): void
  onClient?(event: { kind: 'connected' | 'disconnected'; clientid: string; identity: Identity }): void
  /** A client hears `filter` from now on. `tell` reaches this one alone, beside what the broker retains. */
  onSubscribed?(event: { identity: Identity; filter: string; tell(message: { topic: string; payload: string }): void }): void
  log: Logger
  /** After this long a client that does not read is disconnected. */
  drainTimeoutMs?: number
  maxPacketBytes?: number
  /** Those of `brokerLimits` that are others here. */
  limits?: Partial<BrokerLimits>
  /** Whether who takes the messages has time for more than each name's share; never, where it is left out. */
  atLeisure?: (() => boolean) | undefined
}

export interface Broker<Identity = unknown> {
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
  /** Ends the connections of all whom this is true of; gives their client ids. */
  disconnectAll(which: (identity: Identity) => boolean): string[]
  /** How many clients are connected. */
  clients(): number
  /** Another certificate for the listeners that speak TLS, from now on. */
  useTls(tls: BrokerTls): void
  /** A line that came another way than by `listen`: MQTT over a WebSocket. `remoteAddress`: whose wrong logins are counted together. */
  accept(line: Duplex & { remoteAddress?: string | undefined }): void
  close(): Promise<void>
}

type Payload = string | Buffer
/** What carries one client's packets: a socket, or a WebSocket as a stream. */
type Line = Duplex & { remoteAddress?: string | undefined }

/** Of a name that anyone may have sent. */
const loggedChars = 60

/** Longer than a booking takes, so that a fact's PUBACK leaves with the reply. */
const lateAckMs = 5

/** SUBACK's return code where `maySubscribe` said no. */
const refusedSubscription: number = 128

const refusal = (returnCode: 2 | 4 | 5, message: string) => Object.assign(new Error(message), { returnCode })

/**
 * An MQTT 3.1.1 broker inside this process (aedes), for the club and for a store's box. Nobody is anonymous; each
 * client publishes and reads only what `mayPublish` and `maySubscribe` allow. A forbidden publish is not forwarded
 * and ends the connection, a forbidden subscription is refused (SUBACK 128), a forbidden will is dropped.
 */
export async function startBroker<Identity>(options: BrokerOptions<Identity>): Promise<Broker<Identity>> {
  const { log, maxPacketBytes = 256 * 1024 } = options
  const guard = createBrokerGuard({
    limits: { ...brokerLimits, ...options.limits },
    now: () => performance.now(),
    atLeisure: options.atLeisure,
  })
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
      const { conn } = client
      const address = (conn as Socket).remoteAddress ?? ''
      const refuse = (code: 2 | 4 | 5, reason: string) => {
        options.onRefused?.()
        const who = { client: client.id.slice(0, loggedChars), username: username?.slice(0, loggedChars), remote: address }
        const { waitMs, worthALine } = guard.wrongLogin(address, username?.slice(0, loggedChars) ?? '')
        if (worthALine)
          log.warn({ ...who, reason, ...(waitMs > 0 ? { from: 'now on refused late, and not told each' } : {}) }, 'login refused')
        if (waitMs === 0) return done(refusal(code, reason), null)
        const timer = setTimeout(() => done(refusal(code, reason), null), waitMs)
        conn.once('close', () => clearTimeout(timer))
      }
      const welcome = (identity: Identity, name: string) => {
        if (!guard.loggedIn(conn, name)) return refuse(5, `too many connections of “${name}” are open`)
        identities.set(client, identity)
        done(null, true)
      }
      if (options.identify && conn instanceof TLSSocket) {
        const certificate = conn.authorized ? conn.getPeerX509Certificate() : undefined
        const known = certificate && options.identify(certificate)
        if (!known) return refuse(4, 'its certificate is not, or no longer, one of this club’s')
        if (client.id !== known.name && !client.id.startsWith(`${known.name}/`))
          return refuse(2, `the client id does not begin with “${known.name}”, whose certificate it shows`)
        return welcome(known.identity, known.name)
      }
      if (!username || !password) return refuse(4, 'no username or no password')
      if (client.id !== username && !client.id.startsWith(`${username}/`))
        return refuse(2, 'the client id does not begin with the username')
      const identity = options.authenticate(username, password.toString('utf8'), client.id)
      if (identity === undefined)
        return refuse(4, 'no such name, or its password is another one here: compare the secret files of both sides')
      welcome(identity, username)
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
  indexRetained(aedes)
  shortenRoutes(aedes, { isOurs: options.isOurs ?? (() => false) })
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
  aedes.on('subscribe', (subscriptions, client) => {
    const identity = identities.get(client)
    if (identity === undefined) return
    // On a line that has ended it reaches nobody.
    const toThis = ({ topic, payload }: { topic: string; payload: string }) =>
      client.publish({ cmd: 'publish', topic, payload: Buffer.from(payload), qos: 0, retain: false, dup: false }, () => {})
    for (const { topic: filter, qos } of subscriptions)
      if (qos !== refusedSubscription) options.onSubscribed?.({ identity, filter, tell: toThis })
  })
  aedes.on('client', tell('connected'))
  // Not before: a CONNACK that refuses is followed by the end.
  aedes.on('clientReady', ({ conn }) => delayAcks(conn, lateAckMs))
  aedes.on('clientDisconnect', tell('disconnected'))

  const sockets = new Set<Duplex>()
  const accept = (socket: Line) => {
    if (!guard.admit(socket)) return void socket.destroy()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const limit = mqttFrameLimit(maxPacketBytes)
    const read = socket.read.bind(socket)
    let later: NodeJS.Timeout | undefined
    socket.once('close', () => clearTimeout(later))
    socket.read = (size?: number) => {
      const waitMs = guard.waitMs(socket)
      if (waitMs > 0) {
        clearTimeout(later)
        later = setTimeout(() => socket.emit('readable'), waitMs)
        return null
      }
      const chunk: Buffer | null = read(size)
      if (chunk !== null) guard.read(socket, chunk.length)
      if (chunk === null || limit(chunk) === 'ok') return chunk
      log.warn({ remote: socket.remoteAddress }, 'a packet is too large; connection closed')
      socket.destroy()
      return null
    }
    options.onLine?.(socket)
    aedes.handle(socket)
  }
  const servers: Server[] = []
  const tlsServers: TlsServer[] = []
  const close = async () => {
    for (const server of servers) server.close()
    await new Promise<void>((resolve) => aedes.close(resolve))
    for (const socket of sockets) socket.destroy()
  }
  try {
    for (const { tls, ...address } of options.listen) {
      const server = tls
        ? createTlsServer({ ...tlsOptions(tls), noDelay: true }, accept)
        : createServer({ noDelay: true }, accept)
      if (tls) {
        const encrypted = server as TlsServer
        encrypted.on('tlsClientError', (error, socket) =>
          log.info({ remote: socket.remoteAddress, reason: messageOf(error) }, 'no TLS connection'),
        )
        tlsServers.push(encrypted)
      }
      servers.push(await listen(server, address))
    }
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
    disconnectAll(which) {
      const all = Object.values((aedes as Aedes & { clients: Record<string, Client | undefined> }).clients)
      const ended = all.filter((client): client is Client => {
        const identity = client && identities.get(client)
        return identity !== undefined && which(identity)
      })
      for (const client of ended) client.close()
      return ended.map((client) => client.id)
    },
    clients: () => aedes.connectedClients,
    useTls(tls) {
      for (const server of tlsServers) server.setSecureContext(tlsOptions(tls))
    },
    accept,
    close,
  }
}

/** The longest that TLS 1.3 allows a ticket (RFC 8446, 4.6.1), seconds. */
const ticketLifeSeconds = 7 * 86_400

/** Tills' software may be old: only between our own parts both ends know TLS 1.3. */
const tlsOptions = ({ certificate, privateKey, authority, ticketKeys }: BrokerTls) => ({
  cert: certificate + (authority ?? ''),
  key: privateKey,
  ...(authority === undefined
    ? {}
    : {
        ...{ ca: authority, requestCert: true, rejectUnauthorized: true },
        // Node takes its command line for the context: a ticket must be good after another start, too.
        sessionIdContext: createHash('sha256').update(authority).digest('hex').slice(0, 32),
      }),
  ...(ticketKeys === undefined ? {} : { ticketKeys, sessionTimeout: ticketLifeSeconds }),
  minVersion: authority === undefined ? ('TLSv1.2' as const) : ('TLSv1.3' as const),
  handshakeTimeout: 10_000,
})

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
