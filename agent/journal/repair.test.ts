import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, expect, test } from 'vitest'
import { openDatabase } from '#runtime/sqlite.ts'
import { agentMigrations } from './database.ts'
import { repairJournal } from './repair.ts'

const folder = mkdtempSync(join(tmpdir(), 'vafa-journal-'))
afterAll(() => rmSync(folder, { recursive: true }))
const now = Date.parse('2026-11-22T09:00:00Z')

/** A journal of 60 sales, the last of them not answered. */
function journal(name: string): string {
  const path = join(folder, name)
  const database = openDatabase(path, agentMigrations)
  const put = database.prepare('INSERT INTO journal VALUES (?, ?, ?, 1, ?, ?, NULL, NULL, ?)')
  for (let n = 1; n <= 60; n++) {
    const trace = String(n).padStart(6, '0')
    const message = JSON.stringify({ mti: '0200', fields: { 11: trace, 48: 'x'.repeat(400) } })
    put.run(
      `000004/${trace}/1122090000`,
      now + n,
      n === 60 ? 'sent' : 'done',
      trace,
      message,
      JSON.stringify({ total: n * 1_000 }),
    )
  }
  database.prepare("INSERT INTO kept VALUES ('next', '{\"batch\":4,\"trace\":61}'), ('language', 'en')").run()
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
  return path
}
const rows = (path: string) => {
  const database = new Database(path, { readonly: true })
  const read = {
    states: database.prepare<[], string>('SELECT state FROM journal ORDER BY name').pluck().all(),
    kept: Object.fromEntries(database.prepare<[], [string, string]>('SELECT name, value FROM kept').raw().all()),
    whole: database.pragma('integrity_check', { simple: true }),
  }
  database.close()
  return read
}
function overwrite(path: string, page: number): void {
  const bytes = readFileSync(path)
  bytes.fill(0xdb, (page - 1) * 4_096, page * 4_096)
  writeFileSync(path, bytes)
}
function rootOf(path: string, table: string): number {
  const database = new Database(path, { readonly: true })
  const root = database.prepare<[string], number>('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table)
  database.close()
  return root ?? 0
}

test('of a journal that nothing leads into any more every settled sale is saved, and what was under way is named', () => {
  const path = journal('root.sqlite')
  overwrite(path, rootOf(path, 'journal'))
  const repaired = repairJournal({ path, now })
  expect(repaired.doubtful).toEqual([{ trace: '000060', total: 60_000 }])
  const { states, kept, whole } = rows(path)
  // The root of such a table holds some entries itself; those are gone with it.
  expect(states.length).toBeGreaterThan(50)
  expect(repaired.kept).toBe(states.length)
  expect(new Set(states)).toEqual(new Set(['done']))
  expect(whole).toBe('ok')
  // Numbers that may have been given are not given again.
  expect(kept).toEqual({ language: 'en', next: '{"batch":5,"trace":1}' })
})

test('of a journal with one broken page the rest is taken as it was, also what was under way', () => {
  const path = journal('leaf.sqlite')
  const database = new Database(path, { readonly: true })
  const pages = database.pragma('page_count', { simple: true }) as number
  database.close()
  const roots = new Set(['journal', 'kept', 'pin', 'journal_at'].map((table) => rootOf(path, table)))
  const leaf = Array.from({ length: pages }, (_, n) => n + 1).find((page) => page > 1 && !roots.has(page)) ?? 0
  overwrite(path, leaf)
  const repaired = repairJournal({ path, now })
  expect(repaired.doubtful).toEqual([])
  expect(rows(path).states.length).toBeGreaterThan(40)
  expect(rows(path).states.at(-1)).toBe('sent')
})

test('a journal that is whole stays as it is', () => {
  const path = journal('whole.sqlite')
  expect(() => repairJournal({ path, now })).toThrow(expect.objectContaining({ key: 'database.whole' }))
  expect(rows(path).states).toHaveLength(60)
})
