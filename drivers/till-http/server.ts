import type { Duplex } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { describeError } from '#protocol/errors.ts'
import { compiledTillRequest } from '#protocol/lane.ts'
import type { TillAnswers } from '#protocol/openapi.ts'
import type { Language } from '#protocol/text.ts'
import { isTillOp, tillOperations } from '#protocol/till-operations.ts'
import { problemOf, problemOfError, type TillProblem, type TillProblemKey } from '#protocol/till-problems.ts'
import { createAllowances } from '#runtime/allowance.ts'
import { guardConnections } from '#runtime/connection-guard.ts'
import { codeOf, messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { type LineEar, overhear } from '../stream/overhear.ts'
import type { Exchange, Exchanges } from '../till/exchanges.ts'
import type { Sender } from '../till/idempotency.ts'
import type { EventStreams } from './event-stream.ts'
import { readBearer, readIdempotencyKey, readLanguage, readPrefer } from './headers.ts'

export interface TillHttpServerOptions {
  /** As Node's own servers take it; undefined: plain HTTP. */
  tls: { cert: Buffer; key: Buffer; ca?: Buffer; requestCert?: boolean; rejectUnauthorized?: boolean } | undefined
  knows(secret: string): Sender | undefined
  exchanges: Exchanges
  /** Nobody waits for the rest of its answers. */
  letGo(exchange: Exchange): void
  streamsOf(till: string): EventStreams
  /** The document and the page that tell how to speak to this box. */
  pages(): Promise<{ openapi: string; page: string }>
  waitMs: number
  arriveMs: number
  requestsPerSecond: number
  onInvalid(sender: Sender, reason: string): void
  ear?: LineEar | undefined
  runtime: Runtime
  log: Logger
}

const maxBodyBytes = 256 * 1_024
const maxConnections = 128
/** Wrong keys of one address: so many at once, then one in six seconds. */
const strangers = { perSecond: 1 / 6, atOnce: 10 }

/** Node's own names for what its HTTP parser and fastify refuse. */
const refused: Record<string, TillProblemKey> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'http.media-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'http.too-large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'http.malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'http.malformed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'http.malformed',
}

