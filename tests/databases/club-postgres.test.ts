import { basename } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, inject } from 'vitest'
import { openPostgresEngine } from '#club/store/postgres-engine.ts'
import { openPostgresStore } from '#club/store/postgres-store.ts'
import type { StoreSettings } from '#club/store/store.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { clubRewardsConformance } from './club-rewards-conformance.ts'
import { clubStoreConformance } from './club-store-conformance.ts'

const server = inject('postgres')
const template = `club_template_${process.pid}`
const admin = new pg.Client(server)

beforeAll(async () => {
  await admin.connect()
  await admin.query(`CREATE DATABASE ${template}`)
  // Empty books, from which each test's are copied.
  const engine = await openPostgresEngine({ ...server, database: template })
  await engine.close()
})
afterAll(() => admin.end())

const made = new Set<string>()

/** The books of a folder are a database of that name. */
const open = async (folder: string, settings: StoreSettings) => {
  const database = basename(folder)
  if (!made.has(database)) await admin.query(`CREATE DATABASE "${database}" TEMPLATE ${template}`)
  made.add(database)
  return openPostgresStore({ ...settings, server: { ...server, database }, uuid: systemRuntime.uuid })
}
clubStoreConformance('PostgreSQL', open)
clubRewardsConformance('PostgreSQL', open)
