import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { civilTime, dayOfJalali, formatCivilDay, instantOf } from './calendar.ts'
import { programmeSchema } from './schema.ts'
import { type Measures, tierOf, tierWindow } from './tier-of.ts'

const named = (id: string, more: object = {}) => ({ id, name: { fa: id, en: id }, ...more })
const list = [
  named('bronze'),
  named('silver', { spend: 1_000 }),
  named('gold', { spend: 5_000, visits: 10 }),
  named('platinum', { spend: 20_000, visits: 10, points: { name: 'club', from: 100 } }),
]
const programmeOf = (tiers: object) =>
  programmeSchema.parse({ id: 'test', version: 1, currency: 'IRR', rules: [], tiers: { downgrade: 'drop-one', list, ...tiers } })
const rolling = (more: object = {}) => programmeOf({ window: { days: 365 }, grace: 30, ...more })
const yearly = (more: object = {}) => programmeOf({ window: { calendar: 'year' }, grace: 10, ...more })

/** Noon in Tehran. */
const on = (year: number, month: number, day: number) =>
  new Date(instantOf(dayOfJalali(year, month, day), 720, 'Asia/Tehran')).toISOString()
const dayOf = (instant: string | undefined) =>
  instant && formatCivilDay(civilTime(Date.parse(instant), 'Asia/Tehran').day, 'jalali')

const decided = (
  programme: ReturnType<typeof programmeOf>,
  given: { current?: string; since?: string; measures?: Measures; at: string },
) => {
  const decision = tierOf({ programme, current: given.current, since: given.since, measures: given.measures ?? {}, at: given.at })
  if (!decision) throw new Error('this programme has tiers')
  return decision
}

describe('the way up', () => {
  it('goes at once as far as everything that a tier asks is reached', () => {
    const at = on(1405, 8, 30)
    const up = (measures: Measures) => decided(rolling(), { current: 'bronze', since: on(1405, 1, 1), measures, at })
    expect(up({ spend: 999 })).toMatchObject({ tier: 'bronze', reason: 'kept', next: { tier: 'silver', missing: { spend: 1 } } })
    expect(up({ spend: 6_000, visits: 10 })).toMatchObject({ tier: 'gold', reason: 'raised', since: at })
    expect(up({ spend: 30_000, visits: 9, 'points:club': 100 })).toMatchObject({
      tier: 'silver',
      next: { tier: 'gold', missing: { visits: 1 } },
    })
    expect(up({ spend: 30_000, visits: 90, 'points:club': 100 })).toMatchObject({ tier: 'platinum', next: undefined })
  })

  it('begins in the lowest tier, or in what was earned already; a tier that is gone counts as none', () => {
    const at = on(1405, 8, 30)
    expect(decided(rolling(), { at })).toMatchObject({ tier: 'bronze', reason: 'joined', until: undefined })
    expect(decided(rolling(), { current: 'ruby', measures: { spend: 1_000 }, at })).toMatchObject({
      tier: 'silver',
      reason: 'joined',
    })
  })
})

describe('the way down', () => {
  it('in a window of days begins when the days of grace are over, one step for each', () => {
    const programme = rolling()
    const since = on(1405, 1, 10)
    const at = (day: number) => new Date(Date.parse(since) + day * 86_400_000).toISOString()
    const later = (days: number) => decided(programme, { current: 'platinum', since, at: at(days) })
    expect(later(30)).toMatchObject({ tier: 'platinum', reason: 'grace', since })
    expect(dayOf(later(30).until)).toBe('1405-02-10')
    expect([later(31), later(61), later(91)].map(({ tier, reason }) => [tier, reason])).toEqual([
      ['gold', 'lowered'],
      ['silver', 'lowered'],
      ['bronze', 'lowered'],
    ])
  })

  it('in a calendar begins when the period after the last good one is over, and then the grace', () => {
    const state = { current: 'gold', since: on(1404, 3, 5) }
    expect(decided(yearly(), { ...state, at: on(1406, 1, 9) })).toMatchObject({ tier: 'gold', reason: 'grace' })
    const dropped = decided(yearly(), { ...state, at: on(1406, 1, 11) })
    expect([dropped.tier, dayOf(dropped.until)]).toEqual(['silver', '1407-01-11'])
    expect(decided(yearly({ grace: undefined }), { ...state, at: on(1406, 1, 1) }).tier).toBe('silver')
  })

  it('goes to what was earned, or nowhere, where the programme says so', () => {
    const given = { current: 'platinum', since: on(1403, 1, 1), measures: { spend: 1_000 }, at: on(1405, 8, 30) }
    expect(decided(rolling({ downgrade: 'drop-to-earned' }), given)).toMatchObject({ tier: 'silver', reason: 'lowered' })
    expect(decided(rolling({ downgrade: 'never' }), given)).toMatchObject({
      tier: 'platinum',
      reason: 'never-lowered',
      until: undefined,
    })
    expect(decided(rolling(), given).tier).toBe('silver')
  })

  it('waits where a rule moved the member up for a time', () => {
    const given = { current: 'gold', since: on(1406, 8, 30), at: on(1405, 9, 30) }
    expect(decided(rolling(), given)).toMatchObject({ tier: 'gold', reason: 'grace', since: given.since })
  })
})

