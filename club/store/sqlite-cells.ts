import type { Changes } from '../books/desk.ts'
import type { Kind } from '../books/records.ts'
import { type Column, columnsOf, stored, type Table } from '../books/table.ts'
import { kinds, tables } from '../books/tables.ts'

export type Cell = string | number | null
export type TableKind = Exclude<Kind, 'postings'>

/** What a batch changes, as SQLite takes it. */
export interface Written {
  /** `cells`: rows to put, one behind the other, each in the order of its table's columns; `gone`: keys of rows to delete. */
  tables: { kind: TableKind; cells: Cell[]; gone: string[] }[]
  transfers: Cell[]
  totals: Cell[]
  asides: Cell[]
}

/** In the order of the columns of `transfers`, `totals` and `quarantine`. */
export const widths = { transfers: 15, totals: 3, asides: 9 }

export const columnsOfKind = new Map<Kind, readonly Column[]>(
  kinds.map((kind) => [kind, columnsOf(tables[kind] as unknown as Table<Record<string, unknown>>)]),
)

export function cellsOf({ records, transfers, totals, asides }: Changes): Written {
  const written: Written = { tables: [], transfers: [], totals: [], asides: [] }
  for (const [kind, rows] of records) {
    const columns = columnsOfKind.get(kind)
    if (kind === 'postings' || !columns) continue
    const cells: Cell[] = []
    const gone: string[] = []
    for (const [key, record] of rows) {
      if (record === undefined) gone.push(key)
      else for (const column of columns) cells.push(cellOf(record, column))
    }
    written.tables.push({ kind, cells, gone })
  }
  for (const {
    seq,
    debit,
    credit,
    amount,
    unit,
    kind,
    ruleid,
    event,
    subject,
    at,
    compensates = null,
    chain,
    lot,
  } of transfers) {
    written.transfers.push(seq, debit, credit, amount, unit, kind, ruleid, event, subject, at, compensates, chain)
    written.transfers.push(lot?.issuedBy ?? null, lot?.activeAt ?? null, lot?.expiresAt ?? null)
  }
  for (const [account, { unit, change }] of totals) written.totals.push(account, unit, change)
  for (const { store, id, hash, type = null, key, reason, receivedAt, sealed, reply = null } of asides)
    written.asides.push(store, id, hash, type, key, reason, receivedAt, sealed, reply)
  return written
}

function cellOf(record: object, { field, type }: Column): Cell {
  const value = stored((record as Record<string, unknown>)[field], type)
  return typeof value === 'boolean' ? Number(value) : value
}
