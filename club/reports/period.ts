import { dayOfJalali, formatCivilDay, jalaliOf, parseCivilDay } from '#programme/calendar.ts'
import { normaliseText } from '#protocol/text.ts'
import { VafaError } from '#runtime/errors.ts'
import { dayNumber } from '../insight/civil-day.ts'

const iso = (day: number): string => formatCivilDay(day, 'gregorian')
const dayIn = (day: string): number => parseCivilDay(day) ?? 0

/**
 * A day as people write it: Jalali (every year before 1700) or Gregorian, in any digits, with - or /; a month or a day
 * may be of one digit. Gives `2026-11-21`; throws a `VafaError` that names the option.
 */
export function readDay(text: string, option: string): string {
  const [year = '', month = '', day = '', ...more] = normaliseText(text).split(/[-/]/)
  const given = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const number = more.length > 0 ? undefined : parseCivilDay(given)
  if (number !== undefined) return iso(number)
  throw new VafaError({
    key: 'usage.day',
    message: `${option} ${text.slice(0, 40)} is no day`,
    hint: 'write it as 1405-08-30 (Jalali) or 2026-11-21, with a day that its month has',
  })
}

/** The period that is asked for; where nobody says, whole Jalali months until today. Throws where it ends before it begins. */
export function readPeriod(given: { from?: string; to?: string; now: string; months: number }): { from: string; to: string } {
  const { now, months } = given
  if (months === 0 && (given.from !== undefined || given.to !== undefined))
    throw new VafaError({
      key: 'usage.period',
      message: 'this report is about members as they are now: it has no period',
      hint: 'leave --from and --to out',
    })
  const to = given.to === undefined ? iso(dayNumber(now)) : readDay(given.to, '--to')
  const from = given.from === undefined ? firstOfMonth(to, Math.max(0, months - 1)) : readDay(given.from, '--from')
  if (from > to)
    throw new VafaError({
      key: 'usage.period',
      message: `the period ends on ${to} before it begins on ${from}`,
      hint: 'give --from the earlier day and --to the later one',
    })
  return { from, to }
}

/** The first day of a day's Jalali month, or of the one so many months before it. */
function firstOfMonth(day: string, monthsBefore: number): string {
  const { year, month } = jalaliOf(dayIn(day))
  const index = year * 12 + month - 1 - monthsBefore
  return iso(dayOfJalali(Math.floor(index / 12), (index % 12) + 1, 1))
}

/** The first day of the period that a day is in: weeks begin on Saturday, months are Jalali. */
export function periodOf(by: 'day' | 'week' | 'month'): (day: string) => string {
  if (by === 'day') return (day) => day
  if (by === 'month') return (day) => firstOfMonth(day, 0)
  return (day) => {
    const number = dayIn(day)
    return iso(number - ((((number + 5) % 7) + 7) % 7))
  }
}
