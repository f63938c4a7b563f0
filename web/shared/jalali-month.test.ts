import { describe, expect, it } from 'vitest'
import { dayNumberOf, isoDay, lastDayOf, presetRange, weeksOf } from './jalali-month.ts'

const day = (text: string) => dayNumberOf(text) ?? Number.NaN

describe('a month in the picker', () => {
  it('has its days in weeks that begin on Saturday', () => {
    // 1 Azar 1405 is Sunday, 22 November 2026.
    const weeks = weeksOf({ year: 1405, month: 9 }, 'jalali')
    expect(weeks[0]).toEqual([undefined, ...[0, 1, 2, 3, 4, 5].map((i) => day('2026-11-22') + i)])
    expect(weeks.flat().filter((one) => one !== undefined)).toHaveLength(30)
    expect(weeks.every((week) => week.length === 7)).toBe(true)
  })

  it('ends Esfand on the 30th in a leap year only', () => {
    expect(isoDay(lastDayOf({ year: 1403, month: 12 }, 'jalali'))).toBe('2025-03-20')
    expect(weeksOf({ year: 1403, month: 12 }, 'jalali').flat().filter(Number.isInteger)).toHaveLength(30)
    expect(weeksOf({ year: 1404, month: 12 }, 'jalali').flat().filter(Number.isInteger)).toHaveLength(29)
  })

  it('shows a Gregorian month to those who read English', () => {
    const days = weeksOf({ year: 2026, month: 11 }, 'gregorian').flat().filter(Number.isInteger)
    expect([days.length, isoDay(days[0] ?? 0), isoDay(days.at(-1) ?? 0)]).toEqual([30, '2026-11-01', '2026-11-30'])
  })
})

describe('ranges that have a name', () => {
  const today = day('2026-11-22')
  it.each([
    ['today', '2026-11-22', '2026-11-22'],
    ['last7', '2026-11-16', '2026-11-22'],
    ['last30', '2026-10-24', '2026-11-22'],
    ['thisMonth', '2026-11-22', '2026-11-22'],
    ['lastMonth', '2026-10-23', '2026-11-21'],
    ['thisYear', '2026-03-21', '2026-11-22'],
  ] as const)('%s is %s to %s on 1 Azar 1405', (preset, from, to) => {
    expect(presetRange(preset, today)).toEqual({ from, to })
  })
})
