import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { LaneAccess } from '#protocol/lane-page.ts'
import { laneTopics } from '#protocol/topics.ts'
import type { Broker } from '#runtime/broker.ts'
import { guardConnections } from '#runtime/connection-guard.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { isLoopback } from '#runtime/loopback.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { websocketLine } from '#runtime/websocket-line.ts'
import type { PageOptions } from '../options.ts'
import type { Door, LanePage } from './door.ts'
import { type PageFile, readPage } from './files.ts'

export interface PageServerOptions {
  options: PageOptions
  club: string
  store: string
  door: Door
  broker: Pick<Broker, 'accept'>
  tls: { cert: Buffer; key: Buffer } | undefined
  /** Holds a folder for each page as `npm run build:web` makes it. */
  dist: string
  runtime: Runtime
  log: Logger
}

/** Nothing but the page's own files and its own line; nothing inline, no other place, no frame around it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const maxConnections = 64
const asked = z.object({ lane: z.string().max(40).optional(), page: z.enum(['kiosk', 'lane']) })
const pairing = z.object({ lane: z.string().max(40), code: z.string().regex(/^\d{8}$/) })

const notBuilt = `<!doctype html><html lang="fa" dir="rtl"><meta charset="utf-8"><title>وفا</title>
<p>این صفحه ساخته نشده است. <bdi dir="ltr">npm run build:web</bdi></p>
<p lang="en" dir="ltr">This page was not built: npm run build:web</p></html>`

/** The pages of a store's lanes: their files, tickets for their lines, and the lines themselves. */
export async function createPageServer(given: PageServerOptions): Promise<FastifyInstance> {
  const { options, door, broker, tls, log } = given
  const [{ default: fastify }, { default: websocket }] = await Promise.all([import('fastify'), import('@fastify/websocket')])
  const common = { bodyLimit: 4_096, forceCloseConnections: true, logger: false, exposeHeadRoutes: true } as const
  const patience = { headersTimeout: 5_000, requestTimeout: 10_000, noDelay: true, keepAlive: true }
  const app = (
    tls
      ? fastify({ ...common, https: { ...patience, ...tls, handshakeTimeout: 5_000, minVersion: 'TLSv1.3' } })
      : fastify({ ...common, http: patience })
  ) as FastifyInstance
  guardConnections(app.server, { most: maxConnections, now: given.runtime.monotonic })
  await app.register(websocket, { options: { maxPayload: 64 * 1024, perMessageDeflate: false } })
  const pages = { kiosk: readPage(`${given.dist}/kiosk`), lane: readPage(`${given.dist}/lane`) }

  app.addHook('onRequest', async (request, reply) => {
    reply
      .header('content-security-policy', policy)
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .header('cross-origin-opener-policy', 'same-origin')
      .header('cross-origin-resource-policy', 'same-origin')
      .header('permissions-policy', 'camera=(), microphone=(), geolocation=()')
    if (isForeign(request)) return reply.code(403).send({ error: 'another site’s page has no business here' })
  })
  app.setErrorHandler(async (error, _request, reply) => {
    const status = error !== null && typeof error === 'object' && 'statusCode' in error ? Number(error.statusCode) : 500
    if (status < 500) return reply.code(status).send({ error: 'this request cannot be read' })
    log.error({ reason: messageOf(error) }, 'a page met a fault')
    return reply.code(500).send({ error: 'fault' })
  })

  const show = (page: keyof typeof pages) => (_request: FastifyRequest, reply: FastifyReply) => {
    const file = pages[page].get('index.html')
    if (!file) return reply.code(503).type('text/html; charset=utf-8').send(notBuilt)
    return send(reply, _request, file)
  }
  app.get('/', (_request, reply) => reply.redirect(door.kiosk() ? '/kiosk' : '/lane'))
  app.get('/kiosk', show('kiosk'))
  app.get('/kiosk/:lane', show('kiosk'))
  app.get('/lane', show('lane'))
  app.get('/lane/:lane', show('lane'))
  for (const page of ['kiosk', 'lane'] as const)
    app.get(`/${page}-files/*`, (request, reply) => {
      const file = pages[page].get((request.params as { '*': string })['*'])
      return file ? send(reply, request, file) : reply.code(404).send({ error: 'there is no such file' })
    })

  const meant = ({ lane, page }: z.infer<typeof asked>): LanePage | undefined => {
    if (lane !== undefined) return door.find(lane)
    return page === 'kiosk' ? door.kiosk() : options.lanes.find(({ kind }) => kind === 'checkout')
  }

  app.post('/ticket', (request, reply) => {
    const read = asked.safeParse(request.body)
    const lane = read.success ? meant(read.data) : undefined
    if (!lane) return reply.code(404).send({ error: 'this lane has no page' })
    const welcome = lane.page === 'loopback' ? isOnTheBox(request) : door.isPaired(lane.lane, cookieOf(request, lane.lane))
    if (!welcome)
      return reply.code(403).send({ error: 'this browser is not paired', lane: lane.lane, pairing: lane.page === 'paired' })
    const access: LaneAccess = {
      lane: lane.lane,
      kind: lane.kind,
      path: '/mqtt',
      ...door.ticket(lane.lane),
      topics: laneTopics(given.club, given.store, lane.lane),
      ...options.shown,
    }
    return reply.header('cache-control', 'no-store').send(access)
  })

  app.post('/pair', (request, reply) => {
    const read = pairing.safeParse(request.body)
    if (!read.success) return reply.code(400).send({ error: 'a code has eight digits' })
    const { lane, code } = read.data
    const made = door.find(lane)?.page === 'paired' ? door.pair(lane, code) : 'wrong'
    if (made === 'wait') return reply.code(429).header('retry-after', '10').send({ error: 'too many wrong codes: wait a little' })
    if (made === 'wrong') {
      log.warn({ lane, remote: request.ip }, 'a wrong code for pairing a page')
      return reply.code(403).send({ error: 'this code is wrong, or its time is over' })
    }
    log.info({ lane, remote: request.ip }, 'a browser was paired with a lane')
    const secure = tls ? '; Secure' : ''
    const cookie = `${cookieName(lane)}=${made.key}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict${secure}`
    return reply.header('set-cookie', cookie).header('cache-control', 'no-store').send({ lane })
  })

  app.get('/mqtt', { websocket: true }, (socket, request) => {
    broker.accept(websocketLine(socket, { remoteAddress: request.ip }))
  })
  return app
}

