import type { Statement } from '#runtime/postgres.ts'
import { asHeld, int8Array, textArray } from '#runtime/postgres-arrays.ts'
import { type BookedTransfer, type Changes, postingsMax } from '../books/desk.ts'
import type { Aside } from '../books/journal-records.ts'
import type { Kind, Records } from '../books/records.ts'
import { type ColumnType, columnsOf, recordOf, stored, type Table } from '../books/table.ts'
import type { PostedTransfer } from '../ledger/transfers.ts'
import { type TransferRow, transferOf } from './transfer-row.ts'

type AnyRecord = Records[Kind]
type Cell = Parameters<typeof recordOf>[1][number]

const sqlTypes: Readonly<Record<ColumnType, string>> = { text: 'text', json: 'text', integer: 'bigint', boolean: 'bigint' }

/** One column of many rows. */
function columnArray(values: readonly unknown[], type: ColumnType): Buffer {
  if (type === 'integer') return int8Array(values as number[])
  // As in SQLite, so that both give the same answers to the same questions.
  if (type === 'boolean') return int8Array(values.map((value) => (typeof value === 'boolean' ? Number(value) : undefined)))
  return textArray(values.map((value) => stored(value, type) as string | null))
}

/** `$1::text[], $2::bigint[]`: rows as columns. */
const unnested = (types: readonly ColumnType[]): string =>
  `unnest(${types.map((type, index) => `$${index + 1}::${sqlTypes[type]}[]`).join(', ')})`

/** One table's statements. */
export function shelfOf(table: Table<Record<string, unknown>>) {
  const columns = columnsOf(table)
  const names = columns.map((one) => one.column).join(', ')
  const types = columns.map((one) => one.type)
  const key = table.key.toLowerCase()
  const keyAt = columns.findIndex((one) => one.column === key)
  const fixed = new Set<string>([key, ...(table.fixed ?? []).map((field) => field.toLowerCase())])
  const changing = columns.filter(({ column }) => !fixed.has(column))
  const onConflict =
    table.appendOnly || changing.length === 0
      ? ''
      : ` ON CONFLICT (${key}) DO UPDATE SET ${changing.map(({ column }) => `${column} = excluded.${column}`).join(', ')}`
  const select = `SELECT ${names} FROM ${table.name} WHERE ${key} = ANY ($1::text[])`
  const put = `INSERT INTO ${table.name} (${names}) SELECT * FROM ${unnested(types)}${onConflict}`
  const remove = `DELETE FROM ${table.name} WHERE ${key} = ANY ($1::text[])`

  return {
    load: (keys: readonly string[]): Statement => ({ name: `load ${table.name}`, text: select, values: [textArray(keys)] }),
    loaded: (rows: readonly (readonly unknown[])[]): Map<string, AnyRecord> =>
      new Map(rows.map((row) => [String(row[keyAt]), recordOf<AnyRecord>(columns, row as Cell[])])),
    *write(rows: ReadonlyMap<string, AnyRecord | undefined>): Generator<Statement> {
      const dropped: string[] = []
      // By the key as the database has it: one statement must not put a row twice.
      const kept = new Map<string, AnyRecord>()
      for (const [at, record] of rows) {
        if (record === undefined) dropped.push(at)
        else kept.set(asHeld(at), record)
      }
      if (dropped.length > 0) yield { name: `remove ${table.name}`, text: remove, values: [textArray(dropped.sort())] }
      if (kept.size === 0) return
      const records = inOrder(kept, table) as unknown as Record<string, unknown>[]
      const values = columns.map(({ field, type }) =>
        columnArray(
          records.map((one) => one[field]),
          type,
        ),
      )
      yield { name: `put ${table.name}`, text: put, values }
    },
  }
}

/**
 * Rows that may be there already are locked in the order of their keys, as whoever else changes many of them should.
 * Sales stay as they were booked, which is how they are numbered.
 */
