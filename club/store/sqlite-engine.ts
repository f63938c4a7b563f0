import { isDamaged, namingDatabase } from '#runtime/database-error.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import { type Database, openDatabase, type Statement, unsynced } from '#runtime/sqlite.ts'
import { type Changes, postingsMax } from '../books/desk.ts'
import type { Kind, Records } from '../books/records.ts'
import { recordOf } from '../books/table.ts'
import { kinds, tables } from '../books/tables.ts'
import type { Engine, Value } from './engine.ts'
import { type Cell, cellsOf, columnsOfKind, type TableKind } from './sqlite-cells.ts'
import { named, numbered } from './sqlite-parameters.ts'
import { redoOf } from './sqlite-redo.ts'
import { clubMigrations } from './sqlite-schema.ts'
import { writerOn } from './sqlite-writer.ts'
import { type TransferRow, transferOf } from './transfer-row.ts'

/** What head office does about books that are broken. */
export const whenDamaged =
  'move it aside with those beside it and restore the last backup (`vafa club restore`): boxes send again what came since (docs/guides/backup.md)'

const preparedMost = 200
/**
 * The club's books in one SQLite file. It works where it is called, so it belongs in a worker thread
 * (worker-client.ts): now and then a commit takes 20 ms, which would stall the broker.
 */
export function openSqliteEngine(path: string, { durability = 'full' }: { durability?: 'full' | 'none' } = {}): Engine {
  return namingDatabase(path, () => sqliteEngineOn(openDatabase(path, clubMigrations, { whenDamaged }), { durability }), {
    whenDamaged,
  })
}

/** The same over a database that is open and has the club's schema. */
export function sqliteEngineOn(db: Database, { durability = 'full' }: { durability?: 'full' | 'none' } = {}): Engine {
  const path = db.name
  // Books that can be made again at any time.
  if (durability === 'none') db.pragma('synchronous = OFF')
  // By SQLite's own measure (1,000 pages) every 75th sale would wait for a checkpoint.
  db.pragma('wal_autocheckpoint = 4000')
  // SQLite's own 2 MB hold the upper pages of the trees of a small club only.
  db.pragma('cache_size = -65536')
  const readers = new Map(kinds.map((kind) => [kind as Kind, readerOf(db, kind)]))
  const postings = postingsOf(db)
  const writeCells = writerOn(db)
  const write = (changes: Changes): void => writeCells(cellsOf(changes))
  const redo = redoOf(db)
  const writeAll = (changes: Changes): void => {
    write(changes)
    redo.forget()
  }
  const writeNow = db.transaction(writeAll).immediate
  const writeSoon = durability === 'none' ? writeNow : unsynced(db, writeAll)
  /** What was a person's key or profile is overwritten with zeros, and no older copy of it stays in the log. */
  const writePersonal = (changes: Changes): void => {
    db.pragma('secure_delete = ON')
    try {
      writeNow(changes)
    } finally {
      db.pragma('secure_delete = OFF')
    }
    if (changes.records.has('erasure')) db.pragma('wal_checkpoint(TRUNCATE)')
  }
  /** Questions that are asked again and again (what is due, what is not counted): to prepare one takes longer than to run it. */
  const prepared = new Map<string, Statement<[Record<string, Value>], unknown>>()
  const question = (sql: string) => {
    const known = prepared.get(sql)
    if (known) return known
    if (prepared.size >= preparedMost) prepared.clear()
    const statement = db.prepare<[Record<string, Value>], unknown>(numbered(sql))
    prepared.set(sql, statement)
    return statement
  }
  const remember = db.transaction((changes: Changes): void => {
    const entries = changes.records.get('entry')
    if (entries) write({ records: new Map([['entry', entries]]), transfers: [], totals: new Map(), asides: [] })
    redo.add(changes)
  }).immediate
  // What the last process could not bring to its tables.
  db.transaction(() => {
    for (const changes of redo.all()) write(changes)
    redo.forget()
  }).immediate()
  const loadNow = <K extends Kind>(kind: K, key: string): Records[K] | undefined =>
    (kind === 'postings' ? postings(key) : readers.get(kind)?.(key)) as Records[K] | undefined

  return {
    name: path,
    loadNow,
    async load<K extends Kind>(kind: K, keys: readonly string[]) {
      const found = new Map<string, Records[K]>()
      for (const key of keys) {
        const record = loadNow(kind, key)
        if (record !== undefined) found.set(key, record)
      }
      return found
    },
    remember: async (changes) => attempt(path, () => remember(changes)),
    commit: async (changes, { lasting }) =>
      attempt(path, () => {
        if (changes.records.has('profile')) writePersonal(changes)
        else if (lasting === 'now') writeNow(changes)
        else writeSoon(changes)
      }),
    async execute(sql, parameters = []) {
      db.prepare<[Record<string, Value>]>(numbered(sql)).run(named(parameters))
    },
    query: async <Row>(sql: string, parameters: readonly Value[] = []): Promise<Row[]> =>
      question(sql).all(named(parameters)) as Row[],
    async close() {
      db.close()
    },
  }
}

/** Reads one table by its key. */
function readerOf(db: Database, kind: TableKind): (at: string) => Records[Kind] | undefined {
  const columns = columnsOfKind.get(kind) ?? []
  const { name, key } = tables[kind]
  let select: Statement<[string], Cell[]> | undefined
  return (at) => {
    // Prepared when first wanted.
    select ??= db
      .prepare<[string], Cell[]>(
        `SELECT ${columns.map(({ column }) => column).join(', ')} FROM ${name} WHERE ${key.toLowerCase()} = ?`,
      )
      .raw()
    const row = select.get(at)
    return row && recordOf<Records[Kind]>(columns, row)
  }
}

/** Reads what one event posted. */
function postingsOf(db: Database): (event: string) => Records['postings'] {
  const ofEvent = db.prepare<[number, number], TransferRow>(
    `SELECT seq, debit, credit, amount, unit, kind, ruleid, compensates, issuedby, activeat, expiresat
     FROM transfers WHERE seq BETWEEN ? AND ? ORDER BY seq`,
  )
  return (event) => {
    const from = Number(event) * postingsMax
    return { event, transfers: ofEvent.all(from, from + postingsMax - 1).map(transferOf) }
  }
}

function attempt(path: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    throw storeFailed(path, error)
  }
}

const storeFailed = (path: string, error: unknown) =>
  new VafaError({
    key: 'store.failed',
    message: `the club's database ${path} could not take a batch: ${messageOf(error)}`,
    hint:
      codeOf(error) === 'SQLITE_FULL'
        ? 'the disk is full: make room; nothing was lost'
        : isDamaged(error)
          ? whenDamaged
          : 'check the disk; boxes send again by themselves',
    permanent: false,
    cause: error,
  })
