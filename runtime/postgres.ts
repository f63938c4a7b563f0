import type pg from 'pg'
import { backoffMs } from './backoff.ts'
import { VafaError } from './errors.ts'
import { nameOfServer, type PostgresServer, postgresClient, serverFailed, unreachable } from './postgres-client.ts'
import type { Cancel, Runtime } from './runtime.ts'

/** A statement; with a name it is prepared once a connection. */
export interface Statement {
  name: string
  text: string
  values?: readonly unknown[]
}

export interface Transaction {
  /** The rows that a statement gives. Several may be asked at once: they go out together, in that order. */
  rows<Row extends object>(statement: Statement): Promise<Row[]>
  /** Sends a statement and waits for nothing: where it fails, the commit does. */
  send(statement: Statement): void
}

/** One connection to a PostgreSQL that comes back by itself when it is lost. */
export interface Postgres {
  /**
   * Work in one transaction. Others wait for their turn. Rejects, and nothing is kept, where the work or a statement
   * fails: with a retryable `VafaError` (`database.unreachable`) where the server does, else with the error itself. A
   * connection that is lost in the very commit rejects too, and the work may have been kept.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const backoff = { floorMs: 100, capMs: 10_000 }

/**
 * Connects, and rejects where that fails. Later it connects again whenever the line is lost, at once and then with growing waits;
 * what is asked meanwhile is refused at once. `prepare` readies each new connection before anything else uses it.
 */
export async function openPostgres(options: {
  server: PostgresServer
  applicationName: string
  prepare: (client: pg.Client) => Promise<void>
  runtime: Pick<Runtime, 'after' | 'random'>
  answerMs?: number
}): Promise<Postgres> {
  const { server, runtime, prepare } = options
  /** Connected, or on the way; undefined: waiting until the next try. */
  let current: Promise<pg.Client> | undefined
  let failure: VafaError | undefined
  let attempt = 0
  let waiting: Cancel = () => {}
  let closed = false
  let turn: Promise<unknown> = Promise.resolve()

  async function connect(): Promise<pg.Client> {
    const client = postgresClient(server, options)
    // Said again by whatever was under way; without a listener it would end the process.
    client.on('error', () => undefined)
    try {
      await client.connect()
      await prepare(client)
    } catch (error) {
      discard(client)
      throw unreachable(server, error)
    }
    return client
  }

  function keepConnected(): Promise<pg.Client> {
    const connecting = connect()
    current = connecting
    connecting.then(
      (client) => {
        attempt = 0
        if (closed) return discard(client)
        const lost = () => {
          if (current === connecting && !closed) keepConnected()
        }
        client.once('end', lost)
      },
      (error: VafaError) => {
        failure = error
        current = undefined
        if (closed) return
        waiting = runtime.after(backoffMs({ attempt, ...backoff, random: runtime.random }), keepConnected)
        attempt += 1
      },
    )
    return connecting
  }

  function connected(): Promise<pg.Client> {
    if (closed) return Promise.reject(closedError(server))
    return current ?? Promise.reject(failure)
  }

  async function perform<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const client = await connected()
    try {
      return await inTransaction(client, work)
    } catch (error) {
      if (!serverFailed(error)) throw error
      throw unreachable(server, error)
    }
  }

  try {
    await keepConnected()
  } catch (error) {
    closed = true
    waiting()
    throw error
  }
  return {
    transaction(work) {
      const result = turn.then(() => perform(work))
      turn = result.catch(() => undefined)
      return result
    },
    async close() {
      if (closed) return
      await turn
      closed = true
      waiting()
      const client = await current?.catch(() => undefined)
      await client?.end().catch(() => undefined)
    },
  }
}

async function inTransaction<T>(client: pg.Client, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  let firstError: { error: unknown } | undefined
  const sent: Promise<unknown>[] = []
  const query = <Row extends object>({ name, text, values }: Statement) => {
    const answer = client.query<Row>({ name, text, ...(values ? { values: [...values] } : {}) })
    sent.push(
      answer.catch((error: unknown) => {
        // What follows a failed statement is refused because of it.
        firstError ??= { error }
      }),
    )
    return answer
  }
  query({ name: 'begin', text: 'BEGIN' }).catch(() => undefined)
  try {
    const result = await work({
      rows: async <Row extends object>(statement: Statement) => (await query<Row>(statement)).rows,
      send: (statement) => void query(statement).catch(() => undefined),
    })
    const { command } = await query({ name: 'commit', text: 'COMMIT' })
    await Promise.all(sent)
    if (firstError) throw firstError.error
    if (command !== 'COMMIT') throw new Error(`the transaction ended with ${command}`)
    return result
  } catch (error) {
    await Promise.all(sent)
    // After a commit that became a rollback this one only warns.
    await client.query('ROLLBACK').catch(() => discard(client))
    throw firstError ? firstError.error : error
  }
}

/** Ends it without a word: whatever it was doing, nobody waits for it any more. */
function discard(client: pg.Client): void {
  client.end().catch(() => undefined)
  // `end` waits for what was sent, which may never be answered.
  ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
}

const closedError = (server: PostgresServer) =>
  new VafaError({ key: 'database.closed', message: `${nameOfServer(server)} has been closed`, permanent: true })
