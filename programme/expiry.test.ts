import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { civilTime, formatCivilDay, jalaliOf } from './calendar.ts'
import { lotPolicyOf, lotTimes } from './expiry.ts'

const timeZone = 'Asia/Tehran'
const dayOf = (instant: string) => formatCivilDay(civilTime(Date.parse(instant), timeZone).day, 'jalali')
/** 30 Aban 1405, 23:00 in Tehran. */
const grantedAt = '2026-11-21T19:30:00.000Z'

describe('the life of a lot', () => {
  it('begins at once and lasts to the end of its last day in Tehran', () => {
    expect(lotTimes({ after: { days: 1 } }, { grantedAt, timeZone })).toEqual({
      activeAt: grantedAt,
      expiresAt: '2026-11-22T20:30:00.000Z',
      reminders: [],
    })
    expect(lotTimes({}, { grantedAt, timeZone }).expiresAt).toBeUndefined()
  })

  it('may begin with a later day, and is then counted from that', () => {
    const { activeAt, expiresAt } = lotTimes({ after: { days: 30 }, activeAfter: { days: 2 } }, { grantedAt, timeZone })
    expect([dayOf(activeAt), expiresAt && dayOf(expiresAt)]).toEqual(['1405-09-02', '1405-10-03'])
  })

  it('lasts Jalali months: to the same day of the month, or to its last', () => {
    const lost = (grantedAt: string, months: number) => {
      const { expiresAt } = lotTimes({ after: { months } }, { grantedAt, timeZone })
      return expiresAt && dayOf(expiresAt)
    }
    expect(lost('2026-11-21T10:00:00.000Z', 1)).toBe('1405-10-01')
    // 31 Shahrivar: Mehr has 30 days, and Esfand of 1405 has 29.
    expect([lost('2026-09-22T10:00:00.000Z', 1), lost('2026-09-22T10:00:00.000Z', 6)]).toEqual(['1405-08-01', '1406-01-01'])
  })

  it('is announced ahead, the earliest first, and never before it can be used', () => {
    const rule = { after: { days: 30 }, activeAfter: { days: 10 }, remind: [{ days: 3 }, { days: 14 }, { days: 40 }] }
    const { reminders } = lotTimes(rule, { grantedAt, timeZone })
    expect(reminders.map(({ days, at }) => [days, dayOf(at)])).toEqual([
      [14, '1405-09-27'],
      [3, '1405-10-08'],
    ])
  })

  it('never ends before it begins, and a longer one never ends earlier', () => {
    const instants = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2060, 0) }).map((ms) => new Date(ms).toISOString())
    const spans = fc.oneof(
      fc.integer({ min: 1, max: 2_000 }).map((days) => ({ days, longer: { days: days + 1 } })),
      fc.integer({ min: 1, max: 60 }).map((months) => ({ months, longer: { months: months + 1 } })),
    )
    fc.assert(
      fc.property(
        instants,
        spans,
        fc.option(fc.integer({ min: 1, max: 90 }), { nil: undefined }),
        (at, { longer, ...after }, days) => {
          const rule = { after, ...(days === undefined ? {} : { activeAfter: { days } }) }
          const { activeAt, expiresAt = '' } = lotTimes(rule, { grantedAt: at, timeZone })
          expect(at <= activeAt && activeAt < expiresAt).toBe(true)
          expect(expiresAt < (lotTimes({ ...rule, after: longer }, { grantedAt: at, timeZone }).expiresAt ?? '')).toBe(true)
          if ('months' in after) {
            const [first, last] = [activeAt, expiresAt].map((one) => civilTime(Date.parse(one), timeZone).day)
            expect(jalaliOf((last ?? 0) - 1).day).toBeLessThanOrEqual(jalaliOf(first ?? 0).day)
          }
        },
      ),
    )
  })
})

it('each unit has its own expiry, and stamps have none', () => {
  const club = { after: { days: 5 } }
  const programme = { expiry: { credit: { after: { months: 1 } }, points: { club } } }
  expect(lotPolicyOf(programme, 'credit')).toEqual({ after: { months: 1 } })
  expect(['points:club', 'points:other', 'stamps:club'].map((unit) => lotPolicyOf(programme, unit))).toEqual([
    club,
    undefined,
    undefined,
  ])
  expect(lotPolicyOf({}, 'credit')).toBeUndefined()
})
