import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import pg from 'pg'
import { expect, it } from 'vitest'
import { auditBooks } from '#club/audit/audit.ts'
import { createPepper } from '#club/pepper.ts'
import { openPostgresEngine } from '#club/store/postgres-engine.ts'
import { openPostgresSnapshot } from '#club/store/postgres-snapshot.ts'
import { openPostgresStore } from '#club/store/postgres-store.ts'
import { openSqliteEngine } from '#club/store/sqlite-engine.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { booksConformance } from './books-conformance.ts'
import { arrivalOf, createBox, repliesOf } from './club-messages.ts'
import { postgresBooks } from './postgres-books.ts'
import { createPlayer } from './random-history.ts'
import { histories, historySettings } from './random-steps.ts'
import { storeSettings } from './store-settings.ts'

const { server, template, placeOf, open } = postgresBooks()
booksConformance('PostgreSQL', open, async (folder) => openPostgresEngine(await placeOf(folder)))

it('the same tables and columns are in both databases, in the same order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
  const sqlite = openSqliteEngine(join(folder, 'club.sqlite'))
  const postgres = await openPostgresEngine({ ...server, database: template })
  // SQLite holds small batches in one row first; PostgreSQL keeps its schema's version in a table.
  const own = "('redo', 'schema_version', 'sqlite_stat1', 'sqlite_sequence')"
  const inSqlite = await sqlite.query(
    `SELECT t.name AS tab, c.name AS col FROM sqlite_master t JOIN pragma_table_info(t.name) c
     WHERE t.type = 'table' AND t.name NOT IN ${own} ORDER BY t.name, c.cid`,
  )
  const inPostgres = await postgres.query(
    `SELECT table_name::text AS tab, column_name::text AS col FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name NOT IN ${own} ORDER BY table_name COLLATE "C", ordinal_position`,
  )
  expect(inSqlite.length).toBeGreaterThan(100)
  expect(inPostgres).toEqual(inSqlite)
  await sqlite.close()
  await postgres.close()
  rmSync(folder, { recursive: true })
})

it('an event that PostgreSQL refuses is set aside, and the others of its batch are booked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
  const store = await open(folder, storeSettings)
  const other = new pg.Client({ ...server, database: basename(folder) })
  await other.connect()
  await other.query('ALTER TABLE sales ADD CHECK (total <> 666)')
  await other.end()
  const box = createBox()
  const sales = [1_000, 2_000, 666, 3_000].map((total) => box.sale({ total }))
  const replies = repliesOf(await store.commitBatch(sales.map((one) => arrivalOf(one))))
  expect(replies.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'quarantined', 'accepted'])
  expect(replies.map(({ inReplyTo }) => inReplyTo)).toEqual(sales.map(({ id }) => id))
  expect(await store.quarantine()).toMatchObject([
    { eventid: sales[2]?.id, reason: expect.stringContaining('sales_total_check') },
  ])
  expect(await store.totals()).toMatchObject({ sales: 3, quarantined: 1 })
  expect(await store.sequences()).toMatchObject([{ missing: [] }])
  await store.close()
  rmSync(folder, { recursive: true })
})

it('any history is decided again byte for byte from the journal, beside the running club, and what another hand changed is found', async () => {
  await fc.assert(
    fc.asyncProperty(histories(), async (batches) => {
      const folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
      const place = await placeOf(folder)
      const store = await openPostgresStore({ ...historySettings, server: place, uuid: systemRuntime.uuid })
      const { play } = createPlayer(store)
      for (const steps of batches) await play(steps)
      const sale = createBox({ firstId: 900_000 }).sale({ total: 1_000 })
      await store.commitBatch([arrivalOf(sale)])
      const audit = async () => {
        const { engine, openFresh, close } = await openPostgresSnapshot(place)
        const report = await auditBooks({ books: engine, fresh: openFresh, pepper: createPepper(historySettings.pepper) })
        await close()
        return report
      }
      expect((await audit()).finding).toBeUndefined()
      await store.close()
      const other = new pg.Client(place)
      await other.connect()
      await other.query('UPDATE totals SET balance = balance + 1 WHERE account = $1', ['house:issued'])
      await other.end()
      expect((await audit()).finding).toBeDefined()
      rmSync(folder, { recursive: true })
    }),
    { numRuns: 3 },
  )
})