function inOrder(
  records: ReadonlyMap<string, AnyRecord>,
  { name, appendOnly }: { name: string; appendOnly?: true },
): AnyRecord[] {
  if (appendOnly || name === 'sales') return [...records.values()]
  return [...records].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record)
}

const transferTypes = {
  seq: 'integer',
  debit: 'text',
  credit: 'text',
  amount: 'integer',
  unit: 'text',
  kind: 'text',
  ruleid: 'text',
  event: 'integer',
  subject: 'text',
  at: 'text',
  compensates: 'integer',
  chain: 'text',
  issuedBy: 'text',
  activeAt: 'text',
  expiresAt: 'text',
} as const satisfies { [Field in keyof Required<Omit<BookedTransfer, 'lot'> & Lotted>]: ColumnType }

type Lotted = NonNullable<BookedTransfer['lot']>

export const transferStatement = (transfers: readonly BookedTransfer[]): Statement =>
  insertOf<Omit<BookedTransfer, 'lot'> & Partial<Lotted>>({
    table: 'transfers',
    types: transferTypes,
    rows: transfers.map(({ lot, ...one }) => ({ ...one, ...lot })),
  })

const asideTypes = {
  store: 'text',
  id: 'text',
  hash: 'text',
  type: 'text',
  key: 'text',
  reason: 'text',
  receivedAt: 'text',
  sealed: 'text',
  reply: 'text',
} as const satisfies { [Field in keyof Required<Aside>]: ColumnType }

export const asideStatement = (asides: readonly Aside[]): Statement =>
  insertOf({ table: 'quarantine', types: asideTypes, rows: asides, onConflict: ' ON CONFLICT DO NOTHING' })

function insertOf<Row extends object>(given: {
  table: string
  types: { readonly [Field in keyof Row]-?: ColumnType }
  rows: readonly Row[]
  onConflict?: string
}): Statement {
  const { table, rows, onConflict = '' } = given
  const fields = Object.entries(given.types) as [keyof Row & string, ColumnType][]
  const names = fields.map(([field]) => field.toLowerCase()).join(', ')
  return {
    name: `insert ${table}`,
    text: `INSERT INTO ${table} (${names}) SELECT * FROM ${unnested(fields.map(([, type]) => type))}${onConflict}`,
    values: fields.map(([field, type]) =>
      columnArray(
        rows.map((row) => row[field]),
        type,
      ),
    ),
  }
}

export function totalStatement(totals: Changes['totals']): Statement {
  const rows = [...totals].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    name: 'add to totals',
    text: `INSERT INTO totals AS t (account, unit, balance) SELECT * FROM ${unnested(['text', 'text', 'integer'])}
           ON CONFLICT (account) DO UPDATE SET balance = t.balance + excluded.balance`,
    values: [
      textArray(rows.map(([account]) => account)),
      textArray(rows.map(([, { unit }]) => unit)),
      int8Array(rows.map(([, { change }]) => change)),
    ],
  }
}

/** What events posted; each key is a place in the journal. */
export const postingsStatement = (events: readonly string[]): Statement => ({
  name: 'load postings',
  text: `SELECT t.event, t.seq, t.debit, t.credit, t.amount, t.unit, t.kind, t.ruleid, t.compensates,
           t.issuedby, t.activeat, t.expiresat
         FROM unnest($1::bigint[]) AS e (event)
         JOIN transfers t ON t.seq BETWEEN e.event * ${postingsMax} AND e.event * ${postingsMax} + ${postingsMax - 1} ORDER BY t.seq`,
  values: [int8Array(events.map(Number))],
})

type PostingsRow = TransferRow & { event: number }

export function loadedPostings(events: readonly string[], rows: readonly PostingsRow[]): Map<string, Records['postings']> {
  const found = new Map(events.map((event) => [event, [] as PostedTransfer[]]))
  for (const { event, ...row } of rows) found.get(String(event))?.push(transferOf(row))
  return new Map([...found].map(([event, transfers]) => [event, { event, transfers }]))
}
