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
  const store = openSqliteStore({ ...storeSettings, path: path(folder), uuid: systemRuntime.uuid })
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

it('books of the first schema open as they are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
  const old = openDatabase(path(folder), clubMigrations.slice(0, 1))
  old.exec(`INSERT INTO programmes VALUES (1, '${JSON.stringify(storeSettings.programme)}')`)
  old.exec("INSERT INTO accounts (account, name, unit) VALUES (1, 'member:sara:credit', 'IRR')")
  old.exec("INSERT INTO members VALUES (1, 'sara', '10000016', 1, 3, 3, NULL, '2026-01-01T00:00:00.000Z', 's1')")
  old.close()
  const programme = { ...storeSettings.programme, version: 2 }
  const store = await open(folder, { ...storeSettings, programme })
  expect(await store.members()).toMatchObject([{ memberid: 'sara', visits: 3, units: {} }])
  expect(await store.balances('sara')).toHaveLength(1)
  expect(await store.dueMessages('2027-01-01T00:00:00.000Z')).toEqual([])
  expect(await store.audit()).toEqual([])
  await store.close()
  rmSync(folder, { recursive: true })
})
