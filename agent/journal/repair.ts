import { join } from 'node:path'
import { damagedFolder, exchange, refuseWhole, rowsUntilBroken } from '#runtime/damaged-database.ts'
import { openDatabase } from '#runtime/sqlite.ts'
import { openPages } from '#runtime/sqlite-file.ts'
import { rowsIn, type SqliteValue } from '#runtime/sqlite-pages.ts'
import { agentMigrations } from './database.ts'

export interface RepairedJournal {
  /** Where the damaged journal lies now, as it was. */
  folder: string
  /** Entries that the new journal has. */
  kept: number
  /** Sales of which only an older state was found: whether they were answered since nobody knows here. */
  doubtful: { trace: string; total?: number }[]
  pin: 'kept' | 'lost'
}

const columns = ['name', 'at', 'state', 'tries', 'trace', 'message', 'sealed', 'answer', 'about'] as const
type Row = Record<(typeof columns)[number], SqliteValue>
const settled: ReadonlySet<SqliteValue> = new Set(['done', 'refused', 'undone'])
const open: ReadonlySet<SqliteValue> = new Set(['sent', 'undoing'])

/**
 * Puts another journal in the place of a damaged one that nobody has open. What SQLite still reads is taken as it is. Of
 * entries that only a page by itself shows, those that are settled are taken; one that was under way may be an older state
 * of a sale that was done, and undoing that would be wrong: it is named instead. The terminal goes on with the next batch.
 * Throws `database.whole`. `now`: milliseconds since 1970.
 */
export function repairJournal({ path, now }: { path: string; now: number }): RepairedJournal {
  refuseWhole(path)
  const read = new Map<SqliteValue, Row>()
  for (const order of ['ASC', 'DESC'])
    for (const row of rowsUntilBroken<Row>(path, `SELECT * FROM journal ORDER BY name ${order}`).rows) read.set(row.name, row)
  const doubtful = new Map<SqliteValue, Row>()
  const pages = openPages(path)
  try {
    for (const { rowid, values } of rowsIn(pages)) {
      const row = rowid === undefined ? rowOf(values) : undefined
      if (!row || read.has(row.name)) continue
      if (settled.has(row.state)) {
        read.set(row.name, row)
        doubtful.delete(row.name)
      } else doubtful.set(row.name, row)
    }
  } finally {
    pages.close()
  }
  const kept = new Map(
    rowsUntilBroken<{ name: string; value: string }>(path, 'SELECT name, value FROM kept').rows.map(({ name, value }) => [
      name,
      value,
    ]),
  )
  const pin = rowsUntilBroken<Record<string, SqliteValue>>(path, 'SELECT one, hash, failures, lockeduntil FROM pin')
  const batch = Math.max(
    batchIn(kept.get('next')),
    0,
    ...[...read.keys(), ...doubtful.keys()].map((name) => Number.parseInt(String(name), 10) || 0),
  )
  kept.set('next', JSON.stringify({ batch: (batch % 999_999) + 1, trace: 1 }))

  const folder = damagedFolder(path, now)
  const fresh = join(folder, 'fresh.sqlite')
  const database = openDatabase(fresh, agentMigrations)
  try {
    const putEntry = database.prepare(`INSERT INTO journal VALUES (${columns.map((one) => `@${one}`).join(', ')})`)
    const putKept = database.prepare('INSERT INTO kept VALUES (?, ?)')
    const putPin = database.prepare('INSERT INTO pin VALUES (@one, @hash, @failures, @lockeduntil)')
    database.transaction(() => {
      for (const row of read.values()) putEntry.run(row)
      for (const one of kept) putKept.run(one)
      for (const row of pin.rows) putPin.run(row)
    })()
    database.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
  }
  exchange(path, { folder, fresh })
  return {
    folder,
    kept: read.size,
    doubtful: [...doubtful.values()].map(({ trace, about }) => ({ trace: String(trace), ...totalIn(about) })),
    pin: pin.broken === undefined ? 'kept' : 'lost',
  }
}

/** Undefined where the values are another table's. */
function rowOf(values: readonly SqliteValue[]): Row | undefined {
  if (values.length !== columns.length) return undefined
  const row = Object.fromEntries(columns.map((column, n) => [column, values[n] ?? null])) as Row
  const { name, state, message, at, tries, trace } = row
  const texts = [name, trace, message].every((one) => typeof one === 'string')
  const numbers = [at, tries].every((one) => typeof one === 'number')
  return texts && numbers && (settled.has(state) || open.has(state)) ? row : undefined
}

const batchIn = (next: string | undefined): number => numberIn(next, 'batch') ?? 0

function totalIn(about: SqliteValue): { total?: number } {
  const total = numberIn(about, 'total')
  return total === undefined ? {} : { total }
}

/** A number in an object in JSON; undefined where the disk has spoilt the text. */
function numberIn(text: SqliteValue | undefined, name: string): number | undefined {
  try {
    const value = (JSON.parse(String(text)) as Record<string, unknown> | null)?.[name]
    return typeof value === 'number' ? value : undefined
  } catch {
    return undefined
  }
}
