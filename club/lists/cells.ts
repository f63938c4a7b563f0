import { formatCivilDay, instantOf, parseCivilDay } from '#programme/calendar.ts'
import type { Localised } from '#protocol/text.ts'

/** What is wrong with one cell. */
export class CellFault extends Error {
  readonly reason: Localised
  constructor(reason: Localised) {
    super(reason.en)
    this.reason = reason
  }
}

const fault = (fa: string, en: string) => new CellFault({ fa, en })

/** The civil day of `1370/1/5`, `1991-03-25` or either with a time after it; years before 1700 are Jalali. */
function dayOf(text: string): number {
  const match = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T].*)?$/.exec(text)
  const [, year = '', month = '', day = ''] = match ?? []
  const found = match && parseCivilDay(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`)
  if (found === undefined || found === null) throw fault(`«${text}» تاریخ نیست`, `“${text}” is no date`)
  return found
}

/** `YYYY-MM-DD`, Gregorian. */
export const dateCell = (text: string): string => formatCivilDay(dayOf(text), 'gregorian')

/** The beginning of that day in Tehran (ISO 8601). */
export const instantCell = (text: string): string => new Date(instantOf(dayOf(text), 0, 'Asia/Tehran')).toISOString()

/** A whole number, thousands apart or not. `factor`: what one of it is worth. */
export function wholeCell(text: string, { factor = 1, least }: { factor?: number; least: number }): number {
  const plain = text.replace(/[,٬،\s]/g, '').replace(/^−/, '-')
  const number = /^-?\d{1,15}(?:\.0*)?$/.test(plain) ? Number(plain) * factor : Number.NaN
  if (Number.isSafeInteger(number) && number >= least) return number
  throw fault(`«${text}» عدد درستی نیست`, `“${text}” is not a whole number${least >= 0 ? ` from ${least}` : ''}`)
}

/** `9`, `9.5`, `10%`, `٪۱۰` → basis points. */
export function percentCell(text: string): number {
  const match = /^[%٪]?\s*(\d{1,3})(?:[./٫](\d{1,2}))?\s*[%٪]?$/.exec(text)
  const basisPoints = match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : Number.NaN
  if (basisPoints <= 10_000) return basisPoints
  throw fault(`«${text}» درصد نیست`, `“${text}” is no percentage`)
}

/** One of a few words, in Persian or English. */
export function wordCell<Word extends string>(text: string, words: Readonly<Record<string, Word>>): Word {
  const found = words[text.toLowerCase()]
  if (found !== undefined) return found
  const known = Object.keys(words).join(', ')
  throw fault(`«${text}» شناخته نیست؛ یکی از این‌ها: ${known}`, `“${text}” is not known; one of: ${known}`)
}

export function textCell(text: string, most: number): string {
  if (text.length <= most) return text
  throw fault(`«${text.slice(0, 20)}…» از ${most} نویسه بلندتر است`, `“${text.slice(0, 20)}…” is longer than ${most} characters`)
}

export const missing = (column: string) => fault(`ستون ${column} خالی است`, `the column ${column} is empty`)
export const wrongMobile = (text: string) =>
  fault(`«${text}» شمارهٔ موبایل نیست`, `“${text}” is no mobile: 09123456789 or +989123456789`)
