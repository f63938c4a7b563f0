import { describe, expect, it } from 'vitest'
import { type DecisionEvent, decide, type MemberHistory } from './decide.ts'
import { explainProgramme } from './explain.ts'
import { countersOf } from './limits.ts'
import { parseProgramme, programmeSchema } from './schema.ts'

const coffee = { category: ['coffee'] }
const lines = [
  { product: 'latte', category: 'coffee', quantity: 2, amount: 300_000 },
  { product: 'espresso', category: 'coffee', quantity: 1, amount: 100_000 },
  { product: 'cake', category: 'cake', quantity: 0.5, amount: 100_000 },
]
const quote: DecisionEvent = { kind: 'quote', total: 500_000, currency: 'IRR', lines }
const sale: DecisionEvent = { ...quote, kind: 'sale', applied: [] }
const sara: MemberHistory = { memberid: 'sara', visits: 1, purchases: 1, credit: 50_000, units: { 'stamps:coffee': 8 } }
const rule = (id: string, effects: object[], more: object = {}) => ({ id, order: 1, when: {}, effects, ...more })
const programmeOf = (rules: object[]) => programmeSchema.parse({ id: 'test', version: 1, currency: 'IRR', rules })
/** 13:30 in Tehran. */
const effectiveAt = '2026-11-21T10:00:00.000Z'
const decided = (
  rules: object[],
  given: { event?: DecisionEvent; member?: MemberHistory; counters?: Record<string, number>; store?: string } = {},
) =>
  decide({
    programme: programmeOf(rules),
    member: given.member ?? sara,
    context: { counters: given.counters ?? {} },
    event: given.event ?? sale,
    ...(given.store === undefined ? {} : { place: { store: given.store, lane: 'lane-1' } }),
    effectiveAt,
  })

describe('points', () => {
  const points = (more: object) => ({ kind: 'points', name: 'club', ...more })

  it('come per amount, per item, fixed and as a share on top, each with its cap', () => {
    const { effects } = decided([
      rule('extra', [points({ extra: 5_000 })]),
      rule('per', [points({ per: 30_000 })]),
      rule('item', [points({ perItem: 5, of: coffee, atMost: 12 })]),
      rule('fixed', [points({ amount: 3, of: { product: ['cake'] } })]),
      rule('absent', [points({ amount: 3, of: { product: ['tea'] } })]),
      rule('other', [points({ name: 'other', per: 500_000 })]),
    ])
    expect(effects.map((one) => one.kind === 'points' && [one.ruleid, one.name, one.desired, one.granted])).toEqual([
      ['per', 'club', 16, 16],
      ['item', 'club', 15, 12],
      ['fixed', 'club', 3, 3],
      ['other', 'other', 1, 1],
      ['extra', 'club', 15, 15],
    ])
  })
})

describe('a stamp card', () => {
  const card = rule('card', [{ kind: 'stamps', name: 'coffee', of: coffee, freeEvery: 10 }])

  it('makes the cheapest item free when the basket fills it', () => {
    expect(decided([card], { event: quote })).toMatchObject({
      discount: 100_000,
      effects: [
        { kind: 'discount', granted: 100_000 },
        { kind: 'stamps', granted: 3 },
        { kind: 'stamps-used', amount: 10 },
      ],
    })
    expect(decided([card], { event: quote, member: { ...sara, units: { 'stamps:coffee': 6 } } }).discount).toBe(0)
    expect(decided([card], { event: quote, member: { ...sara, units: { 'stamps:coffee': 60 } } }).discount).toBe(400_000)
  })

  it('uses its stamps only where the till gave what was free', () => {
    expect(decided([card]).effects).toEqual([{ kind: 'stamps', ruleid: 'card', name: 'coffee', granted: 3 }])
    const applied = [{ kind: 'discount' as const, ruleid: 'card', amount: 100_000, currency: 'IRR' }]
    expect(decided([card], { event: { ...sale, applied } }).effects).toContainEqual({
      kind: 'stamps-used',
      ruleid: 'card',
      name: 'coffee',
      amount: 10,
    })
  })

  it('is used by one rule only, or its stamps would be spent twice', () => {
    const twice = { id: 'test', version: 1, currency: 'IRR', rules: [card, { ...card, id: 'again' }] }
    expect(parseProgramme(twice)).toEqual({
      ok: false,
      reason: 'rules.1.effects.0.freeEvery: the card coffee makes items free by card already',
    })
  })

  it('counts whole items, or purchases', () => {
    const stamps = (more: object) => decided([rule('a', [{ kind: 'stamps', name: 'x', ...more }])]).effects
    expect(stamps({ of: { category: ['cake'] } })).toEqual([])
    expect(stamps({})).toMatchObject([{ granted: 1 }])
    expect(stamps({ of: coffee, atMost: 2 })).toMatchObject([{ granted: 2 }])
  })
})

describe('a message', () => {
  const due = (after?: object) =>
    decided([rule('a', [{ kind: 'message', channel: 'sms', text: { fa: '{name}', en: '{name}' }, ...(after ? { after } : {}) }])])
      .messages[0]?.due

  it('is due at once, or on a later day at a local time, and never before its sale', () => {
    expect(due()).toBe(effectiveAt)
    expect(due({ days: 75, at: '10:00' })).toBe('2027-02-04T06:30:00.000Z')
    expect(due({ days: 0, at: '13:00' })).toBe(effectiveAt)
    expect(due({ days: 0, at: '14:00' })).toBe('2026-11-21T10:30:00.000Z')
  })

  it('belongs to a sale, not to its quote, and names only fields that there are', () => {
    const rules = [rule('a', [{ kind: 'message', channel: 'sms', text: { fa: 'x', en: 'x' } }])]
    expect(decided(rules, { event: quote }).messages).toEqual([])
    const wrong = rule('a', [{ kind: 'message', channel: 'sms', text: { fa: '{nam}', en: 'x' } }])
    expect(parseProgramme({ id: 'test', version: 1, currency: 'IRR', rules: [wrong] })).toEqual({
      ok: false,
      reason: 'rules.0.effects.0.text.fa: “nam” is no field of a message: did you mean “name”?',
    })
  })
})

