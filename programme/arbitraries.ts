import fc from 'fast-check'
import type { CouponWorth } from '#protocol/effects.ts'
import { weekdays } from './calendar.ts'
import type { DecisionEvent, MemberHistory } from './decide.ts'
import { occasions } from './events.ts'
import { programmeSchema } from './schema.ts'

/** Programmes of the whole language, members of every kind, events and baskets of every size: what fuzzing draws from. */

const range = fc.oneof(
  fc.nat(20).map((from) => ({ from: from + 1 })),
  fc.nat(20).map((to) => ({ to: to + 1 })),
)
const categories = ['coffee', 'cake', 'قهوه']
const products = ['p1', 'p2']
const brands = ['Naderi', 'كاله']
const selector = fc.oneof(
  fc.subarray(categories, { minLength: 1 }).map((category) => ({ category })),
  fc.subarray(products, { minLength: 1 }).map((product) => ({ product })),
  fc.subarray(brands, { minLength: 1 }).map((brand) => ({ brand })),
)
const clock = fc.nat(1_439).map((m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`)
const simple = fc.oneof(
  fc.constant({}),
  fc
    .constantFrom('visit', 'purchase', 'absence', 'membership', 'amount', 'credit')
    .chain((key) => range.map((r) => ({ [key]: r }))),
  fc.tuple(selector, range).map(([one, quantity]) => ({ lines: { ...one, quantity } })),
  fc.tuple(clock, clock).map(([from, to]) => ({ time: { from, to } })),
  fc.subarray([...weekdays], { minLength: 1 }).map((weekday) => ({ weekday })),
  fc.constantFrom({ date: { from: '1405-01-01' } }, { jalali: { month: [7, 8, 9] } }, { store: ['s1'] }, { lane: ['lane-2'] }),
  range.map((r) => ({ points: { name: 'club', ...r } })),
  range.map((r) => ({ stamps: { name: 'coffee', ...r } })),
)
const some = <T extends object>(given: fc.Arbitrary<T>) => fc.option(given, { nil: {} })
const small = fc.integer({ min: 1, max: 20 })
const around = fc
  .tuple(some(fc.nat(180).map((before) => ({ before }))), some(fc.nat(180).map((after) => ({ after }))))
  .map(([before, after]) => ({ ...before, ...after }))
/** What is asked of members, of where they are and of how they pay. */
const aboutMembers = fc.oneof(
  fc.constantFrom<object>(
    { tier: ['gold'] },
    { tier: ['bronze', 'silver'] },
    { segment: ['loyal', 'new'] },
    { sex: ['female'] },
    { area: ['ونك'] },
    { education: ['x'] },
    { referred: true },
    { referred: false },
    { survey: ['taste'] },
    { profile: ['name', 'birthday'] },
    { custom: { field: 'car', is: ['x', 4, true] } },
    { custom: { field: 'car', from: -1.5 } },
    { coupon: ['spring'] },
    { channel: ['store', 'online'] },
    { tender: { kinds: ['cash', 'card'] } },
    { expiring: { name: 'club', days: { to: 7 } } },
  ),
  fc.constantFrom('age', 'friends').chain((key) => range.map((r) => ({ [key]: r }))),
  fc.constantFrom('birthday', 'anniversary').chain((key) => around.map((window) => ({ [key]: window }))),
  fc.tuple(small, small).map(([visits, days]) => ({ streak: { visits, days } })),
  fc.constantFrom('weeks', 'months').chain((key) => small.map((count) => ({ streak: { [key]: count } }))),
  fc.tuple(range, range).map(([share, amount]) => ({ tender: { kinds: ['card'], share, amount } })),
)
const { condition } = fc.letrec<{ condition: object }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    simple,
    aboutMembers,
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    tie('condition').map((not) => ({ not })),
  ),
}))
const worth = fc.oneof(
  fc.nat(10_000).map((basisPoints) => ({ basisPoints })),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map((amount) => ({ amount })),
)
const atMost = fc.integer({ min: 1, max: 1_000_000 }).map((most) => ({ atMost: most }))
const of = selector.map((one) => ({ of: one }))
const text = { fa: 'متن', en: 'text' }
const points = { kind: 'points', name: 'club' }
const days = small.map((count) => ({ days: count }))
const span = fc.oneof(
  days,
  small.map((months) => ({ months })),
)
const lot = fc
  .tuple(some(span.map((expires) => ({ expires }))), some(days.map((activeAfter) => ({ activeAfter }))))
  .map(([expires, activeAfter]) => ({ ...expires, ...activeAfter }))
/** What can be given on every occasion. */
const fixedEffect = fc.oneof(
  fc.tuple(fc.constantFrom('credit', 'points'), small, lot).map(([kind, amount, more]) => ({
    kind,
    ...(kind === 'points' ? { name: 'club' } : {}),
    amount,
    ...more,
  })),
  fc.constant({ kind: 'stamps', name: 'visits' }),
  fc
    .tuple(worth, some(of), some(atMost), small)
    .map(([share, lines, most, count]) => ({ kind: 'coupon', name: 'spring', ...share, ...lines, ...most, days: count })),
  fc.constantFrom('bronze', 'silver', 'gold').map((to) => ({ kind: 'tier', to })),
  fc.constant({ kind: 'alert', text }),
  fc.constant({ kind: 'message', channel: 'sms', text }),
)
const effect = fc.oneof(
  fixedEffect,
  fc
    .tuple(fc.constantFrom(...products), some(small.map((quantity) => ({ quantity }))), some(atMost))
    .map(([product, quantity, most]) => ({
      kind: 'free-product',
      product,
      ...quantity,
      ...('atMost' in most ? { upTo: most.atMost } : {}),
    })),
  fc.constant({ kind: 'use-coupon', name: 'spring' }),
  fc.tuple(worth, lot).map(([share, more]) => ({ kind: 'credit', ...share, ...more })),
  fc.integer({ min: 2, max: 100 }).map((multiply) => ({ ...points, multiply })),
  fc
    .tuple(fc.constantFrom('credit', 'discount'), worth, some(of), some(atMost))
    .map(([kind, ...more]) => Object.assign({ kind }, ...more)),
  fc
    .tuple(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 100_000 })), some(of))
    .map(([per, more]) => ({ ...points, per, ...more })),
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), of, some(atMost))
    .map(([perItem, ...more]) => Object.assign({ ...points, perItem }, ...more)),
  fc.integer({ min: 1, max: 1_000_000 }).map((extra) => ({ ...points, extra })),
  fc.tuple(some(of), some(atMost)).map((more) => Object.assign({ kind: 'stamps', name: 'coffee' }, ...more)),
  fc.constant({ kind: 'prompt', audience: 'operator', text }),
  fc.tuple(fc.nat(100), clock).map(([days, at]) => ({ kind: 'message', channel: 'sms', text, after: { days, at } })),
)
const limit = fc.tuple(
  fc.constantFrom('member', 'store', 'lane', 'programme'),
  fc.constantFrom('day', 'week', 'month', 'ever'),
  fc.oneof(
    fc.integer({ min: 1, max: 5 }).map((times) => ({ times })),
    fc.integer({ min: 1, max: 1_000_000 }).map((amount) => ({ amount })),
  ),
)
const limits = fc.option(
  fc.array(
    limit.map(([per, every, most]) => ({ per, every, ...most })),
    { minLength: 1, maxLength: 2 },
  ),
  { nil: undefined },
)
const basics = { order: fc.nat(5), group: fc.constantFrom(undefined, 'a', 'b', 'c'), when: condition, limits }
const saleRule = fc.record({ ...basics, effects: fc.array(effect, { minLength: 1, maxLength: 3 }).map(settled) })
const otherRule = fc.record({
  ...basics,
  on: fc.constantFrom(...occasions.filter((one) => one !== 'sale')),
  effects: fc.array(fixedEffect, { minLength: 1, maxLength: 3 }),
})

/** Of a rule that uses a coupon nothing else is taken off. */
function settled(effects: { kind: string }[]): object[] {
  const use = effects.findIndex(({ kind }) => kind === 'use-coupon')
  if (use < 0) return effects
  return effects.filter((one, index) => index === use || !['use-coupon', 'discount', 'free-product'].includes(one.kind))
}

/** What is taken off is settled before payment: rules that ask how it is paid give credit. */
function beforePayment<T extends { when: object; effects: object[] }>(rule: T): object {
  if (!JSON.stringify(rule.when).includes('"tender"')) return rule
  const kept = rule.effects.filter((one) => !/^(discount|free-product|use-coupon)$/.test((one as { kind: string }).kind))
  return { ...rule, effects: kept.length === 0 ? [{ kind: 'credit', basisPoints: 100 }] : kept }
}

const tiers = {
  window: { calendar: 'season' },
  downgrade: 'drop-one',
  list: ['bronze', 'silver', 'gold'].map((id, level) => ({ id, name: text, ...(level === 0 ? {} : { visits: level * 5 }) })),
}
const policy = fc
  .tuple(span, some(days.map((activeAfter) => ({ activeAfter }))))
  .map(([after, more]) => ({ after, ...more, remind: [{ days: 3 }] }))
const settings = fc.record({
  tiers: fc.constant(tiers),
  expiry: fc.record({ credit: policy, points: fc.record({ club: policy }) }),
  groups: fc.tuple(some(atMost), some(fc.nat(5).map((order) => ({ order })))).map(([most, order]) => [
    { id: 'a', mode: 'exclusive' },
    { id: 'b', mode: 'cumulative', ...most },
    { id: 'c', mode: 'cumulative', ...order },
  ]),
  redemption: fc.option(fc.record({ minimum: small, step: small }), { nil: undefined }),
  overdraft: fc.constantFrom(undefined, 'never', 'returns'),
  inForceFrom: fc.constantFrom(undefined, '1405-01-01', '2026-11-21T10:00:00+03:30'),
})
const card = { kind: 'stamps', name: 'coffee', of: { category: ['coffee'] }, freeEvery: 3 }
export const programmes = fc
  .tuple(settings, fc.array(fc.oneof(saleRule.map(beforePayment), otherRule), { maxLength: 8 }))
  .map(([given, list]) => {
    const rules = [...list, { order: 3, when: {}, effects: [card] }].map((one, n) => ({ id: `r${n}`, ...one }))
    return programmeSchema.parse({ id: 'any', version: 1, currency: 'IRR', ...given, rules })
  })
const coupons = fc.array(
  fc.record({
    couponid: fc.constantFrom('c1', 'c2', 'c3'),
    name: fc.constantFrom('spring', 'other'),
    worth: fc.tuple(worth, some(of), some(atMost)).map((parts) => Object.assign({}, ...parts) as CouponWorth),
  }),
  { maxLength: 3 },
)
const personal = fc.record(
  {
    birthday: fc.constantFrom('1399-12-30', '2000-02-29', '1405-08-30', 'tomorrow', ''),
    sex: fc.constantFrom('female', 'male'),
    area: fc.constantFrom('ونک', ''),
    education: fc.constant('x'),
    custom: fc.record({ car: fc.oneof(fc.string(), fc.double(), fc.boolean()) }),
  },
  { requiredKeys: [] },
)
export const members: fc.Arbitrary<MemberHistory> = fc.record(
  {
    memberid: fc.constant('sara'),
    visits: fc.nat(20),
    purchases: fc.nat(20),
    lastVisitAt: fc.integer({ min: Date.UTC(2026, 9), max: Date.UTC(2026, 11) }).map((ms) => new Date(ms).toISOString()),
    enrolledAt: fc.constant('2026-10-15T10:00:00.000Z'),
    credit: fc.integer({ min: -1_000, max: 1_000_000 }),
    units: fc.record({ 'stamps:coffee': fc.integer({ min: -5, max: 20 }), 'points:club': fc.nat(30) }),
    standing: fc.constant('unknown' as const),
    tier: fc.constantFrom('bronze', 'gold', 'gone'),
    personal,
    recentVisits: fc.array(
      fc.integer({ min: Date.UTC(2026, 5), max: Date.UTC(2026, 11) }).map((ms) => new Date(ms).toISOString()),
      { maxLength: 8 },
    ),
    referral: fc.oneof(
      fc.nat(5).map((friends) => ({ friends })),
      fc.constant({ by: 'reza', friends: 0 }),
    ),
    surveys: fc.subarray(['taste', 'service']),
    segments: fc.subarray(['loyal']),
    profileFields: fc.subarray(['name', 'birthday']),
    coupons,
  },
  { requiredKeys: ['memberid', 'visits', 'purchases'] },
)
const line = fc.record({
  product: fc.constantFrom(...products),
  category: fc.constantFrom(...categories),
  brand: fc.constantFrom(...brands),
  quantity: fc.double({ min: 0.1, max: 50, noNaN: true }),
  amount: fc.nat(Number.MAX_SAFE_INTEGER),
})
export const events: fc.Arbitrary<DecisionEvent> = fc
  .tuple(fc.nat(Number.MAX_SAFE_INTEGER), fc.array(line, { maxLength: 6 }))
  .chain(([total, lines]) =>
    fc.constantFrom<DecisionEvent>(
      { kind: 'presented' },
      { kind: 'quote', total, currency: 'IRR', lines },
      { kind: 'sale', total, currency: 'IRR', lines, applied: [] },
      { kind: 'sale', total, currency: 'IRR', lines, applied: [], tenders: [{ kind: 'card', amount: total }] },
      { kind: 'visit' },
      { kind: 'enrolled' },
      { kind: 'profile-completed' },
      { kind: 'survey-answered', survey: 'taste' },
      { kind: 'friend-bought' },
      { kind: 'birthday' },
      { kind: 'points-expiring', name: 'club', amount: total, days: 3 },
      { kind: 'credit-expiring', amount: total, days: 3 },
    ),
  )
