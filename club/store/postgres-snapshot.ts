import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPostgres } from '#runtime/postgres.ts'
import { nameOfServer, type PostgresServer } from '#runtime/postgres-client.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import type { Engine } from './engine.ts'
import { prepareSnapshot } from './postgres-session.ts'
import type { Snapshot } from './snapshot.ts'
import { openSqliteEngine } from './sqlite-engine.ts'

/**
 * The books of a PostgreSQL database as they stand now: one read-only transaction, so that nothing has to be copied and
 * a running club goes on. Fresh books are SQLite files in the system's temporary folder.
 */
export async function openPostgresSnapshot(server: PostgresServer): Promise<Snapshot> {
  let connections = 0
  const postgres = await openPostgres({
    server,
    applicationName: 'vafa club snapshot',
    // A connection that was lost would go on with another state of the books.
    prepare: (client) => prepareSnapshot(client, { name: nameOfServer(server), again: connections++ > 0 }),
    runtime: systemRuntime,
  })
  const folder = mkdtempSync(join(tmpdir(), 'vafa-snapshot-'))
  const fresh: Engine[] = []
  return {
    engine: {
      query: <Row>(text: string, values: readonly unknown[] = []) => postgres.rows<Row & object>({ text, values }),
    },
    openFresh() {
      const engine = openSqliteEngine(join(folder, `fresh-${fresh.length}.sqlite`), { durability: 'none' })
      fresh.push(engine)
      return engine
    },
    async close() {
      for (const one of fresh) await one.close()
      await postgres.close()
      rmSync(folder, { recursive: true })
    },
  }
}
