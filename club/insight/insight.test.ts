import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseConfig } from '#runtime/config.ts'
import { ageBand } from './ages.ts'
import { type InsightSale, insightOf } from './member-insight.ts'
import { quintiles, scoreBy, segmentOf } from './rfm.ts'
import { riskOf, scoresOf } from './scores.ts'
import { belongs, type Profiled, segmentsSchema } from './segments.ts'
import { memberInWords } from './words.ts'

const day = 86_400_000
const start = Date.parse('2026-06-01T08:00:00.000Z')
const at = (days: number) => new Date(start + days * day).toISOString()
const sale = (days: number, payable: number, category = 'coffee'): InsightSale => ({
  saleid: `s${days}`,
  at: at(days),
  store: 's1',
  total: payable,
  payable,
  beginsVisit: true,
  lines: [{ product: category, category, quantity: 1, amount: payable }],
})
const member = { memberid: 'm', enrolledAt: at(0), enrolledIn: 's1' }
const regular = insightOf(member, [sale(20, 300, 'cake'), sale(0, 100), sale(10, 200)])

it('knows a member’s habits: usual interval, days away, mean basket, favourites', () => {
  const scores = scoresOf(regular, { now: at(50), usual: 300 })
  expect(scores).toMatchObject({ away: 30, membership: 50, interval: 100, basket: 200, store: 's1' })
  expect(scores.favourites.map(({ category, purchases }) => [category, purchases])).toEqual([
    ['coffee', 2],
    ['cake', 1],
  ])
})

it('sees no risk within the usual interval, all of it at four times of it, and never less for staying away longer', () => {
  expect([50, 100, 250, 400, 900].map((away) => riskOf(away, 100))).toEqual([0, 0, 5_000, 10_000, 10_000])
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(10_000), fc.nat(1_000), (a, b, interval) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)]
      expect(riskOf(less, interval)).toBeLessThanOrEqual(riskOf(more, interval))
    }),
  )
})

it('values the next year at the usual interval, less the risk', () => {
  // 200 a visit, 36.5 visits a year; away for 20 days of a usual 10: a third of the risk.
  expect(scoresOf(regular, { now: at(20), usual: 300 }).lifetime).toBe(7_300)
  expect(scoresOf(regular, { now: at(40), usual: 300 }).lifetime).toBe(4_866)
  expect(scoresOf(insightOf(member, []), { now: at(40), usual: 300 })).toMatchObject({
    away: undefined,
    risk: undefined,
    lifetime: 0,
  })
})

it('takes the club’s usual interval for somebody who came once', () => {
  const once = insightOf(member, [sale(0, 100)])
  expect(scoresOf(once, { now: at(30), usual: 100 })).toMatchObject({ interval: undefined, risk: 6_667 })
})

it('scores by fifths of all members: who is better in anything never scores less in it', () => {
  const behaviour = fc.record({ recency: fc.nat(400), frequency: fc.integer({ min: 1, max: 60 }), spend: fc.nat(1e9) })
  fc.assert(
    fc.property(fc.array(behaviour, { minLength: 2, maxLength: 60 }), (all) => {
      const scoreOf = quintiles(all)
      for (const [a, b] of all.flatMap((one, index) => all.slice(index + 1).map((other) => [one, other] as const))) {
        const [x, y] = [scoreOf(a), scoreOf(b)]
        if (a.recency <= b.recency) expect(x.recency).toBeGreaterThanOrEqual(y.recency)
        if (a.frequency >= b.frequency) expect(x.frequency).toBeGreaterThanOrEqual(y.frequency)
        for (const score of Object.values(x)) expect([1, 2, 3, 4, 5]).toContain(score)
      }
    }),
  )
  const hundred = Array.from({ length: 100 }, (_, n) => ({ recency: n, frequency: n + 1, spend: n }))
  const scored = hundred.map(quintiles(hundred))
  for (const score of [1, 2, 3, 4, 5]) expect(scored.filter((one) => one.frequency === score)).toHaveLength(20)
})

