import type { Server } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import websocket from '@fastify/websocket'
import fastify, { type FastifyRequest } from 'fastify'
import { guardConnections } from '#runtime/connection-guard.ts'
import type { DeviceHost } from '../contract.ts'
import { overhear } from '../stream/overhear.ts'
import { maxMessageBytes } from './codec.ts'
import type { Shown } from './identity.ts'
import type { NexoTill } from './options.ts'

/** The socket of one till, for what the box says by itself. */
export interface TillSocket {
  send(text: string): void
}

export interface ListenerOptions {
  host: DeviceHost
  path: string
  listen: { host: string; port: number }
  tls: { cert: string; key: string; ca?: string } | undefined
  identify(shown: Shown): NexoTill | undefined
  /** `gone` is aborted when the till hangs up. Resolves with the answer; undefined where none is due. */
  onMessage(till: NexoTill, text: string, gone: AbortSignal): Promise<string | undefined>
  /** Returns what to do when it is gone. */
  onSocket(till: NexoTill, socket: TillSocket): () => void
}

export interface Listener {
  readonly address: { host: string; port: number }
  close(): Promise<void>
}

/** A store has some dozen tills; more at once is a fault at the other end. */
const maxConnections = 128
/** A request comes in at once or not at all: a till that stops in the middle keeps no connection busy. */
const requestMs = 10_000
/**
 * Node looks every half minute by itself whether a request is overdue, and takes the longer of the two times for the
 * whole: headers, by themselves, would have a minute.
 */
const arrival = { headersTimeout: requestMs, connectionsCheckingInterval: 1_000 }
/** Of one till; a card acquisition may take a minute, all else a second or two. */
const mostUnderWay = 16
const pingMs = 20_000
/** What a till that does not read may leave unread before it is dropped. */
const maxUnreadBytes = 1_048_576

/** HTTP(S) and WebSockets on one port. Rejects where it cannot listen. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { host, path, listen, tls, identify, onMessage, onSocket } = options
  const server = fastify({
    ...(tls
      ? {
          https: {
            ...tls,
            requestCert: tls.ca !== undefined,
            rejectUnauthorized: false,
            ...arrival,
          },
        }
      : { http: arrival }),
    logger: false,
    bodyLimit: maxMessageBytes,
    requestTimeout: requestMs,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
  })
  const tills = new WeakMap<FastifyRequest, NexoTill>()
  const underWay = new Map<NexoTill, number>()
  const counted = async (till: NexoTill, text: string, gone: AbortSignal) => {
    underWay.set(till, (underWay.get(till) ?? 0) + 1)
    try {
      return await onMessage(till, text, gone)
    } finally {
      underWay.set(till, (underWay.get(till) ?? 1) - 1)
    }
  }
  const isBusy = (till: NexoTill) => (underWay.get(till) ?? 0) >= mostUnderWay
  await server.register(websocket, { options: { maxPayload: maxMessageBytes, perMessageDeflate: false } })

  // Also for a WebSocket, before it is opened.
  server.addHook('onRequest', async (request, reply) => {
    // A till is no browser: a page that somebody has open at the till's machine must not speak in its name.
    if (request.headers.origin !== undefined) return reply.code(403).send({ error: 'not from a web page' })
    const till = identify({
      authorization: request.headers.authorization,
      apiKey: request.headers['x-api-key'],
      certificate: certificateOf(request),
    })
    if (!till) return reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'this box does not know this till' })
    tills.set(request, till)
  })
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))

  server.post(path, async (request, reply) => {
    const till = tills.get(request)
    if (!till) return reply.code(401).send()
    if (isBusy(till))
      return reply.code(429).header('retry-after', '1').send({ error: 'too many requests of this till are under way' })
    const gone = new AbortController()
    reply.raw.on('close', () => {
      if (!reply.raw.writableEnded) gone.abort()
    })
    const answer = await counted(till, typeof request.body === 'string' ? request.body : '', gone.signal)
    if (answer === undefined) return reply.code(200).send('')
    return reply.code(200).header('content-type', 'application/json; charset=utf-8').send(answer)
  })
  // In a plugin of its own: routes with WebSockets are known only after the plugin above.
  await server.register(async (scope) => {
    scope.get(path, { websocket: true }, (socket, request) => {
      const till = tills.get(request)
      if (!till) return socket.terminate()
      const gone = new AbortController()
      const send = (text: string) => {
        if (socket.readyState !== socket.OPEN) return
        socket.send(text)
        if (socket.bufferedAmount <= maxUnreadBytes) return
        host.log.warn({ device: host.device, saleid: till.saleid }, 'a till does not read its messages: dropped')
        socket.terminate()
      }
      let alive = true
      let cancelPing = () => {}
      const ping = () => {
        if (!alive) return socket.terminate()
        alive = false
        socket.ping()
        cancelPing = host.runtime.after(pingMs, ping)
      }
      cancelPing = host.runtime.after(pingMs, ping)
      const left = onSocket(till, { send })
      socket.on('pong', () => {
        alive = true
      })
      socket.on('error', (error: Error) => host.log.debug({ device: host.device, error: error.message }, 'a WebSocket failed'))
      socket.on('message', (data: Buffer) => {
        void counted(till, data.toString('utf8'), gone.signal).then((answer) => {
          if (answer !== undefined) send(answer)
          if (socket.isPaused && !isBusy(till)) socket.resume()
        })
        // What it sends beyond that is read when it has its answers.
        if (isBusy(till)) socket.pause()
      })
      socket.on('close', () => {
        cancelPing()
        gone.abort()
        left()
      })
    })
  })

  const raw: Server = server.server
  raw.on(tls ? 'secureConnection' : 'connection', (socket: Duplex) => overhear(socket, host.ear))
  guardConnections(raw, { most: maxConnections, now: host.runtime.monotonic })
  try {
    await server.listen({ host: listen.host, port: listen.port })
  } catch (error) {
    await server.close().catch(() => {})
    throw error
  }
  const address = raw.address()
  return {
    address: address !== null && typeof address === 'object' ? { host: address.address, port: address.port } : listen,
    async close() {
      for (const client of server.websocketServer.clients) client.terminate()
      await server.close()
    },
  }
}

/** The client’s certificate, where TLS found it good; a till that has none shows a key. */
function certificateOf(request: FastifyRequest): string | undefined {
  const socket = request.raw.socket as TLSSocket
  if (!socket.encrypted || !socket.authorized) return undefined
  const { fingerprint256 } = socket.getPeerCertificate()
  return fingerprint256?.replaceAll(':', '').toLowerCase()
}
