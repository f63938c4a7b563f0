import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  civilTime,
  dayOfJalali,
  formatCivilDay,
  formatClock,
  instantOf,
  jalaliOf,
  parseCivilDay,
  parseClock,
  periodOf,
  weekdayOf,
} from './calendar.ts'

const clock = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Asia/Tehran',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
})
const jalali = new Intl.DateTimeFormat('en-US-u-ca-persian-nu-latn', {
  timeZone: 'UTC',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  weekday: 'long',
})
const partsOf = (format: Intl.DateTimeFormat, ms: number) =>
  Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]))
const instants = fc.integer({ min: Date.parse('2006-03-21T00:00:00Z'), max: Date.parse('2100-01-01T00:00:00Z') })

describe('civil time in Tehran', () => {
  it('is what the time-zone database says, summers of the past included', () => {
    const check = (ms: number) => {
      const { day, minute } = civilTime(ms, 'Asia/Tehran')
      const parts = partsOf(clock, ms)
      expect([formatCivilDay(day, 'gregorian'), formatClock(minute)]).toEqual([
        `${parts.year}-${parts.month}-${parts.day}`,
        `${parts.hour}:${parts.minute}`,
      ])
    }
    fc.assert(fc.property(instants, check), { numRuns: 2_000 })
    for (let year = 1385; year <= 1405; year++)
      for (const [month, day] of [
        [1, 1],
        [1, 2],
        [1, 3],
        [6, 30],
        [6, 31],
        [7, 1],
      ] as const)
        for (let hour = 0; hour < 24; hour++) check(dayOfJalali(year, month, day) * 86_400_000 + hour * 3_600_000 - 1_800_000)
  })

  it('goes back from the clock to the instant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 13_300, max: 40_000 }), fc.nat(1_439), (day, minute) => {
        const back = civilTime(instantOf(day, minute, 'Asia/Tehran'), 'Asia/Tehran')
        // The hour that a spring skipped does not exist: the clock then stands one hour later.
        const skipped = jalaliOf(day)
        if (skipped.month === 1 && skipped.day === 2 && minute < 60) return
        expect(back).toEqual({ day, minute })
      }),
    )
  })
})

describe('the Jalali calendar', () => {
  it('is the official one, weekdays included', () => {
    fc.assert(
      fc.property(fc.integer({ min: dayOfJalali(1300, 1, 1), max: dayOfJalali(1470, 1, 1) }), (day) => {
        const parts = partsOf(jalali, day * 86_400_000)
        const { year, month, day: date } = jalaliOf(day)
        expect([year, month, date].map(String)).toEqual([parts.year, parts.month, parts.day])
        expect(weekdayOf(day)).toBe(parts.weekday?.toLowerCase())
        expect(dayOfJalali(year, month, date)).toBe(day)
      }),
      { numRuns: 2_000 },
    )
    expect(formatCivilDay(dayOfJalali(1403, 12, 30), 'gregorian')).toBe('2025-03-20')
  })

  it('reads dates of both calendars, and none that does not exist', () => {
    expect(parseCivilDay('1405-01-01')).toBe(parseCivilDay('2026-03-21'))
    for (const wrong of [
      '1405-12-30',
      '1405-07-31',
      '2026-02-29',
      '1405-1-1',
      '1405-13-01',
      '1700-01-01',
      'tomorrow',
      '1405-00-10',
    ])
      expect(parseCivilDay(wrong), wrong).toBeUndefined()
    fc.assert(
      fc.property(fc.string(), (text) => {
        const day = parseCivilDay(text)
        expect(day === undefined || Number.isInteger(day)).toBe(true)
      }),
    )
    expect(['06:30', '24:00', '24:01', '6:30', '12:60'].map(parseClock)).toEqual([390, 1_440, undefined, undefined, undefined])
  })
})

it('puts each day into one week that begins on Saturday, and one Jalali month', () => {
  fc.assert(
    fc.property(fc.integer({ min: 13_300, max: 40_000 }), (day) => {
      expect(periodOf(day, 'week') === periodOf(day + 1, 'week')).toBe(weekdayOf(day + 1) !== 'saturday')
      expect(periodOf(day, 'month') === periodOf(day + 1, 'month')).toBe(jalaliOf(day + 1).day !== 1)
      expect(periodOf(day, 'day')).not.toBe(periodOf(day + 1, 'day'))
      expect(periodOf(day, 'ever')).toBe('ever')
    }),
  )
})