describe('limits', () => {
  const gift = rule('gift', [{ kind: 'credit', amount: 30_000 }], {
    limits: [
      { per: 'member', every: 'month', times: 2 },
      { per: 'store', every: 'week', amount: 100_000 },
    ],
  })
  const names = ['gift/times/member sara/1405-08', 'gift/amount/store s1/week-2969']
  const [times = '', amount = ''] = names

  it('are counted by member, store and period', () => {
    expect(countersOf(programmeOf([gift]), { memberid: 'sara', store: 's1', effectiveAt })).toEqual(names)
    expect(decided([gift], { store: 's1', counters: { [times]: 1, [amount]: 0 } }).counters).toEqual([
      { counter: times, add: 1 },
      { counter: amount, add: 30_000 },
    ])
  })

  it('cut the last gift, then stop the rule and say so', () => {
    expect(decided([gift], { store: 's1', counters: { [times]: 0, [amount]: 90_000 } }).effects).toMatchObject([
      { desired: 30_000, granted: 10_000 },
    ])
    expect(decided([gift], { store: 's1', counters: { [times]: 2, [amount]: 0 } }).ruleFailures).toEqual([
      { ruleid: 'gift', condition: 'limit', expected: 'fewer than 2 times per member, month', found: '2' },
    ])
  })

  it('count what the till gave also where the rule would not give it any more', () => {
    const off = rule('off', [{ kind: 'discount', amount: 20_000 }], {
      limits: [{ per: 'programme', every: 'ever', amount: 20_000 }],
    })
    const applied = [{ kind: 'discount' as const, ruleid: 'off', amount: 20_000, currency: 'IRR' }]
    const counters = { 'off/amount/programme/ever': 20_000 }
    expect(decided([off], { event: { ...sale, applied }, counters }).counters).toEqual([
      { counter: 'off/amount/programme/ever', add: 20_000 },
    ])
  })
})

describe('where little is known', () => {
  it('a rule about the member or with a limit does not apply, whichever way it asks', () => {
    const member: MemberHistory = { memberid: 'unknown', visits: 0, purchases: 0, standing: 'unknown' }
    const credit = [{ kind: 'credit', basisPoints: 100 }]
    const rules = [
      rule('new', credit, { when: { visit: { to: 3 } } }),
      rule('not-regular', credit, { when: { not: { visit: { from: 11 } } } }),
      rule('few-points', credit, { when: { not: { any: [{ points: { name: 'club', from: 5 } }, { amount: { to: 3 } }] } } }),
      rule('limited', credit, { limits: [{ per: 'member', every: 'ever', times: 1 }] }),
      rule('large', credit, { when: { any: [{ visit: { to: 3 } }, { amount: { from: 5 } }] } }),
      rule('elsewhere', credit, { when: { store: ['s2'] } }),
      rule('here', credit, { when: { store: ['s1'], lane: ['lane-1'] } }),
    ]
    expect(decided(rules, { member, store: 's1' }).fired).toEqual(['large', 'here'])
  })

  it('balances and membership are looked at where they are known', () => {
    const fires = (when: object, member: MemberHistory = sara) =>
      decided([rule('a', [{ kind: 'credit', amount: 1 }], { when })], { member }).fired.length === 1
    expect(fires({ credit: { from: 50_000 }, stamps: { name: 'coffee', from: 8, to: 8 }, points: { name: 'club', to: 0 } })).toBe(
      true,
    )
    expect(fires({ credit: { from: 50_001 } })).toBe(false)
    const enrolledAt = '2026-11-20T21:00:00.000Z'
    expect(fires({ membership: { to: 0 } }, { ...sara, enrolledAt })).toBe(true)
    expect(fires({ membership: { from: 1 } }, { ...sara, enrolledAt: '2026-11-20T20:00:00.000Z' })).toBe(true)
  })
})

it('every effect and limit is told as a sentence', () => {
  const [told] = explainProgramme(
    programmeOf([
      rule(
        'all',
        [
          { kind: 'points', name: 'club', per: 10_000 },
          { kind: 'points', name: 'club', extra: 10_000 },
          { kind: 'stamps', name: 'coffee', of: coffee, freeEvery: 10 },
          { kind: 'message', channel: 'sms', after: { days: 75, at: '10:00' }, text: { fa: 'روغن', en: 'oil' } },
        ],
        { limits: [{ per: 'member', every: 'ever', times: 1 }], when: { store: ['s1'] } },
      ),
    ]),
  )
  expect(told?.text.en).toBe(
    'When the store is s1: 1 of “club” points for each 10,000 IRR; 100 % more “club” points; one “coffee” stamp for each item of “coffee”; with every 10 stamps the cheapest of them is free; 75 days later at 10:00 a message goes out by sms: “oil”, at most 1 times ever for each member.',
  )
  expect(told?.text.fa).toContain('یک مهر «coffee» برای هر عدد “coffee”')
})
