import fc from 'fast-check'
import { expect, it } from 'vitest'
import { periodOf, readDay, readPeriod } from './period.ts'

const now = '2026-11-21T20:45:00.000Z'

it('takes a day as people write it: Jalali or Gregorian, in any digits, with lines or slashes', () => {
  for (const text of ['1405-08-30', '1405/8/30', '۱۴۰۵/۰۸/۳۰', '١٤٠٥-٠٨-٣٠', '2026-11-21', ' 2026/11/21 '])
    expect(readDay(text, '--from')).toBe('2026-11-21')
})

it('refuses what is no day, naming the option and how to write one', () => {
  for (const text of ['1405-12-30', '1405-13-01', '2026-02-29', '1405-08', 'yesterday', '1405-08-30-1', ''])
    expect(() => readDay(text, '--from')).toThrow(
      expect.objectContaining({ key: 'usage.day', message: `--from ${text} is no day` }),
    )
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(readDay(text, '--to')).toMatch(/^\d{4}-\d{2}-\d{2}$/)
      } catch (error) {
        expect(error).toMatchObject({ key: 'usage.day' })
      }
    }),
  )
})

it('goes from the first of this Jalali month until today where nobody says, by Tehran’s days', () => {
  // In Tehran it is 1 Azar already.
  expect(readPeriod({ now, months: 1 })).toEqual({ from: '2026-11-22', to: '2026-11-22' })
  expect(readPeriod({ now, months: 12 })).toEqual({ from: '2025-12-22', to: '2026-11-22' })
  expect(readPeriod({ now, months: 1, to: '1405-08-30' })).toEqual({ from: '2026-10-23', to: '2026-11-21' })
})

it('refuses a period that ends before it begins, and any for what has none', () => {
  expect(() => readPeriod({ now, months: 1, from: '1405-08-30', to: '1405-08-29' })).toThrow('before it begins')
  expect(() => readPeriod({ now, months: 0, to: '1405-08-29' })).toThrow('it has no period')
})

it('begins weeks on Saturday and months with the Jalali one', () => {
  expect(['2026-11-20', '2026-11-21', '2026-11-27'].map(periodOf('week'))).toEqual(['2026-11-14', '2026-11-21', '2026-11-21'])
  expect(['2026-11-21', '2026-11-22'].map(periodOf('month'))).toEqual(['2026-10-23', '2026-11-22'])
})
