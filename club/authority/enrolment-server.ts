import { X509Certificate } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { type EnrolmentAnswer, type EnrolmentRefusal, enrolmentRequest, renewalRequest, storeOfUri } from '#protocol/enrolment.ts'
import { holdsBetween, isSignedBy, serialOf, urisOf } from '#runtime/certificates.ts'
import { guardConnections } from '#runtime/connection-guard.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { Authority, CertifiedKey } from './authority.ts'
import type { Register } from './register.ts'
import { packageSender } from './serve-package.ts'

/** A certificate that has run out still renews itself for so long: a store that was closed for a year comes back. */
const renewableAfterMs = 400 * 86_400_000
const wrongCodesAMinute = 20

export interface EnrolmentServerOptions {
  listen: { host: string; port: number }
  club: string
  server: CertifiedKey
  authority: Authority
  register: Register
  /** What a box of the club needs besides its certificate. */
  handedOut(): Pick<EnrolmentAnswer, 'brokerPort' | 'tokenKey' | 'programmeKeys'>
  isStore(store: string): boolean
  /** Where the package of an update lies; undefined where there is none of this hash. */
  packageOf(sha256: string): string | undefined
  runtime: Runtime
  log: Logger
}

export interface EnrolmentServer {
  readonly port: number
  /** Another certificate, for connections from now on. */
  use(server: CertifiedKey): void
  close(): Promise<void>
}

class Refused extends Error {
  readonly status: number
  readonly body: EnrolmentRefusal
  constructor(status: number, body: EnrolmentRefusal) {
    super(body.message)
    this.status = status
    this.body = body
  }
}

/** A chain's boxes can be behind one router. */
const mostConnections = 1_024

/**
 * Where boxes get and renew their certificates: HTTPS, TLS 1.3. Enrolment is open to whoever has a code; renewal to
 * whoever shows a certificate of the club's, also one that ran out; so are packages of updates. Nothing else is answered here.
 */
