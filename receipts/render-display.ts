import type { DisplayContent } from '#protocol/receipt.ts'
import type { ReceiptField } from '#protocol/receipt-fields.ts'
import type { LabelledValue, Value } from '#protocol/values.ts'
import { formatValue } from './format.ts'

export interface DisplayOptions {
  columns: number
  rows: number
  timeZone: string
}

/** What a customer wants to see first, where there is no room for all. */
const importance: readonly string[] = [
  'payable',
  'credit-earned',
  'credit-expected',
  'credit-revoked',
  'balance',
  'discount',
  'total',
] satisfies ReceiptField[]

/**
 * What a small customer display shows: exactly `rows` strings of at most `columns` printable ASCII characters, in English
 * with ASCII digits, because such displays have no Persian letters. The most important rows come first; the title
 * stands above them where a line is left, and alone it may wrap.
 */
export function renderDisplay(content: DisplayContent, options: DisplayOptions): string[] {
  const { columns, rows } = options
  const chosen = mostImportant(content.rows, rows)
  const values = chosen.map((row) => displayRow(row, options))
  const title = wrapCut(ascii(content.title.en), columns, rows - values.length)
  const lines = [...title, ...values]
  return [...lines, ...Array.from({ length: rows - lines.length }, () => '')]
}

/** The first `count` by importance, in the order in which the content has them. */
function mostImportant(rows: readonly LabelledValue[], count: number): LabelledValue[] {
  const rank = (row: LabelledValue): number => {
    const index = importance.indexOf(row.field)
    return index === -1 ? importance.length : index
  }
  const chosen = new Set([...rows].sort((a, b) => rank(a) - rank(b)).slice(0, count))
  return rows.filter((row) => chosen.has(row))
}

/**
 * The value at the right, never cut where it fits alone. The label gives way first: its last words say most
 * (`Credit balance` → `Balance`). Then the currency does (`1,234,567 T`). A word is never cut: no label is left at last.
 */
function displayRow({ label, value }: LabelledValue, { columns, timeZone }: DisplayOptions): string {
  const whole = ascii(compactValue(value, timeZone)).slice(0, columns)
  for (const shown of value.kind === 'money' ? [whole, withUnitLetter(whole)] : [whole]) {
    const short = shortLabel(ascii(label.en).trim(), columns - shown.length - 1)
    if (short !== '') return short + shown.padStart(columns - short.length)
  }
  return whole.padStart(columns)
}

/** As many of the last words as there is room for. */
function shortLabel(label: string, room: number): string {
  const words = label.split(' ')
  while (words.length > 0 && words.join(' ').length > room) words.shift()
  const short = words.join(' ')
  return short.charAt(0).toUpperCase() + short.slice(1)
}

/** `20,000 toman` → `20,000 T` */
const withUnitLetter = (money: string): string =>
  money.replace(/ ([a-z])[a-z]*$/, (_unit, letter: string) => ` ${letter.toUpperCase()}`)

/** Dates as `2026-11-21 12:34`: the long form does not fit 20 columns. */
function compactValue(value: Value, timeZone: string): string {
  if (value.kind === 'date') return value.date
  if (value.kind !== 'instant') return formatValue(value, { language: 'en', timeZone, digits: 'ascii' })
  // Swedish writes the ISO order.
  return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone }).format(new Date(value.instant))
}

const lookalikes: Record<string, string> = {
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '–': '-',
  '—': '-',
  '−': '-',
  '×': 'x',
  '…': '...',
  '٪': '%',
}

const ascii = (text: string): string =>
  text
    .replace(/[“”‘’–—−×…٪]/g, (character) => lookalikes[character] ?? '?')
    .normalize('NFKD')
    .replace(/[\p{Mn}\p{Cf}]/gu, '')
    .replace(/[^\x20-\x7e]/gu, '?')

/** At most `count` lines, broken at blanks; what does not fit is left out. */
function wrapCut(text: string, columns: number, count: number): string[] {
  const lines: string[] = []
  let rest = text.trim()
  while (rest !== '' && lines.length < count) {
    const whole = rest.length <= columns
    const blank = rest.lastIndexOf(' ', columns)
    const end = whole ? rest.length : blank > 0 ? blank : columns
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return lines
}
