import type { Database, Statement } from '#runtime/sqlite.ts'
import type { Table } from '../books/table.ts'
import { tables } from '../books/tables.ts'
import { type Cell, columnsOfKind, type TableKind, type Written, widths } from './sqlite-cells.ts'

/** Writes batches into the books of an open database; the transaction is the caller's. */
export function writerOn(db: Database): (written: Written) => void {
  const writers = new Map<TableKind, ReturnType<typeof tableWriter>>()
  const insertTransfer = db.prepare<[readonly Cell[]]>(`INSERT INTO transfers VALUES (${marks(widths.transfers)})`)
  const insertAside = db.prepare<[readonly Cell[]]>(
    `INSERT INTO quarantine VALUES (${marks(widths.asides)}) ON CONFLICT DO NOTHING`,
  )
  const addToTotal = db.prepare<[readonly Cell[]]>(
    'INSERT INTO totals VALUES (?, ?, ?) ON CONFLICT (account) DO UPDATE SET balance = balance + excluded.balance',
  )
  // Prepared when first wanted: there are some two hundred statements, and most books use a few.
  const writerOf = (kind: TableKind) => {
    const writer = writers.get(kind) ?? tableWriter(db, kind)
    writers.set(kind, writer)
    return writer
  }
  return ({ tables, transfers, totals, asides }) => {
    for (const { kind, cells, gone } of tables) {
      const writer = writerOf(kind)
      writer.put(cells)
      for (const key of gone) writer.remove(key)
    }
    runEach(insertTransfer, transfers, widths.transfers)
    runEach(addToTotal, totals, widths.totals)
    runEach(insertAside, asides, widths.asides)
  }
}

const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ')

function runEach(statement: Statement<[readonly Cell[]]>, cells: readonly Cell[], width: number): void {
  for (let at = 0; at < cells.length; at += width) statement.run(cells.slice(at, at + width))
}

function tableWriter(db: Database, kind: TableKind) {
  const table = tables[kind] as unknown as Table<Record<string, unknown>>
  const names = (columnsOfKind.get(kind) ?? []).map(({ column }) => column)
  const key = table.key.toLowerCase()
  const fixed = new Set<string>([key, ...(table.fixed ?? []).map((field) => field.toLowerCase())])
  const changing = names.filter((name) => !fixed.has(name))
  const onConflict =
    table.appendOnly || changing.length === 0
      ? ''
      : ` ON CONFLICT (${key}) DO UPDATE SET ${changing.map((name) => `${name} = excluded.${name}`).join(', ')}`
  const put = db.prepare<[readonly Cell[]]>(
    `INSERT INTO ${table.name} (${names.join(', ')}) VALUES (${marks(names.length)})${onConflict}`,
  )
  const remove = db.prepare<[string]>(`DELETE FROM ${table.name} WHERE ${key} = ?`)
  const { name, rowNumber } = table
  const update = rowNumber ? updateByNumber(db, name, { names, changing, number: rowNumber.toLowerCase() }) : undefined
  return {
    put(cells: readonly Cell[]): void {
      for (let at = 0; at < cells.length; at += names.length) {
        const row = cells.slice(at, at + names.length)
        if (!update?.(row)) put.run(row)
      }
    },
    remove: (at: string) => void remove.run(at),
  }
}

/** Where a row is there already, which is found by its number alone, no other index is looked into. */
function updateByNumber(
  db: Database,
  name: string,
  { names, changing, number }: { names: readonly string[]; changing: readonly string[]; number: string },
): (row: readonly Cell[]) => boolean {
  const places = [...changing, number].map((column) => names.indexOf(column))
  const update = db.prepare<[readonly Cell[]]>(
    `UPDATE ${name} SET ${changing.map((one) => `${one} = ?`).join(', ')} WHERE ${number} = ?`,
  )
  return (row) => update.run(places.map((place) => row[place] ?? null)).changes > 0
}