export async function startEnrolmentServer(options: EnrolmentServerOptions): Promise<EnrolmentServer> {
  const { listen, club, authority, register, runtime, log } = options
  const { default: fastify } = await import('fastify')
  const issuer = new X509Certificate(authority.certificate)
  const tls = ({ certificate, privateKey }: CertifiedKey) => ({
    cert: certificate + authority.certificate,
    key: privateKey,
    minVersion: 'TLSv1.3' as const,
  })
  const app = fastify({
    // An expired certificate is let through the handshake and judged here.
    https: { ...tls(options.server), requestCert: true, rejectUnauthorized: false },
    bodyLimit: 32_000,
    connectionTimeout: 10_000,
    requestTimeout: 10_000,
    forceCloseConnections: true,
  })
  guardConnections(app.server, { most: mostConnections, now: runtime.monotonic })
  const guesses = wrongGuesses(runtime)

  app.setErrorHandler((error, _request, reply: FastifyReply) => {
    if (error instanceof Refused) return reply.code(error.status).send(error.body)
    if (error instanceof VafaError)
      return reply.code(400).send({ key: error.key, message: error.message, ...(error.hint ? { hint: error.hint } : {}) })
    const status = typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500
    if (status >= 500) log.error({ reason: messageOf(error) }, 'an enrolment met a fault')
    const message = status >= 500 ? 'the club met a fault; its log has the reason' : messageOf(error)
    return reply.code(status).send({ key: status >= 500 ? 'club.failed' : 'request.invalid', message })
  })
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ key: 'request.invalid', message: 'this port enrols boxes and does nothing else' }),
  )

  const issue = async (csr: string, store: string, renews?: string) => {
    if (!options.isStore(store))
      throw new Refused(403, {
        key: 'store.unknown',
        message: `the club has no store “${store}”`,
        hint: 'add it to `stores` in club.yaml and start the club again',
      })
    const now = runtime.now()
    const { certificate, serial, until } = await authority.certifyBox({ csr, club, store, now })
    const issuedAt = new Date(now).toISOString()
    register.issued({ serial, store, issuedAt, expiresAt: new Date(until).toISOString(), ...(renews ? { renews } : {}) })
    log.info({ store, serial, renews }, renews ? 'a box renewed its certificate' : 'a box was enrolled')
    return { certificate, authority: authority.certificate }
  }

  app.get('/v1/authority', async () => ({ authority: authority.certificate }))

  app.post('/v1/enrolment', async (request) => {
    const { secret, csr } = read(enrolmentRequest, request)
    if (guesses.tooMany())
      throw new Refused(429, {
        key: 'enrolment.busy',
        message: 'too many wrong codes came in the last minute',
        hint: 'wait a minute and try again',
      })
    const used = register.useCode(secret, new Date(runtime.now()).toISOString())
    if (!used.ok) {
      if (used.why === 'unknown') guesses.note()
      log.warn({ remote: request.ip, why: used.why }, 'an enrolment was refused')
      throw new Refused(403, {
        key: `enrolment.code-${used.why}`,
        message: {
          unknown: 'the club has given out no such code',
          used: 'this code was used before',
          expired: 'this code has expired',
        }[used.why],
        hint: '`vafa club box code STORE` makes a new one',
      })
    }
    const { store } = used
    return { ...(await issue(csr, store)), club, store, ...options.handedOut() } satisfies EnrolmentAnswer
  })

  app.post('/v1/renewal', async (request) => {
    const { csr } = read(renewalRequest, request)
    const { store, serial } = shown(request)
    return issue(csr, store, serial)
  })

  const sendPackage = packageSender({ fileOf: options.packageOf })
  app.get('/v1/updates/:sha256', async (request, reply) => {
    // A certificate that has run out is renewed first, a revoked one gets nothing.
    shown(request)
    return sendPackage(request, reply)
  })

  /** Whose certificate the connection shows. */
  const shown = (request: FastifyRequest): { store: string; serial: string } => {
    const { socket } = request.raw
    const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
    const refused = (why: string, hint = 'enrol the box anew with a code of `vafa club box code STORE`') =>
      new Refused(403, { key: 'enrolment.certificate', message: `the certificate cannot be renewed: ${why}`, hint })
    if (!certificate) throw refused('none was shown')
    if (!isSignedBy(certificate, issuer)) throw refused('another authority has signed it')
    const store = urisOf(certificate)
      .map((uri) => storeOfUri(club, uri))
      .find((one) => one !== undefined)
    const serial = serialOf(certificate)
    const known = register.find(serial)
    if (store === undefined || known?.store !== store) throw refused('the club does not know it')
    if (known.revokedAt !== undefined) throw refused('it was revoked', 'ask head office why')
    if (holdsBetween(certificate).until + renewableAfterMs < runtime.now()) throw refused('it ran out too long ago')
    return { store, serial }
  }

  try {
    await app.listen({ ...listen })
  } catch (error) {
    await app.close()
    const taken = codeOf(error) === 'EADDRINUSE'
    throw new VafaError({
      key: 'enrolment.cannot-listen',
      message: `enrolment cannot listen on ${listen.host}:${listen.port}: ${taken ? 'another process has that port' : messageOf(error)}`,
      hint: taken ? 'end that process or choose another port' : 'check the address',
      cause: error,
    })
  }
  const address = app.server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : listen.port,
    use: (server) => 'setSecureContext' in app.server && app.server.setSecureContext(tls(server)),
    close: () => app.close(),
  }
}

function read<T>(schema: z.ZodType<T>, { body }: FastifyRequest): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new Refused(400, { key: 'request.invalid', message: `${issue?.path.join('.') || 'body'}: ${issue?.message}` })
}

/** Fifty bits cannot be guessed at this rate. */
function wrongGuesses(runtime: Runtime) {
  let at: number[] = []
  const recent = () => {
    const since = runtime.monotonic() - 60_000
    at = at.filter((one) => one > since)
    return at.length
  }
  return { note: () => void at.push(runtime.monotonic()), tooMany: () => recent() >= wrongCodesAMinute }
}
