/**
 * Civil time for the rules, by arithmetic of its own: what was decided once must be decided the same again, also on a
 * machine with another time-zone database. Checked against Intl in the test beside it.
 *
 * A day is a whole number: days since 1970-01-01.
 */
export const timeZones = ['Asia/Tehran', 'UTC'] as const
export type TimeZone = (typeof timeZones)[number]

const minuteMs = 60_000
const dayMs = 86_400_000
const tehranMs = 210 * minuteMs
const summerMs = 60 * minuteMs

/** The civil day and the minute of that day at an instant (milliseconds since 1970). */
export function civilTime(instantMs: number, zone: TimeZone): { day: number; minute: number } {
  const local = instantMs + offsetMs(instantMs, zone)
  const day = Math.floor(local / dayMs)
  return { day, minute: Math.floor((local - day * dayMs) / minuteMs) }
}

/** The instant at which a civil day reaches a minute. */
export function instantOf(day: number, minute: number, zone: TimeZone): number {
  const local = day * dayMs + minute * minuteMs
  const winter = local - (zone === 'UTC' ? 0 : tehranMs)
  const summer = winter - summerMs
  return offsetMs(summer, zone) === local - summer ? summer : winter
}

/**
 * Iran has had no summer time since 1401. From 1387 to 1401 it ran from the end of 1 Farvardin to the end of
 * 30 Shahrivar (tzdata, asia, rule Iran); instants before 1385 (2006) are taken as winter time.
 */
function offsetMs(instantMs: number, zone: TimeZone): number {
  if (zone === 'UTC') return 0
  const year = jalaliOf(Math.floor((instantMs + tehranMs) / dayMs)).year
  if (year < 1387 || year > 1401) return tehranMs
  const begins = dayOfJalali(year, 1, 2) * dayMs - tehranMs
  const ends = dayOfJalali(year, 6, 31) * dayMs - tehranMs - summerMs
  return instantMs >= begins && instantMs < ends ? tehranMs + summerMs : tehranMs
}

/** Saturday first, as the week goes in Iran. */
export const weekdays = ['saturday', 'sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const
export type Weekday = (typeof weekdays)[number]

/** 1970-01-01 was a Thursday. */
export const weekdayOf = (day: number): Weekday => weekdays[(((day + 5) % 7) + 7) % 7] ?? 'saturday'

export interface CivilDate {
  year: number
  month: number
  day: number
}

/** 1 Farvardin of the year 1, by the 33-year rule. */
const jalaliEpoch = -492_268

const yearStart = (year: number) => jalaliEpoch + 365 * (year - 1) + Math.floor((8 * year + 21) / 33)

/** By the rule of 8 leap years in 33, which is the official calendar of every year from 1210 to 1500. */
export function dayOfJalali(year: number, month: number, day: number): number {
  return yearStart(year) + (month <= 7 ? (month - 1) * 31 : 186 + (month - 7) * 30) + day - 1
}

export function jalaliOf(day: number): CivilDate {
  const year = 1 + Math.floor((33 * (day - jalaliEpoch) + 3) / 12_053)
  const within = day - yearStart(year)
  const month = within < 186 ? Math.floor(within / 31) : 6 + Math.floor((within - 186) / 30)
  return { year, month: month + 1, day: within - (month < 6 ? month * 31 : 186 + (month - 6) * 30) + 1 }
}

/** Date.UTC is arithmetic, the same everywhere; it knows nothing of this machine's zone. */
export const dayOfGregorian = (year: number, month: number, day: number): number =>
  Math.floor(Date.UTC(year, month - 1, day) / dayMs)

export function gregorianOf(day: number): CivilDate {
  const date = new Date(day * dayMs)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

const pattern = /^(\d{4})-(\d{2})-(\d{2})$/

/** A date as people write it in a programme: `2026-03-21`, or Jalali `1405-01-01` (every year before 1700 is Jalali). */
export function parseCivilDay(text: string): number | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const [year = 0, month = 0, day = 0] = match.slice(1).map(Number)
  if (year < 1300 || (year > 1500 && year < 1900) || year > 2120) return undefined
  const jalali = year < 1700
  const result = jalali ? dayOfJalali(year, month, day) : dayOfGregorian(year, month, day)
  return text === formatCivilDay(result, jalali ? 'jalali' : 'gregorian') ? result : undefined
}

export function formatCivilDay(day: number, calendar: 'jalali' | 'gregorian'): string {
  if (calendar === 'gregorian') return new Date(day * dayMs).toISOString().slice(0, 10)
  const date = jalaliOf(day)
  return `${date.year}-${String(date.month).padStart(2, '0')}-${String(date.day).padStart(2, '0')}`
}

/** Minutes of the day of `06:30`; `24:00` is the end of the day. */
export function parseClock(text: string): number | undefined {
  const match = /^(\d{2}):(\d{2})$/.exec(text)
  if (!match) return undefined
  const [hours = 0, minutes = 0] = match.slice(1).map(Number)
  const total = hours * 60 + minutes
  return minutes < 60 && total <= 1_440 ? total : undefined
}

export const formatClock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

/** Weeks begin on Saturday. */
export const weekIndexOf = (day: number): number => Math.floor((day + 5) / 7)

export type Period = 'day' | 'week' | 'month' | 'ever'

/** The period that a day is in, by name: months are Jalali, weeks begin on Saturday. */
export function periodOf(day: number, period: Period): string {
  if (period === 'ever') return 'ever'
  if (period === 'day') return formatCivilDay(day, 'gregorian')
  if (period === 'week') return `week-${weekIndexOf(day)}`
  return formatCivilDay(day, 'jalali').slice(0, 7)
}
