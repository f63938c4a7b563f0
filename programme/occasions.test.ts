import { describe, expect, it } from 'vitest'
import { compile } from './compiled.ts'
import { type DecisionEvent, decide, type MemberHistory } from './decide.ts'
import { programmeSchema } from './schema.ts'

const sara: MemberHistory = { memberid: 'sara', visits: 1, purchases: 1, lastVisitAt: '2026-11-01T10:00:00.000Z' }
const effectiveAt = '2026-11-21T10:00:00.000Z'
const points = (amount: number) => ({ kind: 'points', name: 'club', amount })
const rule = (id: string, on: string, effects: object[], more: object = {}) => ({ id, on, order: 1, when: {}, effects, ...more })
const say = (text: string) => ({ fa: text, en: text })
const remind = { after: { months: 6 }, remind: [{ days: 14 }] }
const programmeOf = (rules: object[]) =>
  programmeSchema.parse({
    id: 'test',
    version: 1,
    currency: 'IRR',
    expiry: { credit: remind, points: { club: remind } },
    rules,
  })
const decided = (
  rules: object[],
  event: DecisionEvent,
  { member = sara, counters = {} }: { member?: MemberHistory; counters?: Record<string, number> } = {},
) => decide({ programme: programmeOf(rules), member, context: { counters }, event, effectiveAt })
const sale: DecisionEvent = { kind: 'sale', total: 500_000, currency: 'IRR', lines: [], applied: [] }

describe('what earns beside sales', () => {
  it('a welcome gift comes with sign-up', () => {
    const rules = [
      rule('welcome', 'enrolled', [
        { kind: 'credit', amount: 200_000 },
        { kind: 'prompt', audience: 'operator', text: say('Say welcome') },
      ]),
    ]
    const decision = decided(rules, { kind: 'enrolled' }, { member: { memberid: 'new', visits: 0, purchases: 0 } })
    expect(decision).toMatchObject({
      fired: ['welcome'],
      effects: [{ kind: 'credit', ruleid: 'welcome', granted: 200_000, currency: 'IRR' }],
      prompts: [{ ruleid: 'welcome' }],
      payable: 0,
      visit: undefined,
    })
    expect(decided(rules, sale).fired).toEqual([])
  })

  it('filling in the profile, answering a survey and bringing a friend earn, once each', () => {
    const limits = [{ per: 'member', every: 'ever', times: 1 }]
    const rules = [
      rule('profile', 'profile-completed', [points(50)], { when: { profile: ['birthday', 'area'] }, limits }),
      rule('survey', 'survey-answered', [points(20)], { when: { survey: ['taste'] }, limits }),
      rule('friend', 'friend-bought', [points(100)], { limits }),
    ]
    const times = { profile: 'profile/times/member sara/ever', survey: 'survey/times/member sara/ever' }
    const friend = 'friend/times/member sara/ever'
    const fresh = { [times.profile]: 0, [times.survey]: 0, [friend]: 0 }
    const earned = (event: DecisionEvent, counters: Record<string, number>) => {
      const member = { ...sara, profileFields: ['birthday', 'area'], surveys: [], referral: { friends: 0 } }
      const decision = decided(rules, event, { member, counters })
      return [decision.effects.map((one) => 'granted' in one && one.granted), decision.counters]
    }
    expect(earned({ kind: 'profile-completed' }, fresh)).toEqual([[50], [{ counter: times.profile, add: 1 }]])
    expect(earned({ kind: 'survey-answered', survey: 'taste' }, fresh)).toEqual([[20], [{ counter: times.survey, add: 1 }]])
    expect(earned({ kind: 'survey-answered', survey: 'other' }, fresh)).toEqual([[], []])
    expect(earned({ kind: 'friend-bought' }, fresh)).toEqual([[100], [{ counter: friend, add: 1 }]])
    const used = { [times.profile]: 1, [times.survey]: 1, [friend]: 1 }
    expect(earned({ kind: 'profile-completed' }, used)).toEqual([[], []])
    expect(earned({ kind: 'friend-bought' }, used)).toEqual([[], []])
  })

  it('every third friend may earn more: the friend who buys just now counts', () => {
    const rules = [rule('third', 'friend-bought', [points(500)], { when: { friends: { from: 3 } } })]
    const bought = (friends: number) =>
      decided(rules, { kind: 'friend-bought' }, { member: { ...sara, referral: { friends } } }).fired
    expect([bought(1), bought(2)]).toEqual([[], ['third']])
  })

  it('points and credit that are about to expire are announced, with how much and when', () => {
    const message = {
      kind: 'message',
      channel: 'sms',
      text: { fa: '{expiring} تا {days} روز', en: '{name}: {expiring} in {days}' },
    }
    const rules = [
      rule('points', 'points-expiring', [message], {
        when: { expiring: { name: 'club', days: { to: 14 }, amount: { from: 10 } } },
      }),
      rule('credit', 'credit-expiring', [message]),
    ]
    expect(decided(rules, { kind: 'points-expiring', name: 'club', amount: 1_250, days: 14 }).messages).toEqual([
      { ruleid: 'points', channel: 'sms', text: { fa: '۱,۲۵۰ تا ۱۴ روز', en: '{name}: 1,250 in 14' }, due: effectiveAt },
    ])
    expect(decided(rules, { kind: 'points-expiring', name: 'club', amount: 9, days: 3 }).ruleFailures).toEqual([
      { ruleid: 'points', condition: 'expiring.amount', expected: '10 or more', found: '9' },
    ])
    expect(decided(rules, { kind: 'points-expiring', name: 'other', amount: 10, days: 3 }).ruleFailures).toMatchObject([
      { condition: 'expiring.name', found: 'other' },
    ])
    expect(decided(rules, { kind: 'credit-expiring', amount: 100_000, days: 3 }).fired).toEqual(['credit'])
  })

  it('a birthday brings a coupon and a message by itself', () => {
    const coupon = { kind: 'coupon', name: 'cake', amount: 300_000, days: 10 }
    const rules = [
      rule('birthday', 'birthday', [coupon, { kind: 'message', channel: 'sms', text: say('Happy birthday, {name}') }]),
    ]
    expect(decided(rules, { kind: 'birthday' }).effects).toMatchObject([{ kind: 'coupon', name: 'cake' }, { kind: 'message' }])
  })
})

