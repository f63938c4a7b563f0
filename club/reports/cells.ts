import { formatCivilDay, parseCivilDay } from '#programme/calendar.ts'
import { type Language, toPersianDigits } from '#protocol/text.ts'
import { formatValue } from '#receipts/format.ts'
import type { Cell, Column, ColumnKind } from './report.ts'

/** A cell as files have it: no grouping, ASCII digits, a dot; shares in percent. Nothing: empty. */
export function plainCell(cell: Cell, { kind }: Pick<Column, 'kind'>): string | number {
  if (cell === undefined) return ''
  if (typeof cell === 'object') return cell.key
  if (typeof cell === 'string') return cell
  const divisor = divisors[kind]
  return divisor === undefined ? cell : cell / divisor
}

/** What a number of a kind is divided by for people. */
const divisors: Partial<Record<ColumnKind, number>> = { quantity: 1_000, share: 100, ratio: 100 }

/** A cell as people read it. */
export function shownCell(cell: Cell, { kind }: Pick<Column, 'kind'>, language: Language): string {
  if (cell === undefined) return language === 'fa' ? '—' : '-'
  if (typeof cell === 'object') return cell.text[language]
  if (typeof cell === 'string') {
    if (kind === 'day') return shownDay(cell, language)
    // Codes of stores and products stay as they are written elsewhere.
    return language === 'fa' && /^[\d+:/-]+$/.test(cell) && kind !== 'text' ? toPersianDigits(cell) : cell
  }
  const options = { language, timeZone: 'Asia/Tehran', digits: 'native' } as const
  if (kind === 'share') return formatValue({ kind: 'percent', basisPoints: cell }, options)
  return formatValue({ kind: 'number', number: cell / (divisors[kind] ?? 1) }, options)
}

/** `۱۴۰۵/۰۸/۳۰` in Persian, `2026-11-21` in English. */
function shownDay(day: string, language: Language): string {
  if (language === 'en') return day
  const number = parseCivilDay(day)
  return number === undefined ? day : toPersianDigits(formatCivilDay(number, 'jalali').replaceAll('-', '/'))
}
