import type { OfficeAnswer } from '#protocol/head-office/requests.ts'
import { count, day, moneyUnit, percent, plainMoney } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'

export type ReportAnswer = OfficeAnswer<'report'>
export type ReportColumn = ReportAnswer['columns'][number]
export type ReportCell = ReportAnswer['rows'][number][string]

const figures: ReadonlySet<ReportColumn['kind']> = new Set(['number', 'quantity', 'money', 'share', 'ratio'])

export const isFigure = (column: ReportColumn): boolean => figures.has(column.kind)

/** A cell as people read it; the file keeps what the wire says. */
export function shownCell(cell: ReportCell, column: ReportColumn): string {
  if (cell === undefined || cell === '') return ''
  if (typeof cell === 'object') return say(cell.text)
  if (typeof cell === 'string') return column.kind === 'day' && /^\d{4}-\d{2}-\d{2}$/.test(cell) ? day(cell) : cell
  switch (column.kind) {
    case 'money':
      return plainMoney(cell)
    case 'quantity':
      return count(cell / 1_000)
    case 'share':
      return percent(cell)
    case 'ratio':
      return count(cell / 100)
    default:
      return count(cell)
  }
}

/** A cell as a height in a chart, in the unit that people read. */
export function heightOf(cell: ReportCell, column: ReportColumn): number | null {
  if (typeof cell !== 'number') return null
  if (column.kind === 'quantity') return cell / 1_000
  return column.kind === 'share' || column.kind === 'ratio' ? cell / 100 : cell
}

/** Amounts say their unit above the column. */
export const titleOf = (column: ReportColumn): string =>
  column.kind === 'money' ? `${say(column.title)} (${moneyUnit()})` : say(column.title)
