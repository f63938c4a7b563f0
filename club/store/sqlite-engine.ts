import { isDamaged, namingDatabase } from '#runtime/database-error.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import { type Database, openDatabase, type Statement, unsynced } from '#runtime/sqlite.ts'
import { type BookedTransfer, type Changes, postingsMax } from '../books/desk.ts'
import type { Kind, Records } from '../books/records.ts'
import { type Column, columnsOf, recordOf, stored, type Table } from '../books/table.ts'
import { kinds, tables } from '../books/tables.ts'
import type { Engine, Value } from './engine.ts'
import { named, numbered } from './sqlite-parameters.ts'
import { redoOf } from './sqlite-redo.ts'
import { clubMigrations } from './sqlite-schema.ts'
import { type TransferRow, transferOf } from './transfer-row.ts'

/** What head office does about books that are broken. */
export const whenDamaged =
  'move it aside with those beside it and restore the last backup (`vafa club restore`): boxes send again what came since (docs/guides/backup.md)'

type Cell = string | number | null

const preparedMost = 200
type AnyRecord = Records[Kind]

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
  const shelves = new Map(
    kinds.map((kind) => [kind as Kind, shelfOf(db, tables[kind] as unknown as Table<Record<string, unknown>>)]),
  )
  const postings = postingsOf(db)
  const addToTotal = db.prepare<[string, string, number]>(
    'INSERT INTO totals VALUES (?, ?, ?) ON CONFLICT (account) DO UPDATE SET balance = balance + excluded.balance',
  )
  const insertAside = db.prepare<Cell[]>('INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')

  const write = ({ records, transfers, totals, asides }: Changes): void => {
    for (const [kind, rows] of records) shelves.get(kind)?.write(rows)
    for (const one of transfers) postings.insert(one)
    for (const [account, { unit, change }] of totals) addToTotal.run(account, unit, change)
    for (const { store, id, hash, type, key, reason, receivedAt, sealed, reply } of asides)
      insertAside.run(store, id, hash, type ?? null, key, reason, receivedAt, sealed, reply ?? null)
  }
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
    if (entries) shelves.get('entry')?.write(entries)
    redo.add(changes)
  }).immediate
  // What the last process could not bring to its tables.
  db.transaction(() => {
    for (const changes of redo.all()) write(changes)
    redo.forget()
  }).immediate()
  const loadNow = <K extends Kind>(kind: K, key: string): Records[K] | undefined =>
    (kind === 'postings' ? postings.of(key) : shelves.get(kind)?.load(key)) as Records[K] | undefined

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

/** Makes something when it is first asked for. */
function whenWanted<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** One table's reading and writing. */
function shelfOf(db: Database, table: Table<Record<string, unknown>>) {
  const columns = columnsOf(table)
  const names = columns.map((one) => one.column)
  const key = table.key.toLowerCase()
  const fixed = new Set<string>([key, ...(table.fixed ?? []).map((field) => field.toLowerCase())])
  const changing = names.filter((name) => !fixed.has(name))
  const onConflict =
    table.appendOnly || changing.length === 0
      ? ''
      : ` ON CONFLICT (${key}) DO UPDATE SET ${changing.map((name) => `${name} = excluded.${name}`).join(', ')}`
  // Prepared when first wanted: there are some two hundred of them, and most books use a few.
  const select = whenWanted(() =>
    db.prepare<[string], Cell[]>(`SELECT ${names.join(', ')} FROM ${table.name} WHERE ${key} = ?`).raw(),
  )
  const put = whenWanted(() =>
    db.prepare<Cell[]>(
      `INSERT INTO ${table.name} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})${onConflict}`,
    ),
  )
  // Where the row is there already, which is found by its number alone, no other index is looked into.
  const { rowNumber } = table
  const changed = columns.filter(({ column }) => !fixed.has(column))
  const update =
    rowNumber &&
    whenWanted(() =>
      db.prepare<Cell[]>(
        `UPDATE ${table.name} SET ${changed.map(({ column }) => `${column} = ?`).join(', ')} WHERE ${rowNumber.toLowerCase()} = ?`,
      ),
    )
  const cellOf = (record: AnyRecord, { field, type }: Pick<Column, 'field' | 'type'>): Cell => {
    const value = stored((record as unknown as Record<string, unknown>)[field], type)
    return typeof value === 'boolean' ? Number(value) : value
  }
  const updated = (record: AnyRecord): boolean => {
    if (!update) return false
    const cells = changed.map((column) => cellOf(record, column))
    return update().run(...cells, cellOf(record, { field: rowNumber, type: 'integer' })).changes > 0
  }
  const remove = whenWanted(() => db.prepare<[string]>(`DELETE FROM ${table.name} WHERE ${key} = ?`))
  return {
    load(at: string): AnyRecord | undefined {
      const row = select().get(at)
      return row && recordOf<AnyRecord>(columns, row)
    },
    write(rows: ReadonlyMap<string, AnyRecord | undefined>): void {
      for (const [at, record] of rows) {
        if (record === undefined) {
          remove().run(at)
          continue
        }
        if (!updated(record)) put().run(...columns.map((column) => cellOf(record, column)))
      }
    },
  }
}

function postingsOf(db: Database) {
  const insertTransfer = db.prepare<Cell[]>('INSERT INTO transfers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const ofEvent = db.prepare<[number, number], TransferRow>(
    `SELECT seq, debit, credit, amount, unit, kind, ruleid, compensates, issuedby, activeat, expiresat
     FROM transfers WHERE seq BETWEEN ? AND ? ORDER BY seq`,
  )
  return {
    insert: (one: BookedTransfer) =>
      insertTransfer.run(
        one.seq,
        one.debit,
        one.credit,
        one.amount,
        one.unit,
        one.kind,
        one.ruleid,
        one.event,
        one.subject,
        one.at,
        one.compensates ?? null,
        one.chain,
        one.lot?.issuedBy ?? null,
        one.lot?.activeAt ?? null,
        one.lot?.expiresAt ?? null,
      ),
    of(event: string): Records['postings'] {
      const from = Number(event) * postingsMax
      const rows = ofEvent.all(from, from + postingsMax - 1)
      return { event, transfers: rows.map(transferOf) }
    },
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
