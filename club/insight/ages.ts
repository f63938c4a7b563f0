import { jalaliOf, parseCivilDay } from '#programme/calendar.ts'
import { dayNumber } from './civil-day.ts'

/** Where each band of ages begins. */
const begins = [0, 18, 25, 35, 45, 55, 65] as const

/** The age band of somebody at an instant: `25-34`, `65+`; undefined where the birthday is no date or not over yet. */
export function ageBand(birthday: string, at: string): string | undefined {
  const born = parseCivilDay(birthday)
  if (born === undefined) return undefined
  const [birth, today] = [jalaliOf(born), jalaliOf(dayNumber(at))]
  const hadBirthday = today.month > birth.month || (today.month === birth.month && today.day >= birth.day)
  const age = today.year - birth.year - (hadBirthday ? 0 : 1)
  const index = begins.findLastIndex((from) => age >= from)
  const from = begins[index]
  if (from === undefined) return undefined
  const next = begins[index + 1]
  return next === undefined ? `${from}+` : `${from}-${next - 1}`
}
