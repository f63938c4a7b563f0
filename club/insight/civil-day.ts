import { civilTime, formatCivilDay, jalaliOf, type Weekday, weekdayOf } from '#programme/calendar.ts'

/** Reports go by Tehran's days, whatever zone the rules mean. */
const zone = 'Asia/Tehran'

/** Whole days since 1970 of an instant (ISO 8601). */
export const dayNumber = (instant: string): number => civilTime(Date.parse(instant), zone).day

/** `2026-11-21`. */
export const dayOf = (instant: string): string => formatCivilDay(dayNumber(instant), 'gregorian')

/** Weekday and hour (0 to 23) of an instant. */
export function hourOf(instant: string): { weekday: Weekday; hour: number } {
  const { day, minute } = civilTime(Date.parse(instant), zone)
  return { weekday: weekdayOf(day), hour: Math.floor(minute / 60) }
}

/** Jalali months since the year 0, so that they can be subtracted. */
export function monthNumber(instant: string): number {
  const { year, month } = jalaliOf(dayNumber(instant))
  return year * 12 + month - 1
}
