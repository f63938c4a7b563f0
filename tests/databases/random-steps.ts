import fc from 'fast-check'
import type { StoreSettings } from '#club/store/store.ts'
import { programmeSchema } from '#programme/schema.ts'
import { storeSettings } from './store-settings.ts'

/** Rules of every kind that moves something: credit, points, stamps and what is free for them, discounts, limits, messages. */
export const historyProgramme = programmeSchema.parse({
  id: 'history',
  version: 3,
  currency: 'IRR',
  expiry: {
    credit: { after: { days: 3 }, remind: [{ days: 1 }] },
    points: { club: { after: { days: 2 }, activeAfter: { days: 1 } } },
  },
  tiers: {
    window: { days: 30 },
    downgrade: 'drop-one',
    grace: 3,
    list: [
      { id: 'bronze', name: { fa: 'برنزی', en: 'Bronze' } },
      { id: 'silver', name: { fa: 'نقره‌ای', en: 'Silver' }, spend: 150_000 },
    ],
  },
  rules: [
    { id: 'welcome', on: 'enrolled', order: 1, when: {}, effects: [{ kind: 'credit', amount: 7_000 }] },
    { id: 'friend', on: 'friend-bought', order: 1, when: {}, effects: [{ kind: 'credit', amount: 3_000 }] },
    { id: 'soon', on: 'credit-expiring', order: 1, when: {}, effects: [{ kind: 'points', name: 'club', amount: 1 }] },
    { id: 'cake', on: 'birthday', order: 1, when: {}, effects: [{ kind: 'credit', amount: 2_000 }] },
    { id: 'tea', on: 'survey-answered', order: 1, when: {}, effects: [{ kind: 'points', name: 'club', amount: 5 }] },
    { id: 'silver', order: 9, when: { tier: ['silver'] }, effects: [{ kind: 'credit', amount: 1_000 }] },
    { id: 'women', order: 9, when: { sex: ['female'] }, effects: [{ kind: 'credit', amount: 500 }] },
    {
      id: 'spring',
      order: 9,
      when: { amount: { from: 60_000 } },
      effects: [{ kind: 'coupon', name: 'spring', basisPoints: 1_000, days: 9 }],
    },
    { id: 'share', order: 1, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] },
    { id: 'points', order: 2, when: {}, effects: [{ kind: 'points', name: 'club', per: 10_000 }] },
    {
      id: 'coffees',
      order: 3,
      when: {},
      effects: [{ kind: 'stamps', name: 'coffee', of: { category: ['coffee'] }, freeEvery: 4 }],
    },
    { id: 'large', order: 4, when: { amount: { from: 50_000 } }, effects: [{ kind: 'discount', basisPoints: 500 }] },
    {
      id: 'gift',
      order: 5,
      when: { store: ['s1'] },
      limits: [
        { per: 'member', every: 'day', times: 2 },
        { per: 'programme', every: 'ever', amount: 60_000 },
      ],
      effects: [
        { kind: 'credit', amount: 20_000 },
        { kind: 'message', channel: 'sms', text: { fa: 'سلام {name}', en: 'Hello {name}' } },
      ],
    },
  ],
})
export const historySettings: StoreSettings = { ...storeSettings, programmes: { current: historyProgramme } }

export const people = ['sara', 'dara', 'mina'] as const
const who = fc.constantFrom(...people)
const anyone = fc.option(who, { nil: undefined })
const index = fc.nat(30)
const late = fc.constantFrom(0, 0, 0, -1, -30, -1_000)

/** What can happen in the stores of a club; `of` counts from the newest sale or message. */
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('enrol' as const), who, mobile: fc.option(fc.nat(1)) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('sale' as const),
      who: anyone,
      items: fc.integer({ min: 1, max: 8 }),
      late,
      quoted: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('reverse' as const), of: index }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('return' as const), of: index, quantity: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reversed-first' as const), who: anyone, items: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('advised' as const), who: anyone, first: fc.constantFrom('sale', 'advice') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('twin' as const), who: anyone, items: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('claim' as const), who, of: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('react' as const, 'survey' as const, 'tap' as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('link' as const, 'block' as const, 'replace' as const), who, card: fc.nat(3) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('merge' as const, 'household' as const, 'import' as const, 'adjust' as const),
      who,
      of: index,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('update' as const, 'erase' as const, 'erase-here' as const), who, of: index }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('spend' as const),
      who,
      credit: fc.integer({ min: 1, max: 30 }),
      store: fc.constantFrom('s1', 's2'),
      outcome: fc.constantFrom('sale', 'captured', 'voided', 'nothing', 'sale-only'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const), days: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('day' as const, 'foreign-money' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('repeat' as const, 'conflict' as const), of: index }) },
)
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
/** Steps in batches that are committed one after another: as a rule long, since short ones hold next to nothing. */
export const histories = (maxLength = 14): fc.Arbitrary<Step[][]> =>
  fc
    .array(fc.array(step, { minLength: 1, maxLength: 4, size: 'max' }), { maxLength, size: 'max' })
    .map((batches) => [enrolments, ...batches])

const enrolments: Step[] = [
  { kind: 'enrol', who: 'sara', mobile: 0 },
  { kind: 'enrol', who: 'dara', mobile: null },
]
