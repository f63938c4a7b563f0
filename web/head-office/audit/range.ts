import { instantOf } from '#programme/calendar.ts'
import { type DateRange, dayNumberOf } from '../../shared/jalali-month.ts'

/** The instants between which civil days of Iran lie. */
export function isoRange({ from, to }: DateRange): { from: string; to: string } {
  const start = (day: string, more: number) => new Date(instantOf((dayNumberOf(day) ?? 0) + more, 0, 'Asia/Tehran')).toISOString()
  return { from: start(from, 0), to: start(to, 1) }
}
