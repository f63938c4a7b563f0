import type { DisplayContent } from '#protocol/receipt.ts'
import type { ReceiptField } from '#protocol/receipt-fields.ts'
import type { Language } from '#protocol/text.ts'
import type { LabelledValue, Value } from '#protocol/values.ts'
import { formatValue } from './format.ts'

export interface DisplayOptions {
  columns: number
  rows: number
  timeZone: string
  /** `en`, where it is left out: most such displays have no Persian letters. */
  language?: Language
}

/** What a customer wants to see first, where there is no room for all. */
const importance: readonly string[] = [
  'payable',
  'credit-earned',
  'credit-expected',
  'credit-revoked',
  'balance',
  'balance-known',
  'balance-usable',
  'discount',
  'total',
] satisfies ReceiptField[]

/**
 * What a small customer display shows: exactly `rows` strings of at most `columns` characters. In English they are printable
 * ASCII; in Persian they come in the order in which they are read, label first. The most important rows come first; the
 * title stands above them where a line is left, and alone it may wrap.
 */
export function renderDisplay(content: DisplayContent, options: DisplayOptions): string[] {
  const { columns, rows, language = 'en' } = options
  const chosen = mostImportant(content.rows, rows)
  const values = chosen.map((row) => displayRow(row, options))
  const title = wrapCut(shownText(content.title[language], language), columns, rows - values.length)
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
function displayRow({ label, value }: LabelledValue, { columns, timeZone, language = 'en' }: DisplayOptions): string {
  const whole = shownText(compactValue(value, { timeZone, language }), language).slice(0, columns)
  for (const shown of value.kind === 'money' ? [whole, withUnitLetter(whole)] : [whole]) {
    const short = shortLabel(shownText(label[language], language).trim(), { room: columns - shown.length - 1, language })
    if (short !== '') return short + shown.padStart(columns - short.length)
  }
  return whole.padStart(columns)
}

/** As many words as there is room for: of English the last, of Persian the first, which say most. */
function shortLabel(label: string, { room, language }: { room: number; language: Language }): string {
  const words = label.split(' ')
  while (words.length > 0 && words.join(' ').length > room) language === 'en' ? words.shift() : words.pop()
  const short = words.join(' ')
  return short.charAt(0).toUpperCase() + short.slice(1)
}

/** `20,000 toman` → `20,000 T`, «۲۰٬۰۰۰ تومان» → «۲۰٬۰۰۰ ت» */
const withUnitLetter = (money: string): string =>
  money.replace(/ (\p{L})\p{L}*$/u, (_unit, letter: string) => ` ${letter.toUpperCase()}`)

/** Dates as `2026-11-21 12:34`, «۱۴۰۵/۸/۳۰, ۱۲:۳۴»: the long form does not fit 20 columns. */
function compactValue(value: Value, { timeZone, language }: { timeZone: string; language: Language }): string {
  if (value.kind !== 'instant' && value.kind !== 'date')
    return formatValue(value, { language, timeZone, digits: language === 'fa' ? 'native' : 'ascii' })
  if (language === 'fa') return jalali(value, timeZone)
  if (value.kind === 'date') return value.date
  // Swedish writes the ISO order.
  return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone }).format(new Date(value.instant))
}

function jalali(value: Extract<Value, { kind: 'instant' | 'date' }>, timeZone: string): string {
  const [at, time, zone] =
    value.kind === 'date' ? [`${value.date}T00:00:00Z`, {}, 'UTC'] : [value.instant, { timeStyle: 'short' } as const, timeZone]
  const format = new Intl.DateTimeFormat('fa-IR-u-ca-persian', { dateStyle: 'short', ...time, timeZone: zone })
  return format.format(new Date(at)).replace(/[،,]/g, '')
}

/** Without what takes no place on such a display: the half-space parts letters there as a blank does. */
const shownText = (text: string, language: Language): string =>
  language === 'en'
    ? ascii(text)
    : text
        .normalize('NFC')
        .replace(/\u200c/g, ' ')
        .replace(/[\p{Mn}\p{Cf}]/gu, '')
        .replace(/\p{Cc}/gu, '?')

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
