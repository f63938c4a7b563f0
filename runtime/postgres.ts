import type { Duplex } from 'node:stream'
import type pg from 'pg'
import { backoffMs } from './backoff.ts'
import { VafaError } from './errors.ts'
import { nameOfServer, type PostgresServer, postgresClient, serverFailed, unreachable } from './postgres-client.ts'
import type { Cancel, Runtime } from './runtime.ts'

/** A statement; with a name it is prepared once a connection. */
export interface Statement {
  name?: string
  text: string
  values?: readonly unknown[]
}

type Cell = string | number | boolean | Date | Buffer | null

/** One connection to a PostgreSQL that comes back by itself when it is lost. */
export interface Postgres {
  /** The rows that a statement gives, by column; several that are asked at once go out together, in that order. */
  rows<Row extends object>(statement: Statement): Promise<Row[]>
  /** As `rows`, each row's cells in the columns' order. */
  cells(statement: Statement): Promise<Cell[][]>
  /**
   * Statements in one transaction, written behind one another; not to be called before the last one has ended.
   * A connection that is lost in the very commit rejects too, and then they may have been kept.
   */
  transaction(statements: () => readonly Statement[]): Promise<void>
  close(): Promise<void>
}

const backoff = { floorMs: 100, capMs: 10_000 }

/**
 * Connects, and rejects where that fails. Later it connects again whenever the line is lost, at once and then with
 * growing waits; what is asked meanwhile is refused at once. `prepare` readies each new connection before anything else
 * uses it. What the server or the line is to blame for rejects with a retryable `VafaError` (`database.unreachable`),
 * anything else with the client's own error.
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
        client.once('end', () => {
          if (current === connecting && !closed) void keepConnected()
        })
      },
      (error: VafaError) => {
        failure = error
        current = undefined
        if (closed) return
        waiting = runtime.after(backoffMs({ attempt, ...backoff, random: runtime.random }), () => void keepConnected())
        attempt += 1
      },
    )
    return connecting
  }

  async function ask<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    if (closed) throw closedError(server)
    const connecting = current
    if (connecting === undefined) throw failure
    const client = await connecting
    sendTogether(client)
    try {
      return await work(client)
    } catch (error) {
      throw serverFailed(error) ? unreachable(server, error) : error
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
    rows: <Row extends object>(statement: Statement) => ask(async (client) => (await client.query<Row>(queryOf(statement))).rows),
    cells: (statement) => ask(async (client) => (await client.query<Cell[]>({ ...queryOf(statement), rowMode: 'array' })).rows),
    transaction: (statements) => ask((client) => inTransaction(client, statements)),
    async close() {
      if (closed) return
      closed = true
      waiting()
      const client = await current?.catch(() => undefined)
      await client?.end().catch(() => undefined)
    },
  }
}

const queryOf = ({ name, text, values }: Statement): pg.QueryConfig => ({
  text,
  ...(name === undefined ? {} : { name }),
  ...(values === undefined ? {} : { values: [...values] }),
})

const begin: Statement = { name: 'begin', text: 'BEGIN' }
const commit: Statement = { name: 'commit', text: 'COMMIT' }

async function inTransaction(client: pg.Client, statements: () => readonly Statement[]): Promise<void> {
  const began = client.query(queryOf(begin))
  // Made while the first answer is under way; nothing is sent before it: without a transaction each would stand alone.
  let made: readonly Statement[] = []
  const failedToMake = attempt(() => {
    made = statements()
  })
  await began
  sendTogether(client)
  if (failedToMake) {
    await rollBack(client)
    throw failedToMake.error
  }
  const answers = await Promise.allSettled([...made, commit].map((one) => client.query(queryOf(one))))
  // What follows a failed statement is refused because of it.
  const failed = answers.find((one) => one.status === 'rejected')
  const last = answers.at(-1)
  if (!failed && last?.status === 'fulfilled' && last.value.command === 'COMMIT') return
  await rollBack(client)
  throw failed ? failed.reason : new Error('the transaction was not committed')
}

function attempt(work: () => void): { error: unknown } | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return { error }
  }
}

/** After a commit that was refused this only warns. A connection that cannot even do that is of no use. */
async function rollBack(client: pg.Client): Promise<void> {
  await client.query('ROLLBACK').catch(() => discard(client))
}

const streamOf = (client: pg.Client): Duplex => (client as unknown as { connection: { stream: Duplex } }).connection.stream

/** What is asked until this turn of the event loop ends goes to the kernel in one piece, not in one a statement. */
function sendTogether(client: pg.Client): void {
  const stream = streamOf(client)
  if (stream.writableCorked > 0) return
  stream.cork()
  process.nextTick(() => stream.uncork())
}

/** Ends it without a word: whatever it was doing, nobody waits for it any more. */
function discard(client: pg.Client): void {
  client.end().catch(() => undefined)
  // `end` waits for what was sent, which may never be answered.
  streamOf(client).destroy()
}

const closedError = (server: PostgresServer) =>
  new VafaError({ key: 'database.closed', message: `${nameOfServer(server)} has been closed`, permanent: true })
