import { signal } from '@preact/signals'
import type { MoneyShown } from '#protocol/values.ts'
import { formatValue } from '#receipts/format.ts'
import { language } from './language.ts'

/** How this club shows money; its server says so. */
export const moneyShown = signal<MoneyShown>('toman')
export const currency = signal('IRR')

/** Stores and people read the same clock wherever a browser stands. */
const timeZone = 'Asia/Tehran'

const options = () => ({ language: language.value, timeZone, digits: 'native' as const })

export const count = (number: number): string => formatValue({ kind: 'number', number }, options())

/** From the smallest unit (rials), with its unit: «۱۲٬۰۰۰ تومان». */
export const money = (amount: number): string =>
  formatValue({ kind: 'money', amount, currency: currency.value, shown: moneyShown.value }, options())

/** «۱۲٬۰۰۰», where the unit stands once above a column. */
export const plainMoney = (amount: number): string => money(amount).replace(/ [^ ]+$/, '')

/** «تومان» */
export const moneyUnit = (): string => money(0).replace(/^[^ ]+ /, '')

/** «+۱۲٬۰۰۰ تومان»: the sign stands before the figure in both directions. */
export const signedMoney = (amount: number): string => `${amount > 0 ? '\u200e+' : ''}${money(amount)}`

/** From basis points. */
export const percent = (basisPoints: number): string => formatValue({ kind: 'percent', basisPoints }, options())

/** «۳۰ آبان ۱۴۰۵، ۱۲:۳۴» of an ISO 8601 instant. */
export const instant = (iso: string): string => formatValue({ kind: 'instant', instant: iso }, options())

/** «۳۰ آبان ۱۴۰۵» of `2026-11-21`. */
export const day = (date: string): string => formatValue({ kind: 'date', date }, options())

/** Making an Intl formatter costs about a millisecond. */
const formatters = new Map<string, Intl.DateTimeFormat>()
function dateFormat(name: string, format: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = language.value === 'fa' ? 'fa-IR-u-ca-persian-nu-arabext' : 'en-GB-u-ca-gregory'
  const key = `${name} ${locale}`
  const made = formatters.get(key) ?? new Intl.DateTimeFormat(locale, { timeZone, ...format })
  formatters.set(key, made)
  return made
}

/** «۱۲:۳۴:۵۶», for lists of what happens now. */
export const clock = (iso: string): string =>
  dateFormat('clock', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(new Date(iso))

/** «۱۲:۳۴» */
export const minute = (iso: string): string =>
  dateFormat('minute', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(iso))

/** «۳۰ آبان» of `2026-11-21`, where the year is plain. */
export const dayOfYear = (date: string): string =>
  dateFormat('day of year', { day: 'numeric', month: 'short' }).format(new Date(`${date}T08:00:00Z`))

/** «۳۰ آبان، ۱۲:۳۴»: narrow columns. */
export const shortInstant = (iso: string): string =>
  `${dateFormat('day of year', { day: 'numeric', month: 'short' }).format(new Date(iso))}${language.value === 'fa' ? '،' : ','} ${minute(iso)}`

const relative = new Map<string, Intl.RelativeTimeFormat>()

/** «۵ دقیقه پیش», from the milliseconds that have passed. */
export function ago(passedMs: number): string {
  const locale = language.value === 'fa' ? 'fa-IR' : 'en-GB'
  const format = relative.get(locale) ?? new Intl.RelativeTimeFormat(locale, { numeric: 'always' })
  relative.set(locale, format)
  const seconds = Math.max(0, Math.round(passedMs / 1_000))
  if (seconds < 60) return format.format(-seconds, 'second')
  if (seconds < 3_600) return format.format(-Math.floor(seconds / 60), 'minute')
  if (seconds < 86_400) return format.format(-Math.floor(seconds / 3_600), 'hour')
  return format.format(-Math.floor(seconds / 86_400), 'day')
}

const units = ['B', 'kB', 'MB', 'GB'] as const
const unitsFa = { B: 'بایت', kB: 'کیلوبایت', MB: 'مگابایت', GB: 'گیگابایت' } as const

export function bytes(number: number): string {
  const step = Math.min(units.length - 1, number < 1 ? 0 : Math.floor(Math.log10(number) / 3))
  const unit = units[step] ?? 'B'
  const figure = Math.round((number / 1_000 ** step) * 10) / 10
  return `${count(figure)} ${language.value === 'fa' ? unitsFa[unit] : unit}`
}
