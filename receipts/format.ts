import type { Language } from '#protocol/text.ts'
import type { MoneyShown, Value } from '#protocol/values.ts'

/** `native`: the language's own digits (Persian in fa); `ascii`: 0–9 whatever the language. */
export type Digits = 'native' | 'ascii'

export interface FormatOptions {
  language: Language
  /** IANA name, such as `Asia/Tehran`. */
  timeZone: string
  digits: Digits
}

const unitNames: Record<MoneyShown, Record<Language, string>> = {
  rial: { fa: 'ریال', en: 'rial' },
  toman: { fa: 'تومان', en: 'toman' },
}

/** The locale of numbers: English in ASCII digits looks the same in both languages. */
const localeOf = ({ language, digits }: FormatOptions): string => (language === 'fa' && digits === 'native' ? 'fa-IR' : 'en-GB')

/** Making an Intl formatter costs about a millisecond; there are only a few different ones. */
const formatters = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>()

function cached<T extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => T): T {
  const known = formatters.get(key) as T | undefined
  if (known) return known
  const made = make()
  formatters.set(key, made)
  return made
}

function formatNumber(number: number | `${number}`, options: FormatOptions): string {
  const locale = localeOf(options)
  return cached(`number ${locale}`, () => new Intl.NumberFormat(locale, { maximumFractionDigits: 6 })).format(number)
}

/** A tenth as a decimal string: dividing would lose the last rials of amounts beyond 2⁵⁰. */
function toman(rials: number): `${number}` {
  const digits = String(Math.abs(rials)).padStart(2, '0')
  return `${rials < 0 ? '-' : ''}${digits.slice(0, -1)}.${digits.slice(-1)}` as `${number}`
}

/** Composed here: Intl would print IRR with the unit first and give the toman two decimals. */
function formatMoney(money: Extract<Value, { kind: 'money' }>, options: FormatOptions): string {
  if (money.currency !== 'IRR') return `${formatNumber(money.amount, options)} ${money.currency}`
  const shown = money.shown === 'toman' ? toman(money.amount) : money.amount
  return `${formatNumber(shown, options)} ${unitNames[money.shown][options.language]}`
}

function formatPercent(basisPoints: number, options: FormatOptions): string {
  const locale = localeOf(options)
  const make = () => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 })
  return cached(`percent ${locale}`, make).format(basisPoints / 10_000)
}

/** `long` dates only: with a weekday, Intl's Persian order is odd. Persian reads the Jalali calendar, English the Gregorian. */
function formatDate(instant: Date, { language, digits, timeZone }: FormatOptions): string {
  const persian = `fa-IR-u-ca-persian-nu-${digits === 'native' ? 'arabext' : 'latn'}`
  const locale = language === 'fa' ? persian : 'en-GB-u-ca-gregory'
  return cached(`date ${locale} ${timeZone}`, () => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone })).format(
    instant,
  )
}

function formatTime(instant: Date, options: FormatOptions): string {
  const { timeZone } = options
  const locale = localeOf(options)
  const make = () => new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone })
  return cached(`time ${locale} ${timeZone}`, make).format(instant)
}

const leftToRightIsolate = '\u2066'
const firstStrongIsolate = '\u2068'
const popIsolate = '\u2069'

/**
 * A value as people read it: «۱۲٬۰۰۰ ریال», «۳۰ آبان ۱۴۰۵، ۱۲:۳۴», `12,000 rial`. Toman shows the odd rials as a decimal,
 * so nothing is lost. In Persian a code stands in an isolate, so that it keeps its own direction.
 */
export function formatValue(value: Value, options: FormatOptions): string {
  switch (value.kind) {
    case 'money':
      return formatMoney(value, options)
    case 'number':
      return formatNumber(value.number, options)
    case 'percent':
      return formatPercent(value.basisPoints, options)
    case 'instant': {
      const instant = new Date(value.instant)
      const comma = options.language === 'fa' ? '،' : ','
      return `${formatDate(instant, options)}${comma} ${formatTime(instant, options)}`
    }
    case 'date':
      return formatDate(new Date(`${value.date}T00:00:00Z`), { ...options, timeZone: 'UTC' })
    case 'text':
      return value.text[options.language]
    case 'code':
      return options.language === 'fa' ? `${leftToRightIsolate}${value.code}${popIsolate}` : value.code
  }
}

/** «اسپرسو × ۲»: the name stands in an isolate, so that one in the other script does not turn the line around. */
export function formatItem(item: { name: string; quantity: number }, options: FormatOptions): string {
  return `${firstStrongIsolate}${item.name}${popIsolate} × ${formatNumber(item.quantity, options)}`
}
