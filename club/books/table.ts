/** How a field of a record stands in a database. `json`: any plain value, as text. */
export type ColumnType = 'text' | 'integer' | 'boolean' | 'json'

/**
 * One kind of record: a plain object of the club's state, found by its key. A field that is undefined is NULL in the
 * database, and a NULL is no field. Column names are the fields' in lower case.
 */
export interface Table<Row extends object> {
  name: string
  key: keyof Row & string
  /** Fields in the order of the columns. */
  columns: { readonly [Field in keyof Row]-?: ColumnType }
  /** Fields that never change once the record is there: an update leaves their indexes alone. */
  fixed?: readonly (keyof Row & string)[]
  /** A field that is the row's own number in the database, where its records are mostly changed, seldom new. */
  rowNumber?: keyof Row & string
  /** Its records are written once and never changed. */
  appendOnly?: true
}

export interface Column {
  field: string
  column: string
  type: ColumnType
}

export const columnsOf = <Row extends object>(table: Table<Row>): Column[] =>
  Object.entries(table.columns as Record<string, ColumnType>).map(([field, type]) => ({
    field,
    column: field.toLowerCase(),
    type,
  }))

type Stored = string | number | bigint | boolean | null

/** A field's value as the database keeps it (booleans as the engine wants them). */
export const stored = (value: unknown, type: ColumnType): string | number | boolean | null => {
  if (value === undefined || value === null) return null
  return type === 'json' ? JSON.stringify(value) : (value as string | number | boolean)
}

/** A record from a row whose columns stand in the table's order. */
export function recordOf<Row extends object>(columns: readonly Column[], row: readonly Stored[]): Row {
  const record: Record<string, unknown> = {}
  for (let index = 0; index < columns.length; index++) {
    const value = row[index]
    const column = columns[index]
    if (column === undefined || value === null || value === undefined) continue
    if (column.type === 'json') record[column.field] = JSON.parse(String(value))
    else if (column.type === 'boolean') record[column.field] = value === 1 || value === true
    else record[column.field] = value
  }
  return record as Row
}
