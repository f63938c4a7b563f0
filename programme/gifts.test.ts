import { describe, expect, it } from 'vitest'
import type { AppliedEffect } from '#protocol/effects.ts'
import { type DecisionEvent, decide, type MemberHistory } from './decide.ts'
import { programmeSchema } from './schema.ts'

const lines = [
  { product: 'cake', category: 'sweets', brand: 'Naderi', quantity: 2, amount: 240_000 },
  { product: 'latte', category: 'coffee', quantity: 1, amount: 160_000 },
]
const quote: DecisionEvent = { kind: 'quote', total: 400_000, currency: 'IRR', lines }
const saleWith = (applied: readonly AppliedEffect[] = []): DecisionEvent => ({ ...quote, kind: 'sale', applied })
const sara: MemberHistory = { memberid: 'sara', visits: 1, purchases: 1 }
const rule = (id: string, effects: object[], more: object = {}) => ({ id, order: 1, when: {}, effects, ...more })
const effectiveAt = '2026-11-21T10:00:00.000Z'
const decided = (
  rules: object[],
  { event = quote, member = {}, more = {} }: { event?: DecisionEvent; member?: Partial<MemberHistory>; more?: object } = {},
) =>
  decide({
    programme: programmeSchema.parse({ id: 'test', version: 1, currency: 'IRR', rules, ...more }),
    member: { ...sara, ...member },
    context: { counters: {} },
    event,
    effectiveAt,
  })
const off = (ruleid: string, amount: number): AppliedEffect => ({ kind: 'discount', ruleid, amount, currency: 'IRR' })

describe('a free product', () => {
  const birthday = (more: object = {}) => [rule('birthday', [{ kind: 'free-product', product: 'cake', ...more }])]

  it('is taken off before payment, up to its worth', () => {
    expect(decided(birthday())).toMatchObject({
      discount: 120_000,
      payable: 280_000,
      offers: [],
      effects: [{ kind: 'discount', ruleid: 'birthday', desired: 120_000, granted: 120_000, product: 'cake', quantity: 1 }],
    })
    expect(decided(birthday({ quantity: 5, upTo: 200_000 })).effects).toMatchObject([
      { desired: 240_000, granted: 200_000, quantity: 2 },
    ])
  })

  it('is offered where it is not in the basket, already when the member shows a card', () => {
    const offer = { ruleid: 'birthday', product: 'cake', quantity: 1, upTo: undefined }
    expect(decided(birthday(), { event: { kind: 'presented' } }).offers).toEqual([offer])
    const empty = decided(birthday(), { event: { ...quote, lines: lines.slice(1) } })
    expect([empty.offers, empty.discount]).toEqual([[offer], 0])
    expect(decided(birthday({ quantity: 3 })).offers).toEqual([offer])
  })

  it('is booked only as the till gave it', () => {
    expect(decided(birthday(), { event: saleWith() }).ruleFailures).toMatchObject([{ condition: 'applied' }])
    expect(decided(birthday(), { event: saleWith([off('birthday', 120_000)]) })).toMatchObject({
      fired: ['birthday'],
      discount: 120_000,
    })
  })
})

