import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { openPages } from './sqlite-file.ts'
import { rowsIn, type SqliteValue } from './sqlite-pages.ts'

const folder = mkdtempSync(join(tmpdir(), 'vafa-pages-'))
afterAll(() => rmSync(folder, { recursive: true }))
const values: SqliteValue[] = ['وفا', null, 0, 1, -1, 127, -32_769, 8_388_608, 2 ** 40, -(2 ** 50), 1.5, Buffer.from([1, 2, 3])]

function made(name: string, rows: number) {
  const path = join(folder, name)
  const database = new Database(path)
  onTestFinished(() => void database.close())
  database.pragma('journal_mode = WAL')
  database.pragma('wal_autocheckpoint = 0')
  database.exec('CREATE TABLE one (id INTEGER PRIMARY KEY, kind, body BLOB)')
  const put = database.prepare('INSERT INTO one VALUES (?, ?, ?)')
  for (let id = 1; id <= rows; id++) put.run(id, values[id % values.length], Buffer.alloc((id * 137) % 9_000, id))
  return { path, database }
}
const read = (path: string) => {
  const pages = openPages(path)
  try {
    return new Map(
      [...rowsIn(pages)].flatMap(({ rowid, values: row }) => (rowid !== undefined && row.length === 3 ? [[rowid, row]] : [])),
    )
  } finally {
    pages.close()
  }
}

describe('the pages of a database', () => {
  it('give every row, long ones and those in the log too, as SQLite does', () => {
    const { path, database } = made('whole.sqlite', 400)
    const asked = database.prepare<[], { id: number; kind: SqliteValue; body: Buffer }>('SELECT * FROM one').all()
    const fromLog = read(path)
    database.pragma('wal_checkpoint(TRUNCATE)')
    for (const found of [fromLog, read(path)]) {
      expect(found.size).toBe(400)
      for (const { id, kind, body } of asked) expect(found.get(id)).toEqual([null, kind, body])
    }
  })

  it('give the rows of all pages but those that are overwritten, also where SQLite reads nothing any more', () => {
    const { path, database } = made('broken.sqlite', 400)
    database.pragma('wal_checkpoint(TRUNCATE)')
    const bytes = readFileSync(path)
    const before = read(path)
    // The first page, which names the tables, and the root of the table: nothing leads anywhere.
    const [{ rootpage } = { rootpage: 0 }] = database
      .prepare<[], { rootpage: number }>("SELECT rootpage FROM sqlite_schema WHERE name = 'one'")
      .all()
    bytes.fill(0x5a, 0, 4_096)
    bytes.fill(0x5a, (rootpage - 1) * 4_096, rootpage * 4_096)
    const broken = join(folder, 'broken-copy.sqlite')
    writeFileSync(broken, bytes)
    expect(() => new Database(broken).prepare('SELECT * FROM one')).toThrow(/not a database|malformed/)
    expect(read(broken)).toEqual(before)
  })

  it('give the rows of a table without row ids, which lie in the order of its key', () => {
    const path = join(folder, 'keyed.sqlite')
    const database = new Database(path)
    onTestFinished(() => void database.close())
    database.exec('CREATE TABLE keyed (name TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID')
    const put = database.prepare('INSERT INTO keyed VALUES (?, ?)')
    const made = Array.from({ length: 300 }, (_, n): [string, Buffer] => [`name-${n}`, Buffer.alloc((n * 37) % 5_000, n)])
    for (const row of made) put.run(row)
    const pages = openPages(path)
    onTestFinished(() => pages.close())
    const found = new Map([...rowsIn(pages)].flatMap(({ rowid, values: [name, body] }) => (rowid ? [] : [[name, body]])))
    expect(found).toEqual(new Map(made))
  })

  it('never throw, whatever the disk has made of them', () => {
    const { path, database } = made('noise.sqlite', 40)
    database.pragma('wal_checkpoint(TRUNCATE)')
    const bytes = readFileSync(path)
    const pageSize = 4_096
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.nat(bytes.length / pageSize - 1), changes, (page, given) => {
        const noise = Buffer.from(bytes.subarray(page * pageSize, (page + 1) * pageSize))
        for (const [at, value] of given) noise[at % pageSize] = value
        const pages = { pageSize, reserved: 0, count: bytes.length / pageSize }
        const one = (number: number) => (number === page + 1 ? noise : bytes.subarray((number - 1) * pageSize, number * pageSize))
        for (const { values: row } of rowsIn({ ...pages, count: page + 1, page: (n) => (n <= page ? undefined : one(n)) }))
          expect(row.length).toBeLessThan(pageSize)
      }),
      { numRuns: 10_000 },
    )
  })
})
