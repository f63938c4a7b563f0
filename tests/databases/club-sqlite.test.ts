import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { openBooks } from '#club/store/books-store.ts'
import { openSqliteEngine } from '#club/store/sqlite-engine.ts'
import { clubMigrations } from '#club/store/sqlite-schema.ts'
import { openSqliteStore } from '#club/store/sqlite-store.ts'
import type { StoreSettings } from '#club/store/store.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { openDatabase } from '#runtime/sqlite.ts'
import { booksConformance } from './books-conformance.ts'
import { arrivalOf, card, createBox, repliesOf } from './club-messages.ts'

import { restoredBackupConformance, sealed } from './club-people-conformance.ts'
import { storeSettings } from './store-settings.ts'

const path = (folder: string) => join(folder, 'club.sqlite')

const open = async (folder: string, settings: StoreSettings) =>
  openSqliteStore({ ...settings, path: path(folder), uuid: systemRuntime.uuid })
booksConformance('SQLite', open, async (folder) => openSqliteEngine(path(folder)))
restoredBackupConformance('SQLite', open)

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

it('an erased person’s key is in no byte of the database or its log any more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
  const store = await openSqliteStore({ ...storeSettings, path: path(folder), uuid: systemRuntime.uuid })
  const box = createBox()
  const sara = box.enrolment('sara', { profile: sealed({ displayName: 'سارا' }) })
  const { memberid } = sara.data
  const others = Array.from({ length: 40 }, (_, n) => box.enrolment(`other ${n}`, { profile: sealed({ displayName: 'x' }) }))
  const update = box.fact('vafa.member.updated.v1', { memberid, profile: sealed({ area: 'ونک' }), consents: [] })
  await store.commitBatch([sara, ...others, update].map((one) => arrivalOf(one)))
  const db = openDatabase(path(folder), clubMigrations)
  const { wrapped } = db.prepare('SELECT wrapped FROM profiles WHERE memberid = ?').get(memberid) as { wrapped: string }
  db.close()
  const files = () => readdirSync(folder).map((file) => readFileSync(join(folder, file)))
  expect(files().some((bytes) => bytes.includes(wrapped))).toBe(true)
  await store.commitBatch([arrivalOf(box.fact('vafa.member.erased.v1', { memberid }))])
  expect(files().some((bytes) => bytes.includes(wrapped))).toBe(false)
  await store.close()
  rmSync(folder, { recursive: true })
})

it('what a small batch left in one row is in its tables when the books are opened after a kill', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
  const killed = mkdtempSync(join(tmpdir(), 'vafa-club-'))
  const store = await open(folder, storeSettings)
  const box = createBox()
  const sale = box.sale({ total: 1_000, member: card('sara'), tillreceipt: 'R-1' })
  const { answers } = await store.commitBatch([box.enrolment('sara'), sale].map((one) => arrivalOf(one)))
  // As the disk has it at this moment: nothing was closed.
  for (const file of ['club.sqlite', 'club.sqlite-wal']) copyFileSync(join(folder, file), join(killed, file))
  const image = openDatabase(path(killed), clubMigrations)
  expect(image.prepare('SELECT COUNT(*) AS n FROM redo').get()).toEqual({ n: 1 })
  expect(image.prepare('SELECT COUNT(*) AS n FROM sales').get()).toEqual({ n: 0 })
  image.close()

  const again = await open(killed, storeSettings)
  expect(await again.sales({})).toEqual(await store.sales({}))
  expect(await again.members()).toEqual(await store.members())
  expect(await again.totals()).toEqual(await store.totals())
  expect(await again.totals()).toMatchObject({ sales: 1, transfers: 1 })
  expect(await again.audit()).toEqual([])
  const repeated = await again.commitBatch([arrivalOf(sale)])
  expect(repeated.answers[0]?.body).toBe(answers[1]?.body)
  for (const one of [store, again]) await one.close()
  for (const one of [folder, killed]) rmSync(one, { recursive: true })
})

it('a batch is folded over the one that is being written, and anew when that fails; what is written is as if one had come after the other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
  const engine = openSqliteEngine(path(folder))
  const disk: { write(): Promise<void>; fail(): void }[] = []
  const store = await openBooks(
    {
      ...engine,
      commitBehind: (changes) =>
        new Promise((resolve, reject) => {
          const write = () => engine.commit(changes, { lasting: 'now' }).then(resolve, reject)
          disk.push({ write, fail: () => reject(new Error('no room')) })
        }),
    },
    { ...storeSettings, uuid: systemRuntime.uuid },
  )
  const box = createBox()
  await store.commitBatch([arrivalOf(box.enrolment('sara'))])
  // Brings to its table what is remembered.
  await store.totals()
  const batches = Array.from({ length: 3 }, () =>
    Array.from({ length: 20 }, () => arrivalOf(box.sale({ total: 1_000_000, member: card('sara') }))),
  )
  const [first, second, third] = batches.map((batch) => store.commitBatch(batch))
  const visits = async (outcome: typeof first) => repliesOf((await outcome) ?? { answers: [], notices: [] }).at(-1)?.balances
  await vi.waitFor(() => expect(disk).toHaveLength(1))
  disk[0]?.fail()
  await expect(first).rejects.toThrow('no room')
  await vi.waitFor(() => expect(disk).toHaveLength(2))
  await disk[1]?.write()
  expect(await visits(second)).toMatchObject([{ available: 2_000_000 }])
  await vi.waitFor(() => expect(disk).toHaveLength(3))
  await disk[2]?.write()
  expect(await visits(third)).toMatchObject([{ available: 4_000_000 }])
  const again = store.commitBatch(batches[0] ?? [])
  await vi.waitFor(() => expect(disk).toHaveLength(4))
  // A question waits for what is on its way.
  const totals = store.totals()
  await disk[3]?.write()
  expect(await visits(again)).toMatchObject([{ available: 6_000_000 }])
  expect(await totals).toMatchObject({ sales: 60, transfers: 60 })
  expect(await store.audit()).toEqual([])
  await store.close()
  rmSync(folder, { recursive: true })
})
