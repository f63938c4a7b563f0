import pg from 'pg'
import { codeOf, messageOf, VafaError } from './errors.ts'

/** Where a PostgreSQL is and who we are there; plain data, so that it can go to a worker thread. */
export interface PostgresServer {
  /** A name, an address, or the folder of its unix socket. */
  host: string
  port: number
  database: string
  user: string
  /** Left out where the server knows the user by the socket. */
  password?: string | undefined
  /** TLS with a certificate made out to `host`; `ca`: the authorities that may sign it (PEM), else those of the system. */
  tls?: { ca?: string | undefined } | undefined
}

/** `postgres://user@host:port/database`, without the password: for people. */
export const nameOfServer = ({ user, host, port, database }: PostgresServer): string =>
  `postgres://${user}@${host}:${port}/${database}`

// Amounts and keys: `bigint` as a number. Beyond 2^53 it would be another amount, so it is refused.
const int8 = (text: string): number => {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError(`the database holds ${text}, which no amount of ours can be`)
  return number
}
const bigint = 20
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === bigint && format !== 'binary' ? int8 : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

/**
 * A client that is not connected yet. It sends statements without waiting for the answers to those before
 * (`pipeline`), so that a whole batch takes two ways to the server and back. A query without an answer within
 * `answerMs` ends the connection: the other side may be gone without a word.
 */
export function postgresClient(server: PostgresServer, options: { applicationName: string; answerMs?: number }): pg.Client {
  const { host, port, database, user, password = '', tls } = server
  return new pg.Client({
    ...{ host, port, database, user, password },
    // Never what PGSSLMODE says: whether the line is safe stands in the configuration.
    ssl: tls ? { ...(tls.ca === undefined ? {} : { ca: tls.ca }), rejectUnauthorized: true } : false,
    application_name: options.applicationName,
    connectionTimeoutMillis: 5_000,
    ...(options.answerMs === undefined ? {} : { query_timeout: options.answerMs }),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    pipeline: true,
    types,
  })
}

/** SQLSTATE classes and codes (PostgreSQL, appendix A) after which another try can help: the server, not the statement. */
const passing = /^(?:08|53|57P0|58|XX)|^(?:40001|40P01|55P03|57014)$/

/** Whether an error of a client is about the line or the server's state, and not about what was asked. */
export const serverFailed = (error: unknown): boolean => {
  if (error instanceof VafaError) return !error.permanent
  if (error instanceof pg.DatabaseError) return passing.test(error.code ?? '')
  return error instanceof Error && !(error instanceof RangeError)
}

/** Why a server cannot be used, with the way out. */
export function unreachable(server: PostgresServer, cause: unknown): VafaError {
  if (cause instanceof VafaError) return cause
  return new VafaError({
    key: 'database.unreachable',
    message: `the database ${nameOfServer(server)} cannot be used: ${reasonOf(cause)}`,
    hint: hintFor(cause),
    permanent: false,
    cause,
  })
}

/** An address with several numbers fails with all of them, and says nothing itself. */
const reasonOf = (cause: unknown): string =>
  cause instanceof AggregateError && cause.message === '' ? cause.errors.map(messageOf).join('; ') : messageOf(cause)

function hintFor(cause: unknown): string {
  const code = cause instanceof AggregateError ? codeOf(cause.errors[0]) : codeOf(cause)
  if (code === '28P01' || code === '28000') return 'check `user`, the password in `passwordFile`, and the server’s pg_hba.conf'
  if (code === '3D000') return 'create it: docs/operations.md has the two statements'
  if (code === '42501') return 'the user must own the database: docs/operations.md has the two statements'
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return 'check that PostgreSQL runs there, and `host` and `port`'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'check `host`: no such name is known here'
  if (code?.includes('CERT') || code?.startsWith('ERR_TLS'))
    return 'check `tls.caFile`, and that the certificate is made out to `host`'
  return 'check the server and its log; what boxes have, they keep and send again'
}
