import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import './table.css'

export interface Column<Row> {
  key: string
  title: string
  cell: (row: Row) => ComponentChildren
  /** Figures stand at the line's end. */
  figure?: true
  /** Left out on a narrow screen. */
  minor?: true
  /** The column can be sorted by it. */
  order?: (row: Row) => number | string
}

export interface TableProps<Row> {
  /** What the table is, for screen readers. */
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row, index: number) => string
  /** Sums, below the rows. */
  foot?: ComponentChildren
}

/** A table that scrolls by itself where it is too wide, and is sorted by a press on its heads. */
export function Table<Row>({ caption, columns, rows, keyOf, foot }: TableProps<Row>) {
  const [sorted, setSorted] = useState<{ key: string; down: boolean }>()
  const order = columns.find((one) => one.key === sorted?.key)?.order
  const shown = order && sorted ? [...rows].sort((a, b) => compare(order(a), order(b)) * (sorted.down ? -1 : 1)) : rows
  return (
    // A region that scrolls must be reached by the keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section class="table-scroll" tabIndex={0} aria-label={caption}>
      <table class="table">
        <caption class="for-readers">{caption}</caption>
        <thead>
          <tr>
            {columns.map((one) => (
              <th key={one.key} scope="col" class={classOf(one)} aria-sort={sortOf(one, sorted)}>
                {one.order ? (
                  <button
                    type="button"
                    class="table-sort"
                    onClick={() =>
                      setSorted({ key: one.key, down: sorted?.key === one.key ? !sorted.down : one.figure === true })
                    }
                  >
                    {one.title}
                    <span aria-hidden="true">{sorted?.key === one.key ? (sorted.down ? '▾' : '▴') : ''}</span>
                  </button>
                ) : (
                  one.title
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) => (
            <tr key={keyOf(row, index)}>
              {columns.map((one) => (
                <td key={one.key} class={classOf(one)}>
                  {one.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        {foot}
      </table>
    </section>
  )
}

export const classOf = (column: { figure?: true; minor?: true }): string =>
  `${column.figure ? 'table-figure' : ''}${column.minor ? ' table-minor' : ''}`.trim()

const sortOf = (column: { key: string; order?: unknown }, sorted: { key: string; down: boolean } | undefined) =>
  column.order === undefined || sorted?.key !== column.key ? undefined : sorted.down ? 'descending' : 'ascending'

const compare = (a: number | string, b: number | string): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'fa')
