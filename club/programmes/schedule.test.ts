import { describe, expect, it } from 'vitest'
import { programmeSchema } from '#programme/schema.ts'
import { checkSchedule, inForceAt, nextFrom, withPublished } from './schedule.ts'

const programme = (version: number, more: object = {}) =>
  programmeSchema.parse({ id: 'p', version, currency: 'IRR', rules: [], ...more })
/** 0:00 of 1 Mehr 1405 in Tehran. */
const midnight = Date.parse('2026-09-22T20:30:00.000Z')
const mehr = { inForceFrom: '1405-07-01' }
const now = midnight - 1

describe('the schedule of the rules', () => {
  it('decides a sale of before midnight that arrives after it by the rules of its own day', () => {
    const programmes = [programme(1), programme(2, mehr)] as const
    expect(inForceAt([...programmes], '2026-09-22T20:29:59.999Z').version).toBe(1)
    expect(inForceAt([...programmes], '2026-09-22T20:30:00.000Z').version).toBe(2)
    expect(inForceAt([programmes[1]], '2026-09-22T20:29:59.999Z').version).toBe(2)
  })

  it('knows when the next rules follow, until they have', () => {
    const schedule = { current: programme(1), next: programme(2, mehr) }
    expect(nextFrom(schedule, now)).toBe(midnight)
    expect(nextFrom(schedule, midnight)).toBeUndefined()
    expect(nextFrom({ current: programme(1) }, now)).toBeUndefined()
  })

  it('may be kept over the switch, have its next rules changed or withdrawn before it, and its versions raised', () => {
    const both = { current: programme(1), next: programme(2, mehr) }
    checkSchedule(both, { now })
    checkSchedule(both, { now: midnight, running: programme(2, mehr) })
    checkSchedule({ current: programme(2, mehr) }, { now: midnight, running: programme(2, mehr) })
    checkSchedule({ current: programme(1), next: programme(2, { inForceFrom: '1405-08-01' }) }, { now, running: programme(1) })
    checkSchedule({ current: programme(1) }, { now, running: programme(1) })
    checkSchedule({ current: programme(3) }, { now, running: programme(1) })
  })

  const other = { visitGap: 'PT1H' }
  it.each([
    ['programme.not-yet', { current: programme(2, mehr) }, { now }],
    ['programme.undated', { current: programme(1), next: programme(2) }, { now }],
    ['programme.older', { current: programme(2), next: programme(2, mehr) }, { now }],
    ['programme.currency', { current: programme(1), next: programme(2, { ...mehr, currency: 'EUR' }) }, { now }],
    ['programme.currency', { current: programme(2, { currency: 'EUR' }) }, { now, running: programme(1) }],
    ['programme.older', { current: programme(1) }, { now: midnight, running: programme(2, mehr) }],
    ['programme.changed', { current: programme(1, other) }, { now, running: programme(1) }],
    [
      'programme.changed',
      { current: programme(1), next: programme(2, { ...mehr, ...other }) },
      { now: midnight, running: programme(2, mehr) },
    ],
  ])('is refused with %s and the way out', (key, schedule, given) => {
    expect(() => checkSchedule(schedule, given)).toThrow(
      expect.objectContaining({ key, message: expect.stringMatching(/version \d|in EUR/), hint: expect.stringMatching(/.{20}/) }),
    )
  })
})

describe('what head office has published', () => {
  const of = (version: number, more: object = {}) => ({ programme: programme(version, more) })
  const versionsOf = ({ current, next }: ReturnType<typeof withPublished>) => [current.programme.version, next?.programme.version]

  it('decides where its version is the highest in force, and a file with a higher one takes its place again', () => {
    expect(versionsOf(withPublished({ current: of(1) }, [], now))).toEqual([1, undefined])
    expect(versionsOf(withPublished({ current: of(1) }, [of(2)], now))).toEqual([2, undefined])
    expect(versionsOf(withPublished({ current: of(3) }, [of(2)], now))).toEqual([3, undefined])
  })

  it('follows at its instant, before what a file calls the next one', () => {
    const later = of(4, { inForceFrom: '1405-08-01' })
    expect(versionsOf(withPublished({ current: of(1) }, [of(2), of(3, mehr)], now))).toEqual([2, 3])
    expect(versionsOf(withPublished({ current: of(1), next: later }, [of(3, mehr)], now))).toEqual([1, 3])
    // What decided until then stays known, for sales of then that arrive late.
    expect(versionsOf(withPublished({ current: of(1) }, [of(2), of(3, mehr)], midnight))).toEqual([2, 3])
    expect(versionsOf(withPublished({ current: of(1), next: later }, [of(3, mehr)], midnight))).toEqual([3, 4])
  })
})