it('scores by a chain’s own thresholds where it gives them', () => {
  const thresholds = { recency: [90, 60, 30, 14], frequency: [2, 4, 8, 16], spend: [100, 200, 300, 400] }
  expect(scoreBy(thresholds, { recency: 30, frequency: 8, spend: 99 })).toEqual({ recency: 4, frequency: 4, spend: 1 })
  expect(segmentOf({ recency: 5, frequency: 5, spend: 1 })).toBe('champion')
  expect(segmentOf({ recency: 1, frequency: 5, spend: 5 })).toBe('at-risk')
  expect(segmentOf({ recency: 2, frequency: 1, spend: 5 })).toBe('lost')
  expect(segmentOf({ recency: 5, frequency: 1, spend: 5 })).toBe('new')
})

const profiled: Profiled = {
  insight: regular,
  scores: scoresOf(regular, { now: at(50), usual: 300 }),
  rfm: 'loyal',
  points: { recency: 3, frequency: 4, spend: 2 },
}

it('finds members by conditions that a marketer writes', () => {
  const yes = [
    {},
    { visits: { from: 3 }, away: { from: 30, to: 30 } },
    { bought: ['cake', 'tea'], favourite: ['coffee'] },
    { risk: { from: 66, to: 67 } },
    { any: [{ visits: { from: 10 } }, { rfm: ['loyal'] }], not: { store: ['s2'] } },
  ]
  const no = [
    { visits: { to: 2 } },
    { bought: ['tea'] },
    { not: { interval: { to: 10 } } },
    { all: [{ basket: { from: 200 } }, { spend: { to: 1 } }] },
  ]
  const when = (conditions: object) =>
    segmentsSchema.parse({ segments: [{ id: 'one', when: conditions }] }).segments[0]?.when ?? {}
  for (const one of yes) expect(belongs(when(one), profiled), JSON.stringify(one)).toBe(true)
  for (const one of no) expect(belongs(when(one), profiled), JSON.stringify(one)).toBe(false)
})

it('names the line of a wrong word in a segments file, and the word that was probably meant', () => {
  const text = 'segments:\n  - id: sleepers\n    when:\n      vists: { from: 3 }\n'
  expect(() => parseConfig(text, segmentsSchema, 'segments.yaml')).toThrow(/segments.yaml:4: .*did you mean “visits”\?/)
  expect(() => parseConfig('segments:\n  - { id: a, when: { rfm: [loyl] } }', segmentsSchema, 'f')).toThrow(
    'did you mean “loyal”?',
  )
})

it('counts an age by the birthday, in Jalali years, also when it is written in Jalali', () => {
  expect(ageBand('2001-11-21', '2026-11-20T12:00:00.000Z')).toBe('18-24')
  expect(ageBand('2001-11-21', '2026-11-21T12:00:00.000Z')).toBe('25-34')
  expect(ageBand('1380-08-30', '2026-11-21T12:00:00.000Z')).toBe('25-34')
  expect(ageBand('1950-01-01', '2026-11-21T12:00:00.000Z')).toBe('65+')
  expect(ageBand('2030-01-01', '2026-11-21T12:00:00.000Z')).toBeUndefined()
  expect(ageBand('soon', '2026-11-21T12:00:00.000Z')).toBeUndefined()
})

it('explains a member in words, in both languages', () => {
  const offer = { category: 'tea', because: 'coffee', share: 6_200 }
  const words = memberInWords({ number: '10000065', currency: 'IRR', member: profiled, offer })
  const all = (language: 'fa' | 'en') => words.map((one) => one[language]).join('\n')
  expect(all('en')).toContain(
    'Usually comes every 10 days and last bought 30 days ago, 3 times the usual interval; the risk of losing them is 66.67%.',
  )
  expect(all('en')).toContain('Next best offer: tea: 62% of those who buy coffee buy it too')
  expect(all('fa')).toContain('معمولاً هر ۱۰ روز می‌آید و آخرین خرید ۳۰ روز پیش بود، ۳ برابر فاصلهٔ معمول')
  expect(all('fa')).toContain('پیشنهاد بعدی: tea؛ ۶۲٪')
})
