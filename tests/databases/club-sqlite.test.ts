import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { clubMigrations } from '#club/store/sqlite-schema.ts'
import { openSqliteStore } from '#club/store/sqlite-store.ts'
import type { StoreSettings } from '#club/store/store.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { openDatabase } from '#runtime/sqlite.ts'
import { arrivalOf, card, createBox } from './club-messages.ts'
import { clubRewardsConformance } from './club-rewards-conformance.ts'
import { clubStoreConformance, storeSettings } from './club-store-conformance.ts'

const path = (folder: string) => join(folder, 'club.sqlite')

const open = async (folder: string, settings: StoreSettings) =>
  openSqliteStore({ ...settings, path: path(folder), uuid: systemRuntime.uuid })
clubStoreConformance('SQLite', open)
clubRewardsConformance('SQLite', open)

it('journal and transfers can be added to and never changed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
  const store = await openSqliteStore({ ...storeSettings, path: path(folder), uuid: systemRuntime.uuid })
  const box = createBox()
  await store.commitBatch([box.enrolment('sara'), box.sale({ total: 1_000, member: card('sara') })].map((one) => arrivalOf(one)))
  await store.close()
  const db = openDatabase(path(folder), clubMigrations)
  for (const table of ['journal', 'transfers']) {
    expect(() => db.exec(`UPDATE ${table} SET seq = seq + 1`)).toThrow('append-only')
    expect(() => db.exec(`DELETE FROM ${table}`)).toThrow('append-only')
  }
  db.close()
  rmSync(folder, { recursive: true })
})
