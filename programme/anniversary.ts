import { type CivilDate, dayOfGregorian, dayOfJalali, gregorianOf, jalaliOf, parseCivilDay } from './calendar.ts'

/** A day that comes back every year, in the calendar in which it was written. */
export interface Origin {
  calendar: 'jalali' | 'gregorian'
  date: CivilDate
}

/** The day that a date such as `1370-12-30` or `1992-02-29` means every year; undefined where it is no date. */
export function originOf(text: string): Origin | undefined {
  const day = parseCivilDay(text)
  if (day === undefined) return undefined
  return Number(text.slice(0, 4)) < 1_700
    ? { calendar: 'jalali', date: jalaliOf(day) }
    : { calendar: 'gregorian', date: gregorianOf(day) }
}

/** The civil day on which a year of its calendar has it: 30 Esfand and 29 February come a day early in short years. */
export function anniversaryIn({ calendar, date }: Origin, year: number): number {
  const day = (calendar === 'jalali' ? dayOfJalali : dayOfGregorian)(year, date.month, date.day)
  return dateIn(calendar, day).day === date.day ? day : day - 1
}

const dateIn = (calendar: Origin['calendar'], day: number) => (calendar === 'jalali' ? jalaliOf : gregorianOf)(day)

/** Whole years from the origin to a civil day; negative before it. */
export function yearsAt(origin: Origin, day: number): number {
  const { year } = dateIn(origin.calendar, day)
  return year - origin.date.year - (day < anniversaryIn(origin, year) ? 1 : 0)
}

/**
 * Civil days from the anniversary nearest to `day` until `day`: negative ahead of it, 0 on it, positive after it. The
 * origin itself is none; undefined where there has been none yet and the first is over half a year off.
 */
export function daysFromAnniversary(origin: Origin, day: number): number | undefined {
  const { year } = dateIn(origin.calendar, day)
  let nearest: number | undefined
  for (const one of [year - 1, year, year + 1]) {
    if (one <= origin.date.year) continue
    const distance = day - anniversaryIn(origin, one)
    if (Math.abs(distance) <= 183 && (nearest === undefined || Math.abs(distance) < Math.abs(nearest))) nearest = distance
  }
  return nearest
}
