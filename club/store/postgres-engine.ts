import { randomUUID } from 'node:crypto'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { openPostgres, type Postgres, type Statement } from '#runtime/postgres.ts'
import { asHeld } from '#runtime/postgres-arrays.ts'
import { nameOfServer, type PostgresServer } from '#runtime/postgres-client.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import type { Changes } from '../books/desk.ts'
import type { Kind, Records } from '../books/records.ts'
import type { Table } from '../books/table.ts'
import { kinds, tables } from '../books/tables.ts'
import type { Engine, Value } from './engine.ts'
import { prepareLoader, prepareReader, prepareWriter } from './postgres-session.ts'
import {
  asideStatement,
  loadedPostings,
  postingsStatement,
  shelfOf,
  totalStatement,
  transferStatement,
} from './postgres-statements.ts'

/** How long the server may take for a batch, or to say anything at all, before the connection is given up. */
const answerMs = 30_000

/**
 * The club's books in PostgreSQL: a batch's records come in a few statements over all keys, and go in one transaction
 * of one statement a table. One connection writes and holds the lock of the one writer, one loads records meanwhile, and
 * one answers questions. All come back by themselves. Rejects with a `VafaError` where the server cannot be reached or is not fit.
 */
export async function openPostgresEngine(server: PostgresServer): Promise<Engine> {
  const name = nameOfServer(server)
  const applicationName = `vafa club ${randomUUID().slice(0, 8)}`
  const writer = await openPostgres({
    server,
    applicationName,
    prepare: (client) => prepareWriter(client, { name, applicationName }),
    runtime: systemRuntime,
    answerMs,
  })
  const connections = [writer]
  const closeAll = async () => void (await Promise.all(connections.map((one) => one.close())))
  const connect = async (what: string, given: { prepare: typeof prepareReader; answerMs?: number }): Promise<Postgres> => {
    const opened = await openPostgres({ server, applicationName: `vafa club ${what}`, runtime: systemRuntime, ...given })
    connections.push(opened)
    return opened
  }
  let loader: Postgres
  let reader: Postgres
  try {
    ;[loader, reader] = await Promise.all([
      connect('records', { prepare: prepareLoader, answerMs }),
      connect('questions', { prepare: prepareReader }),
    ])
  } catch (error) {
    await closeAll()
    throw error
  }
  const shelves = new Map(kinds.map((kind) => [kind as Kind, shelfOf(tables[kind] as unknown as Table<Record<string, unknown>>)]))

  /** Each is there only where it has something to do. */
  function* statements({ records, transfers, totals, asides }: Changes, lasting: 'now' | 'soon'): Generator<Statement> {
    if (lasting === 'soon') yield { name: 'soon', text: 'SET LOCAL synchronous_commit = off' }
    for (const [kind, shelf] of shelves) {
      const rows = records.get(kind)
      if (rows) yield* shelf.write(rows)
    }
    if (transfers.length > 0) yield transferStatement(transfers)
    if (totals.size > 0) yield totalStatement(totals)
    if (asides.length > 0) yield asideStatement(asides)
  }

  async function commit(changes: Changes, lasting: 'now' | 'soon'): Promise<void> {
    const { records, transfers, asides } = changes
    if (records.size === 0 && transfers.length === 0 && asides.length === 0) return
    try {
      await writer.transaction(() => [...statements(changes, lasting)])
    } catch (error) {
      throw error instanceof VafaError ? error : storeFailed(name, error)
    }
  }

  return {
    name,
    async load<K extends Kind>(kind: K, keys: readonly string[]) {
      if (kind === 'postings') {
        const rows = await loader.rows<Parameters<typeof loadedPostings>[1][number]>(postingsStatement(keys))
        return loadedPostings(keys, rows) as ReadonlyMap<string, unknown> as ReadonlyMap<string, Records[K]>
      }
      const shelf = shelves.get(kind)
      if (!shelf) throw new Error(`there is no table for ${kind}`)
      const found = shelf.loaded(await loader.cells(shelf.load(keys))) as Map<string, Records[K]>
      // Asked for by a text that PostgreSQL cannot hold as it is.
      for (const key of keys) {
        const record = found.get(asHeld(key))
        if (record !== undefined) found.set(key, record)
      }
      return found
    },
    commit: (changes, { lasting }) => commit(changes, lasting),
    commitBehind: (changes) => commit(changes, 'now'),
    // A new writer ends the connection of the one before it, and with it what that was doing.
    async settled() {
      await writer.rows({ text: 'SELECT 1' })
    },
    async execute(sql, parameters = []) {
      await writer.rows({ text: sql, values: parameters })
    },
    query: <Row>(sql: string, parameters: readonly Value[] = []): Promise<Row[]> =>
      reader.rows<Row & object>({ text: sql, values: parameters }),
    close: closeAll,
  }
}

/** The server is well and refuses what it is given: trying again would change nothing. */
const storeFailed = (name: string, cause: unknown) =>
  new VafaError({
    key: 'store.failed',
    message: `the club's database ${name} refuses a batch: ${messageOf(cause)}`,
    hint: "the server's log has the statement; nothing of the batch was kept",
    cause,
  })