function send(reply: FastifyReply, request: FastifyRequest, { type, body, gzip, forever }: PageFile) {
  reply.type(type).header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (!gzip) return reply.send(body)
  reply.header('vary', 'accept-encoding')
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(body)
  return reply.header('content-encoding', 'gzip').send(gzip)
}

const cookieName = (lane: string) => `vafa-${lane}`

function cookieOf({ headers: { cookie = '' } }: FastifyRequest, lane: string): string | undefined {
  for (const part of cookie.split(';')) {
    const [name, value] = part.trim().split('=', 2)
    if (name === cookieName(lane)) return value
  }
  return undefined
}

/**
 * Whether a browser on this machine asks, and by this machine's own name: a page of another site whose name leads here, and
 * whatever a proxy passes on, are not.
 */
function isOnTheBox({ socket, headers }: FastifyRequest): boolean {
  if (!isLoopback((socket.remoteAddress ?? '').replace(/^::ffff:/, ''))) return false
  if (headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined) return false
  return isLoopback((headers.host ?? '').replace(/:\d+$/, ''))
}

/** Browsers say whose page asks; a line (WebSocket) has no other protection. */
function isForeign({ headers }: FastifyRequest): boolean {
  const { origin, host = '' } = headers
  if (origin !== undefined) return origin.replace(/^https?:\/\//, '') !== host
  const site = headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}
