import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Server as TlsServer } from 'node:tls'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { loginRequest, type OfficeTicket, passwordRequest } from '#protocol/head-office/envelope.ts'
import { officeErrorTitle } from '#protocol/head-office/errors.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { pageHeaders, servePageFolder } from '#runtime/page-folder.ts'
import { websocketLine } from '#runtime/websocket-line.ts'
import type { PagesConfig } from '../config.ts'
import type { LoginDesk } from './login.ts'
import { readPageCertificate, renewerOf } from './page-certificate.ts'
import type { Login, Sessions } from './sessions.ts'

/** A programme in a request is what takes most. */
const messageMost = 1024 * 1024
const bodyMost = 4_096
const connectionsMost = 2_000

const statusOf: Readonly<Record<string, number>> = {
  'login.wrong': 401,
  'login.needed': 401,
  'login.slow-down': 429,
  'password.weak': 422,
  'request.invalid': 400,
  'request.foreign': 403,
}

export interface PageServer {
  readonly port: number
  /** Shows what is in the files of `pages.tls` now; false where that is no other certificate. Throws where it is none at all. */
  renewCertificate(): boolean
  close(): Promise<void>
}

/** Serves head office's pages, logs people in, and takes their MQTT over WebSocket at `/mqtt`. */
export async function startPageServer(parts: {
  config: PagesConfig
  /** What vite has built. */
  folder: string
  logins: LoginDesk
  sessions: Pick<Sessions, 'bySecret' | 'ticket'>
  /** Takes a line that speaks MQTT. */
  accept(line: Duplex & { remoteAddress?: string | undefined }): void
  log: Logger
}): Promise<PageServer> {
  const { config, logins, sessions, log } = parts
  const { default: fastify } = await import('fastify')
  const { default: websocket } = await import('@fastify/websocket')
  const tls = config.tls && readPageCertificate(config.tls)
  const patience = { requestTimeout: 10_000, connectionTimeout: 120_000, keepAliveTimeout: 30_000 }
  const common = { bodyLimit: bodyMost, forceCloseConnections: true, ...patience }
  const app: FastifyInstance = tls
    ? (fastify({ ...common, https: { ...tls, minVersion: 'TLSv1.3', handshakeTimeout: 5_000 } }) as unknown as FastifyInstance)
    : fastify(common)
  app.server.maxConnections = connectionsMost
  const headers = pageHeaders({ encrypted: tls ? 'tls' : 'plain' })
  const page = servePageFolder({ folder: parts.folder, name: 'head-office' })
  /** A name that a browser takes from this very host alone, where it is encrypted. */
  const cookieName = tls ? '__Host-vafa' : 'vafa'
  const cookie = (secret: string, more = '') =>
    `${cookieName}=${secret}; Path=/; HttpOnly; SameSite=Strict${tls ? '; Secure' : ''}${more}`

  // First: what a hook refuses would else keep its socket.
  await app.register(websocket, { options: { maxPayload: messageMost } })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    // What changes something, and every line, must come from our own page: a browser says so.
    const asksOnly = (request.method === 'GET' || request.method === 'HEAD') && request.headers.upgrade === undefined
    const { origin } = request.headers
    if (!asksOnly && origin !== undefined && hostOf(origin) !== request.headers.host)
      throw new VafaError({ key: 'request.foreign', message: 'this request comes from another site' })
  })
  app.setErrorHandler((error, _request, reply) => {
    const { key, message } = error instanceof VafaError ? error : fromFastify(error)
    if (key === 'club.failed') log.error({ reason: messageOf(error) }, 'a request of a browser failed')
    if (key === 'login.slow-down') reply.header('retry-after', '10')
    return reply
      .status(statusOf[key] ?? 500)
      .header('cache-control', 'no-store')
      .send({ error: { key, title: officeErrorTitle(key), ...(key === 'club.failed' ? {} : { detail: message }) } })
  })

  const loginOf = (request: FastifyRequest): Login => {
    const secret = cookieIn(request.headers.cookie, cookieName)
    const login = secret === undefined ? undefined : sessions.bySecret(secret)
    if (login) return login
    throw new VafaError({ key: 'login.needed', message: 'nobody is logged in here' })
  }
  const quietly = (reply: FastifyReply) => reply.header('cache-control', 'no-store')

  app.post('/login', async (request, reply) => {
    const { name, password } = bodyOf(request, loginRequest)
    const { secret, login } = await logins.login({ name, password, address: request.ip })
    return quietly(reply).header('set-cookie', cookie(secret)).send(logins.described(login))
  })
  app.post('/logout', async (request, reply) => {
    logins.logout(loginOf(request), request.ip)
    return quietly(reply).header('set-cookie', cookie('', '; Max-Age=0')).send({})
  })
  app.post('/password', async (request, reply) => {
    const login = loginOf(request)
    await logins.changePassword(login, { ...bodyOf(request, passwordRequest), address: request.ip })
    return quietly(reply).send(logins.described(loginOf(request)))
  })
  app.get('/session', async (request, reply) => quietly(reply).send(logins.described(loginOf(request))))
  app.post('/session', async (request, reply) => {
    const { session } = loginOf(request)
    const made = sessions.ticket(session)
    // One for each tab: two clients of one id would end each other's connections.
    const ticket: OfficeTicket = { ...made, session, clientid: `${session}/${randomUUID()}` }
    return quietly(reply).send(ticket)
  })
  app.register(async (lines) => {
    lines.get('/mqtt', { websocket: true }, (socket, request) =>
      parts.accept(websocketLine(socket, { remoteAddress: request.ip })),
    )
  })
  app.get('/*', async (request, reply) => {
    const { status, headers: own, body } = await page.answer(request.url.split('?')[0] ?? '/', request.headers['accept-encoding'])
    return reply.status(status).headers(own).send(body)
  })

  try {
    await app.listen({ host: config.host, port: config.port })
  } catch (error) {
    throw new VafaError({
      key: 'pages.cannot-listen',
      message: `pages: cannot listen on ${config.host}:${config.port}: ${codeOf(error) === 'EADDRINUSE' ? 'another process has that port' : messageOf(error)}`,
      hint: 'choose another `pages.port`',
      cause: error,
    })
  }
  const address = app.server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : config.port,
    renewCertificate:
      config.tls && tls ? renewerOf(app.server as unknown as TlsServer, { files: config.tls, first: tls }) : () => false,
    close: () => app.close(),
  }
}

function bodyOf<T>(request: FastifyRequest, schema: z.ZodType<T>): T {
  const read = schema.safeParse(request.body)
  if (read.success) return read.data
  const issue = read.error.issues[0]
  throw new VafaError({ key: 'request.invalid', message: `${issue?.path.join('.') || 'body'}: ${issue?.message}` })
}

function fromFastify(error: unknown): { key: string; message: string } {
  const status = (error as { statusCode?: unknown }).statusCode
  return typeof status === 'number' && status < 500
    ? { key: 'request.invalid', message: messageOf(error) }
    : { key: 'club.failed', message: '' }
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host
  } catch {
    return undefined
  }
}

function cookieIn(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2)
    if (key === name && value) return value
  }
  return undefined
}
