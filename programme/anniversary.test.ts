import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anniversaryIn, daysFromAnniversary, originOf, yearsAt } from './anniversary.ts'
import { dayOfGregorian, dayOfJalali, formatCivilDay, parseCivilDay } from './calendar.ts'

const on = (text: string, year: number) => {
  const origin = originOf(text)
  return origin && formatCivilDay(anniversaryIn(origin, year), origin.calendar)
}
const dayOf = (text: string) => parseCivilDay(text) ?? Number.NaN

describe('a birthday', () => {
  it('of 30 Esfand or 29 February comes a day early in years that have no such day', () => {
    expect([on('1399-12-30', 1403), on('1399-12-30', 1404)]).toEqual(['1403-12-30', '1404-12-29'])
    expect([on('2000-02-29', 2024), on('2000-02-29', 2026)]).toEqual(['2024-02-29', '2026-02-28'])
    expect(on('1370-07-15', 1405)).toBe('1405-07-15')
    expect(originOf('1404-12-30'), 'a day that never was').toBeUndefined()
  })

  it('makes somebody a year older on the very day', () => {
    const born = originOf('1380-05-10')
    if (!born) throw new Error('this is a date')
    expect([dayOf('1405-05-09'), dayOf('1405-05-10'), dayOf('1379-01-01')].map((day) => yearsAt(born, day))).toEqual([24, 25, -2])
  })

  it('is near also over the turn of the year, and the day of birth itself is none', () => {
    const from = (text: string, day: string) => {
      const origin = originOf(text)
      return origin && daysFromAnniversary(origin, dayOf(day))
    }
    expect(from('1370-12-28', '1405-01-02')).toBe(3)
    expect(from('1370-01-02', '1404-12-29')).toBe(-2)
    expect(from('1405-03-01', '1405-03-01')).toBeUndefined()
    expect(from('1405-03-01', '1406-03-01')).toBe(0)
  })

  it('comes once in every year, within half a year of any day, whichever calendar it is in', () => {
    const days = fc.integer({ min: dayOfJalali(1310, 1, 1), max: dayOfJalali(1400, 1, 1) })
    const later = fc.integer({ min: dayOfGregorian(2023, 1, 1), max: dayOfGregorian(2080, 1, 1) })
    fc.assert(
      fc.property(days, later, fc.constantFrom('jalali' as const, 'gregorian' as const), (born, day, calendar) => {
        const origin = originOf(formatCivilDay(born, calendar))
        if (!origin) throw new Error('every day has a date')
        const distance = daysFromAnniversary(origin, day)
        expect(distance).toBeDefined()
        const age = yearsAt(origin, day)
        expect(yearsAt(origin, day - (distance ?? 0))).toBe(yearsAt(origin, day - (distance ?? 0) - 1) + 1)
        expect(Math.abs((day - born) / 365.2425 - age - 0.5)).toBeLessThan(0.51)
      }),
      { numRuns: 1_000 },
    )
  })
})
