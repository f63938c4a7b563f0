import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, inject } from 'vitest'
import { openPostgresEngine } from '#club/store/postgres-engine.ts'
import { openPostgresStore } from '#club/store/postgres-store.ts'
import type { ClubStore, StoreSettings } from '#club/store/store.ts'
import type { PostgresServer } from '#runtime/postgres-client.ts'
import { systemRuntime } from '#runtime/runtime.ts'

/** Books in PostgreSQL for the tests of one file: those of a folder are a database of that name, copied from empty books. */
export function postgresBooks() {
  const server = inject('postgres')
  const template = `club_template_${randomUUID().slice(0, 8)}`
  const admin = new pg.Client(server)

  beforeAll(async () => {
    await admin.connect()
    await admin.query(`CREATE DATABASE ${template}`)
    const engine = await openPostgresEngine({ ...server, database: template })
    await engine.close()
  })
  afterAll(() => admin.end())

  const made = new Set<string>()
  async function placeOf(folder: string): Promise<PostgresServer> {
    const database = basename(folder)
    if (!made.has(database)) await admin.query(`CREATE DATABASE "${database}" TEMPLATE ${template}`)
    made.add(database)
    return { ...server, database }
  }
  return {
    server,
    template,
    placeOf,
    open: async (folder: string, settings: StoreSettings): Promise<ClubStore> =>
      openPostgresStore({ ...settings, server: await placeOf(folder), uuid: systemRuntime.uuid }),
  }
}
