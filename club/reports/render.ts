import type { Language } from '#protocol/text.ts'
import { columnsOf } from '#receipts/text-columns.ts'
import { plainCell, shownCell } from './cells.ts'
import type { Column, Report, Row } from './report.ts'

/** For spreadsheets: RFC 4180, with the columns' keys in the first line. */
export function toCsv({ columns, rows }: Report): string {
  const lines = [columns.map(({ key }) => key), ...rows.map((row) => columns.map((one) => plainCell(row[one.key], one)))]
  return lines.map((cells) => `${cells.map(csvField).join(',')}\r\n`).join('')
}

/** Names come from tills: one that begins like a formula is kept from being one. */
function csvField(cell: string | number): string {
  if (typeof cell === 'number') return String(cell)
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** For programs: an array of objects with the columns' keys; what there is nothing of is null. */
export function toJson({ columns, rows }: Report): string {
  const plain = (row: Row, one: Column) => (row[one.key] === undefined ? null : plainCell(row[one.key], one))
  return `${JSON.stringify(
    rows.map((row) => Object.fromEntries(columns.map((one) => [one.key, plain(row, one)]))),
    undefined,
    2,
  )}\n`
}

const isText = ({ kind }: Column) => kind === 'text' || kind === 'name' || kind === 'day'

/**
 * For people: a table in fixed columns. Persian is read from the right, so there everything is flush right; in English
 * only numbers are.
 */
export function toTable(report: Report, { language, heading }: { language: Language; heading: string }): string {
  const { columns, rows, total, notes } = report
  const nothing = { fa: 'چیزی نیست', en: 'nothing' }[language]
  const shown = (row: Row) => columns.map((one) => shownCell(row[one.key], one, language))
  const totals = total
    ? [shown(total).map((cell, index) => totalCell(cell, { column: columns[index], total, language, index }))]
    : []
  const body = [...rows.map(shown), ...totals]
  const head = columns.map(({ title }) => title[language])
  const widths = head.map((title, index) => Math.max(...[title, ...body.map((cells) => cells[index] ?? '')].map(columnsOf)))
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, index) => {
        const column = columns[index]
        const blanks = ' '.repeat((widths[index] ?? 0) - columnsOf(cell))
        return language === 'en' && column && isText(column) ? cell + blanks : blanks + cell
      })
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('──')
  const lines = rows.length === 0 ? [nothing] : [lineOf(head), rule, ...rows.map(shown).map(lineOf)]
  if (total && rows.length > 0) lines.push(rule, ...totals.map(lineOf))
  return `${[heading, '', ...lines, ...notes.map((note) => `\n${note[language]}`)].join('\n')}\n`
}

/** Under the names stands «جمع»; where there is no sum, nothing. */
function totalCell(cell: string, given: { column: Column | undefined; total: Row; language: Language; index: number }): string {
  const { column, total, language, index } = given
  if (index === 0) return { fa: 'جمع', en: 'total' }[language]
  return column === undefined || total[column.key] === undefined ? '' : cell
}