describe('a coupon', () => {
  const coupon = { kind: 'coupon', name: 'spring', basisPoints: 2_500, of: { category: ['sweets'] }, atMost: 50_000, days: 30 }
  const worth = { basisPoints: 2_500, of: { category: ['sweets'] }, atMost: 50_000 }
  const use = [rule('use', [{ kind: 'use-coupon', name: 'spring' }])]
  const held = (couponid: string, more: object = {}) => ({ couponid, name: 'spring', worth, ...more })

  it('is given for a later purchase, with its worth and its days', () => {
    expect(decided([rule('give', [{ ...coupon, activeAfter: { days: 1 } }])], { event: saleWith() }).effects).toEqual([
      {
        kind: 'coupon',
        ruleid: 'give',
        name: 'spring',
        worth,
        currency: 'IRR',
        // Tomorrow's first minute in Tehran, and the end of the 30th day after.
        activeat: '2026-11-21T20:30:00.000Z',
        expiresat: '2026-12-22T20:30:00.000Z',
      },
    ])
    const nothing: DecisionEvent = { kind: 'sale', total: 0, currency: 'IRR', lines: [], applied: [] }
    expect(decided([rule('give', [coupon])], { event: nothing }).effects).toEqual([])
  })

  it('takes off what it was worth when it was given, and is used by it', () => {
    expect(decided(use, { member: { coupons: [held('c1')] } })).toMatchObject({
      discount: 50_000,
      effects: [
        { kind: 'discount', ruleid: 'use', desired: 60_000, granted: 50_000 },
        { kind: 'coupon-used', ruleid: 'use', name: 'spring', couponid: 'c1' },
      ],
    })
  })

  it('is used first where it is lost first, and not before or after its days', () => {
    const coupons = [
      held('late', { expiresAt: '2026-12-01T00:00:00.000Z' }),
      held('over', { expiresAt: effectiveAt }),
      held('not-yet', { activeAt: '2026-11-22T00:00:00.000Z', expiresAt: '2026-11-23T00:00:00.000Z' }),
      held('first', { expiresAt: '2026-11-22T00:00:00.000Z' }),
      held('never'),
    ]
    const used = (among: typeof coupons) =>
      decided(use, { member: { coupons: among } }).effects.flatMap((one) => (one.kind === 'coupon-used' ? [one.couponid] : []))
    expect([used(coupons), used(coupons.toReversed()), used(coupons.slice(1, 3))]).toEqual([['first'], ['first'], []])
  })

  it('stays with the member where the till did not take it off, and the rule says so', () => {
    const sold = (applied: AppliedEffect[]) => decided(use, { event: saleWith(applied), member: { coupons: [held('c1')] } })
    expect(sold([]).ruleFailures).toMatchObject([{ condition: 'applied' }])
    expect(sold([off('use', 50_000)]).effects).toContainEqual({
      kind: 'coupon-used',
      ruleid: 'use',
      name: 'spring',
      couponid: 'c1',
    })
  })

  it('is asked for by the rule that uses it, and can be asked for by others', () => {
    const prompt = { kind: 'prompt', audience: 'operator', text: { fa: 'کوپن', en: 'coupon' } }
    const rules = [...use, rule('remind', [prompt], { when: { coupon: ['spring', 'summer'] } })]
    expect(decided(rules, { member: { coupons: [] } }).ruleFailures).toEqual([
      { ruleid: 'use', condition: 'coupon', expected: 'spring', found: 'no such coupon that can be used now' },
      { ruleid: 'remind', condition: 'coupon', expected: 'spring or summer', found: 'no such coupon that can be used now' },
    ])
    expect(decided(rules, { member: { coupons: [held('c1')] } }).fired).toEqual(['use', 'remind'])
  })
})

describe('a tier by rule', () => {
  const name = { fa: 'x', en: 'x' }
  const list = [
    { id: 'bronze', name },
    { id: 'silver', name, visits: 5 },
    { id: 'gold', name, visits: 10 },
  ]
  const more = { tiers: { window: { days: 365 }, downgrade: 'never', list } }
  const rules = [rule('s', [{ kind: 'tier', to: 'silver' }]), rule('g', [{ kind: 'tier', to: 'gold' }])]

  it('moves the member up to the highest of them, for one window, and never down', () => {
    const moved = (tier: string) => decided(rules, { event: saleWith(), member: { tier }, more }).effects
    expect(moved('bronze')).toEqual([{ kind: 'tier', ruleid: 'g', tier: 'gold', since: '2027-11-21T10:00:00.000Z' }])
    expect(moved('gold')).toEqual([])
  })
})

it('an alert goes to head office when it is booked, and the store hears nothing of it', () => {
  const rules = [
    rule('huge', [{ kind: 'alert', text: { fa: 'خرید بزرگ', en: 'A huge purchase' } }], { when: { amount: { from: 1 } } }),
  ]
  expect(decided(rules, { event: saleWith() })).toMatchObject({
    alerts: [{ ruleid: 'huge', text: { en: 'A huge purchase' } }],
    effects: [],
    prompts: [],
  })
  expect(decided(rules).alerts).toEqual([])
})

it('points are multiplied on what the other rules give', () => {
  const points = { kind: 'points', name: 'club' }
  const { effects } = decided([rule('three', [{ ...points, multiply: 3 }]), rule('base', [{ ...points, per: 10_000 }])])
  expect(effects).toMatchObject([
    { ruleid: 'base', granted: 40 },
    { ruleid: 'three', granted: 80 },
  ])
})

it('what is granted says when it begins and ends: by its effect, else by the programme', () => {
  const more = {
    expiry: { credit: { after: { months: 1 } }, points: { club: { after: { days: 10 }, activeAfter: { days: 3 } } } },
  }
  const rules = [
    rule('plain', [{ kind: 'credit', amount: 100 }]),
    rule('own', [{ kind: 'credit', amount: 100, expires: { days: 2 }, activeAfter: { days: 1 } }]),
    rule('points', [{ kind: 'points', name: 'club', amount: 1 }]),
    rule('other', [{ kind: 'points', name: 'other', amount: 1 }]),
  ]
  const when = decided(rules, { more }).effects.map(
    (one) => 'granted' in one && [one.kind, 'activeat' in one && one.activeat, 'expiresat' in one && one.expiresat],
  )
  expect(when).toEqual([
    // 30 Aban and a month is 30 Azar; Tehran's midnight after it.
    ['credit', false, '2026-12-21T20:30:00.000Z'],
    ['credit', '2026-11-21T20:30:00.000Z', '2026-11-24T20:30:00.000Z'],
    ['points', '2026-11-23T20:30:00.000Z', '2026-12-04T20:30:00.000Z'],
    ['points', false, false],
  ])
})