/** The HTTP side of a lane. Fastify loads when the first one is made: it takes a tenth of a second. */
export async function createTillHttpServer(options: TillHttpServerOptions): Promise<FastifyInstance> {
  const { knows, exchanges, runtime } = options
  const { default: fastify } = await import('fastify')
  const patience = {
    headersTimeout: Math.min(5_000, options.arriveMs),
    requestTimeout: options.arriveMs,
    connectionsCheckingInterval: 500,
    keepAlive: true,
    noDelay: true,
  }
  const common = {
    bodyLimit: maxBodyBytes,
    requestTimeout: options.arriveMs,
    keepAliveTimeout: 65_000,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    logger: false,
  } as const
  const app = (
    options.tls
      ? fastify({ ...common, https: { ...patience, ...options.tls, handshakeTimeout: 5_000, minVersion: 'TLSv1.2' } })
      : fastify({ ...common, http: patience })
  ) as FastifyInstance
  guardConnections(app.server, { most: maxConnections, now: options.runtime.monotonic })
  app.server.on(options.tls ? 'secureConnection' : 'connection', (socket: Duplex) => overhear(socket, options.ear))
  app.removeContentTypeParser('text/plain')

  const wrongKeys = createAllowances(strangers)
  const rates = createAllowances({ perSecond: options.requestsPerSecond, atOnce: options.requestsPerSecond * 2 })

  /** Who is asking; where nobody may, the reply is sent. */
  const admit = (request: FastifyRequest, reply: FastifyReply): Sender | undefined => {
    const now = runtime.monotonic()
    const secret = readBearer(request.headers.authorization ?? '')
    const sender = secret === undefined ? undefined : knows(secret)
    // Keys are too long to be guessed: whoever tries wrong ones must not keep out the tills behind the same address.
    if (!sender) {
      if (!wrongKeys.take(request.ip, now)) {
        fail(request, reply, 'http.too-many', { retryAfter: 6 })
        return undefined
      }
      reply.header('www-authenticate', 'Bearer realm="vafa"')
      fail(request, reply, 'http.unauthorised')
      return undefined
    }
    if (rates.take(sender.till, now)) return sender
    fail(request, reply, 'http.too-many', { retryAfter: 1 })
    return undefined
  }

  const senders = new WeakMap<FastifyRequest, Sender>()
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    if (!request.url.startsWith('/v1/')) return
    const sender = admit(request, reply)
    if (!sender) return reply
    senders.set(request, sender)
  })
  app.setNotFoundHandler(async (request, reply) => fail(request, reply, 'http.not-found'))
  app.setErrorHandler(async (error, request, reply) => {
    const key = refused[codeOf(error) ?? '']
    if (key) return fail(request, reply, key)
    const status = error !== null && typeof error === 'object' && 'statusCode' in error ? Number(error.statusCode) : 500
    if (status >= 400 && status < 500) return fail(request, reply, 'http.malformed')
    options.log.error({ reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined }, 'HTTP met a fault')
    return fail(request, reply, 'http.failed')
  })

  app.get('/openapi.json', async (_, reply) =>
    reply.type('application/json; charset=utf-8').send((await options.pages()).openapi),
  )
  app.get('/', async (_, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send((await options.pages()).page),
  )

  app.get('/v1/events', (request, reply) => {
    const sender = senders.get(request)
    if (!sender) return
    const streams = options.streamsOf(sender.till)
    if (streams.full) return void fail(request, reply, 'http.busy', { reason: 'four event streams of this till are open' })
    reply.hijack()
    streams.open(reply.raw, headerOf(request, 'last-event-id'))
  })

  app.post<{ Params: { op: string } }>('/v1/:op', async (request, reply) => {
    const sender = senders.get(request)
    const { op } = request.params
    if (!sender || !isTillOp(op)) return fail(request, reply, 'http.not-found')
    const header = headerOf(request, 'idempotency-key')
    const key = header === undefined ? undefined : readIdempotencyKey(header)
    if (header === undefined && tillOperations[op].books) return fail(request, reply, 'idempotency.missing')
    if (header !== undefined && key === undefined) return fail(request, reply, 'idempotency.malformed')

    const { body = {} } = request
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
    if (!isObject) return fail(request, reply, 'http.malformed')
    const parsed = compiledTillRequest.safeParse({ ...body, op, id: key ?? runtime.uuid() })
    if (!parsed.success) {
      const reason = parsed.error.issues
        .slice(0, 3)
        .map((issue) => `${issue.path.map(String).join('.') || '(the body)'}: ${issue.message}`)
        .join('; ')
      options.onInvalid(sender, reason)
      return problem(reply, problemOfError(describeError('request.invalid', reason), languageOf(request)), languageOf(request))
    }
    const asked = exchanges.ask(sender, parsed.data, key)
    switch (asked.is) {
      case 'conflict':
        return fail(request, reply, 'idempotency.reused')
      case 'in-progress':
        return fail(request, reply, 'idempotency.in-progress', { retryAfter: 1 })
      case 'busy':
        return fail(request, reply, 'http.busy', { retryAfter: 1 })
      case 'unwritable':
        return problem(
          reply,
          problemOfError(describeError('box.unwritable', asked.reason), languageOf(request)),
          languageOf(request),
        )
      case 'again':
        reply.header('idempotency-replayed', 'true')
        return answer(request, reply, asked.exchange)
      case 'new':
        await patientlyAwait(request, asked.exchange)
        return answer(request, reply, asked.exchange)
    }
  })

  const patientlyAwait = async (request: FastifyRequest, exchange: Exchange) => {
    const { respondAsync, waitMs = options.waitMs } = readPrefer(headerOf(request, 'prefer') ?? '')
    const late = Promise.withResolvers<void>()
    const cancel = runtime.after(Math.min(waitMs, options.waitMs), late.resolve)
    request.raw.socket.once('close', late.resolve)
    await Promise.race([respondAsync ? exchange.first : exchange.ended, late.promise])
    request.raw.socket.off('close', late.resolve)
    cancel()
  }

  const answer = (request: FastifyRequest, reply: FastifyReply, exchange: Exchange) => {
    const answers = [...exchange.answers]
    if (!exchange.over) options.letGo(exchange)
    const last = answers.at(-1)
    if (last === undefined) return fail(request, reply, 'http.unanswered', { retryAfter: 1 })
    if (last.op !== 'error') return reply.code(exchange.over ? 200 : 202).send({ re: exchange.re, answers } satisfies TillAnswers)
    const language = languageOf(request)
    const before = answers.slice(0, -1)
    const said = problemOfError(last.error, language)
    return problem(reply, { ...said, ...(before.length > 0 ? { answers: before } : {}) }, language, last.error.retryAfter)
  }
  return app
}

const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const header = request.headers[name]
  return Array.isArray(header) ? header.join(', ') : header
}

const languageOf = (request: FastifyRequest): Language => readLanguage(request.headers['accept-language'] ?? '')

/** `retryAfter`: seconds. */
function fail(
  request: FastifyRequest,
  reply: FastifyReply,
  key: TillProblemKey,
  { retryAfter, reason }: { retryAfter?: number; reason?: string } = {},
): FastifyReply {
  const language = languageOf(request)
  return problem(reply, problemOf(key, language, reason), language, retryAfter)
}

function problem(reply: FastifyReply, said: TillProblem, language: Language, retryAfter?: number): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  return reply
    .code(said.status)
    .header('content-language', language)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(said))
}
