import { describe, expect, it } from 'vitest'
import { inForceAt, inForceFromMs } from './in-force.ts'
import { programmeSchema } from './schema.ts'

const programme = (version: number, inForceFrom?: string, timeZone?: 'UTC') =>
  programmeSchema.parse({ id: 'p', version, currency: 'IRR', inForceFrom, timeZone, rules: [] })
const at = (text: string) => Date.parse(text)

describe('a programme', () => {
  it('begins at the first minute of its day in its own time zone, Jalali or Gregorian, or at its very instant', () => {
    const midnight = at('2026-03-20T20:30:00.000Z')
    expect(inForceFromMs(programme(2, '1405-01-01'))).toBe(midnight)
    expect(inForceFromMs(programme(2, '2026-03-21'))).toBe(midnight)
    expect(inForceFromMs(programme(2, '2026-03-21', 'UTC'))).toBe(at('2026-03-21T00:00:00.000Z'))
    expect(inForceFromMs(programme(2, '2026-03-21T06:00:00+03:30'))).toBe(at('2026-03-21T02:30:00.000Z'))
    expect(inForceFromMs(programme(2))).toBeUndefined()
  })

  it('has no day that the calendar does not have, and no instant without an offset', () => {
    for (const wrong of ['1404-12-30', '2026-02-29', '2026-03-21T06:00:00', 'nowruz', '2026-03-21T25:00:00Z', ''])
      expect(() => programme(2, wrong), wrong).toThrow(/must be a date such as/)
  })
})

describe('of the versions of a programme', () => {
  const versions = [programme(3, '1405-07-01'), programme(1), programme(2, '1405-01-01')]
  const versionAt = (text: string) => inForceAt(versions, at(text))?.version

  it('each decides from its instant to that of the next', () => {
    expect(versionAt('2026-03-20T20:29:59.999Z')).toBe(1)
    expect(versionAt('2026-03-20T20:30:00.000Z')).toBe(2)
    expect(versionAt('2026-09-22T20:29:59.999Z')).toBe(2)
    expect(versionAt('2026-09-22T20:30:00.000Z')).toBe(3)
  })

  it('the lowest decides what was before all of them', () => {
    expect(inForceAt([programme(3, '1405-07-01'), programme(2, '1405-01-01')], 0)?.version).toBe(2)
    expect(inForceAt([], 0)).toBeUndefined()
  })

  it('a higher one that names no instant decides at once, also what was before', () => {
    expect(inForceAt([...versions, programme(4)], at('2020-01-01T00:00:00Z'))?.version).toBe(4)
  })
})