describe('the window', () => {
  const from = (programme: ReturnType<typeof programmeOf>, at: string) => dayOf(tierWindow({ programme, at })?.from)
  it('is the last days, today included, or the Jalali period so far', () => {
    const at = on(1405, 8, 30)
    const of = (window: object) => from(programmeOf({ window, grace: 1 }), at)
    expect([of({ days: 30 }), of({ calendar: 'year' }), of({ calendar: 'season' }), of({ calendar: 'month' })]).toEqual([
      '1405-08-01',
      '1405-01-01',
      '1405-07-01',
      '1405-08-01',
    ])
    expect(tierWindow({ programme: {}, at })).toBeUndefined()
  })
})

const programmes = fc
  .tuple(
    fc.constantFrom<object>({ days: 365 }, { days: 30 }, { calendar: 'year' }, { calendar: 'season' }, { calendar: 'month' }),
    fc.integer({ min: 1, max: 90 }),
    fc.constantFrom('drop-one', 'drop-to-earned', 'never'),
  )
  .map(([window, grace, downgrade]) => programmeOf({ window, grace, downgrade }))
const instants = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2030, 0) })
const ids = list.map(({ id }) => id)
const measures = fc.record({ spend: fc.nat(25_000), visits: fc.nat(15), 'points:club': fc.nat(150) })
const members = fc.record({
  current: fc.constantFrom(...ids),
  sinceMs: instants,
  measures,
  days: fc.integer({ min: 0, max: 2_000 }),
})
const level = (tier: string) => ids.indexOf(tier)
const iso = (ms: number) => new Date(ms).toISOString()

describe('whatever the programme and the member', () => {
  it('more spending, visits or points never give a lower tier', () => {
    fc.assert(
      fc.property(programmes, members, measures, (programme, { current, sinceMs, measures: less, days }, more) => {
        const given = { current, since: iso(sinceMs), at: iso(sinceMs + days * 86_400_000) }
        const sum = {
          spend: less.spend + more.spend,
          visits: less.visits + more.visits,
          'points:club': less['points:club'] + more['points:club'],
        }
        const [low, high] = [less, sum].map((one) => decided(programme, { ...given, measures: one }).tier)
        expect(level(high ?? '')).toBeGreaterThanOrEqual(level(low ?? ''))
      }),
      { numRuns: 1_000 },
    )
  })

  it('a tier is never below what was earned, and above it only while it is held', () => {
    fc.assert(
      fc.property(programmes, members, (programme, { current, sinceMs, measures: now, days }) => {
        const at = iso(sinceMs + days * 86_400_000)
        const earned = decided(programme, { measures: now, at }).tier
        const decision = decided(programme, { current, since: iso(sinceMs), measures: now, at })
        expect(level(decision.tier)).toBeGreaterThanOrEqual(level(earned))
        expect(level(decision.tier)).toBeLessThanOrEqual(Math.max(level(earned), level(current)))
        if (level(decision.tier) > level(earned) && decision.until !== undefined) expect(decision.until > at).toBe(true)
        if (programme.tiers?.downgrade === 'never') expect(level(decision.tier)).toBe(Math.max(level(earned), level(current)))
      }),
      { numRuns: 1_000 },
    )
  })

  it('to decide every now and then gives the same as to decide once at the end', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(programmes, members, steps, (programme, { current, sinceMs, measures: now }, gaps) => {
        let state = { tier: current, since: iso(sinceMs) }
        let ms = sinceMs
        for (const gap of gaps) {
          ms += gap * 86_400_000
          state = decided(programme, { current: state.tier, since: state.since, measures: now, at: iso(ms) })
        }
        const once = decided(programme, { current, since: iso(sinceMs), measures: now, at: iso(ms) })
        expect([state.tier, state.since]).toEqual([once.tier, once.since])
      }),
      { numRuns: 1_000 },
    )
  })

  it('the order of purchases of one instant does not matter', () => {
    const purchases = fc.array(fc.record({ spend: fc.nat(8_000), visits: fc.nat(5), 'points:club': fc.nat(60) }), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(programmes, members, purchases, (programme, { current, sinceMs, days }, bought) => {
        const at = iso(sinceMs + days * 86_400_000)
        const last = (among: typeof bought) => {
          const sum = { spend: 0, visits: 0, 'points:club': 0 }
          let state = { tier: current, since: iso(sinceMs) }
          for (const one of among) {
            sum.spend += one.spend
            sum.visits += one.visits
            sum['points:club'] += one['points:club']
            state = decided(programme, { current: state.tier, since: state.since, measures: sum, at })
          }
          return [state.tier, state.since]
        }
        expect(last(bought.toReversed())).toEqual(last(bought))
      }),
    )
  })
})

it('tiers that contradict themselves are refused', () => {
  const refusal = (tiers: object) => {
    const given = {
      id: 'test',
      version: 1,
      currency: 'IRR',
      rules: [],
      tiers: { window: { days: 30 }, downgrade: 'never', list, ...tiers },
    }
    return programmeSchema.safeParse(given).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  }
  expect(refusal({})).toBeUndefined()
  expect(refusal({ list: [named('bronze'), named('gold', { spend: 5 }), named('silver', { spend: 3 })] })).toEqual([
    'tiers.list.2: the tier silver asks for less spend than a lower one: 3, not 5',
  ])
  expect(refusal({ list: [named('a', { visits: 1 }), named('a')] })).toEqual([
    'tiers.list.0: the lowest tier is for everyone: a may ask for nothing',
    'tiers.list.1: a second tier is called a',
    'tiers.list.1: the tier a needs `spend`, `visits` or `points`',
  ])
  expect(refusal({ downgrade: 'drop-one' })).toEqual([
    'tiers.grace: `drop-one` with a window of `days` needs `grace`: the days between one step down and the next',
  ])
  expect(refusal({ window: { calender: 'year' } })?.[0]).toContain('did you mean “calendar”?')
})