describe('a visit', () => {
  const rules = [
    rule('visit', 'visit', [points(5), { kind: 'stamps', name: 'visits' }]),
    rule('sale', 'sale', [{ kind: 'credit', basisPoints: 1_000 }]),
  ]

  it('earns by a tap that counts, or by the sale with which it begins', () => {
    expect(decided(rules, { kind: 'visit' })).toMatchObject({
      fired: ['visit'],
      visit: { number: 2, begins: true },
      effects: [
        { kind: 'points', granted: 5 },
        { kind: 'stamps', granted: 1 },
      ],
    })
    expect(decided(rules, sale).fired).toEqual(['visit', 'sale'])
  })

  it('earns once: a sale after the tap belongs to the same visit', () => {
    const member = { ...sara, lastVisitAt: '2026-11-21T09:00:00.000Z' }
    const decision = decided(rules, sale, { member })
    expect(decision.fired).toEqual(['sale'])
    expect(decision.ruleFailures).toEqual([
      { ruleid: 'visit', condition: 'on', expected: 'a new visit', found: 'one that goes on' },
    ])
  })

  it('gives nothing yet when somebody has only shown a card', () => {
    expect(decided(rules, { kind: 'presented' })).toMatchObject({ fired: ['visit', 'sale'], effects: [], counters: [] })
  })

  it('is not promised by a box that does not know whether one begins', () => {
    const member: MemberHistory = { memberid: 'unknown', visits: 0, purchases: 0, standing: 'unknown' }
    expect(decided(rules, sale, { member }).fired).toEqual(['sale'])
  })
})

it('a programme says what it asks of members and which events it is about, so that nothing else need be loaded', () => {
  const { needs, visitDays, occasions } = compile(
    programmeOf([
      rule('a', 'birthday', [points(1)], { when: { any: [{ age: { from: 18 } }, { not: { streak: { weeks: 4 } } }] } }),
      rule('b', 'sale', [{ kind: 'use-coupon', name: 'cake' }], { when: { streak: { visits: 3, days: 10 } } }),
    ]),
  )
  expect([[...needs].sort(), visitDays, [...occasions]]).toEqual([['coupons', 'personal', 'visits'], 28, ['birthday', 'sale']])
  const plain = compile(programmeOf([rule('a', 'sale', [points(1)])]))
  expect([plain.needs.size, plain.visitDays]).toEqual([0, 0])
})
