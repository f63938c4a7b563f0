import {
  civilTime,
  dayOfGregorian,
  dayOfJalali,
  formatCivilDay,
  gregorianOf,
  jalaliOf,
  parseCivilDay,
  weekIndexOf,
} from '#programme/calendar.ts'

export type Calendar = 'jalali' | 'gregorian'

/** A month on a calendar. Days are whole numbers since 1970-01-01, as in programme/calendar.ts. */
export interface Month {
  year: number
  month: number
}

const startOf = ({ year, month }: Month, calendar: Calendar) =>
  calendar === 'jalali' ? dayOfJalali(year, month, 1) : dayOfGregorian(year, month, 1)

export const monthOf = (day: number, calendar: Calendar): Month => {
  const { year, month } = calendar === 'jalali' ? jalaliOf(day) : gregorianOf(day)
  return { year, month }
}

export function addMonths({ year, month }: Month, more: number): Month {
  const index = year * 12 + month - 1 + more
  return { year: Math.floor(index / 12), month: (index % 12) + 1 }
}

export const firstDayOf = (month: Month, calendar: Calendar): number => startOf(month, calendar)
export const lastDayOf = (month: Month, calendar: Calendar): number => startOf(addMonths(month, 1), calendar) - 1

/** A month as weeks from Saturday to Friday; undefined is a place of another month. */
export function weeksOf(month: Month, calendar: Calendar): (number | undefined)[][] {
  const first = firstDayOf(month, calendar)
  const last = lastDayOf(month, calendar)
  // Weeks are counted from a Saturday.
  const saturday = weekIndexOf(first) * 7 - 5
  const weeks: (number | undefined)[][] = []
  for (let start = saturday; start <= last; start += 7)
    weeks.push(Array.from({ length: 7 }, (_, i) => (start + i < first || start + i > last ? undefined : start + i)))
  return weeks
}

export const dayNumberOf = (date: string): number | undefined => parseCivilDay(date)
/** `2026-11-21` */
export const isoDay = (day: number): string => formatCivilDay(day, 'gregorian')
/** The day in Iran at an instant (milliseconds since 1970). */
export const dayInIran = (instantMs: number): number => civilTime(instantMs, 'Asia/Tehran').day
/** The number that people write on that day. */
export const dayOfMonth = (day: number, calendar: Calendar): number =>
  calendar === 'jalali' ? jalaliOf(day).day : gregorianOf(day).day

/** Days are civil days of Iran, both ends included, as `2026-11-21`. */
export interface DateRange {
  from: string
  to: string
}

export type Preset = 'today' | 'last7' | 'last30' | 'thisMonth' | 'lastMonth' | 'thisYear'

/** What people mostly mean; months and years are Jalali whatever the language, since the club's are. */
export function presetRange(preset: Preset, today: number): DateRange {
  const range = (from: number, to: number): DateRange => ({ from: isoDay(from), to: isoDay(to) })
  const month = monthOf(today, 'jalali')
  switch (preset) {
    case 'today':
      return range(today, today)
    case 'last7':
      return range(today - 6, today)
    case 'last30':
      return range(today - 29, today)
    case 'thisMonth':
      return range(firstDayOf(month, 'jalali'), today)
    case 'lastMonth': {
      const before = addMonths(month, -1)
      return range(firstDayOf(before, 'jalali'), lastDayOf(before, 'jalali'))
    }
    case 'thisYear':
      return range(firstDayOf({ year: month.year, month: 1 }, 'jalali'), today)
  }
}
