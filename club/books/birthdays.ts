import { anniversaryIn, originOf } from '#programme/anniversary.ts'
import { civilTime, gregorianOf, instantOf, jalaliOf } from '#programme/calendar.ts'
import { compile } from '#programme/compiled.ts'
import type { Books } from './context.ts'
import { profileOf } from './persons.ts'

/**
 * When a member's next birthday after an instant begins. Undefined where no rule is about birthdays, so that nothing of
 * the profile stands outside it that nobody asks for, or where the profile names none.
 */
export function nextBirthday(books: Books, memberid: string, after: string): string | undefined {
  const { timeZone, occasions } = compile(books.programmeOf(undefined, after))
  if (!occasions.has('birthday')) return undefined
  const { birthday } = profileOf(books, memberid)
  const origin = birthday === undefined ? undefined : originOf(birthday)
  if (!origin) return undefined
  const { day } = civilTime(Date.parse(after), timeZone)
  const { year } = (origin.calendar === 'jalali' ? jalaliOf : gregorianOf)(day)
  const next = [year, year + 1].map((one) => anniversaryIn(origin, one)).find((one) => one > day)
  return next === undefined ? undefined : new Date(instantOf(next, 0, timeZone)).toISOString()
}
