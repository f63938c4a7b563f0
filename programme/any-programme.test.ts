import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { weekdays } from './calendar.ts'
import { type DecisionEvent, decide, type MemberHistory } from './decide.ts'
import { basketOf } from './events.ts'
import { explainProgramme } from './explain.ts'
import { countersOf } from './limits.ts'
import { parseProgramme, programmeSchema } from './schema.ts'

// Programmes of the whole language, members of every kind, baskets of every size.

const range = fc.oneof(
  fc.nat(20).map((from) => ({ from: from + 1 })),
  fc.nat(20).map((to) => ({ to: to + 1 })),
)
const categories = ['coffee', 'cake', 'قهوه']
const products = ['p1', 'p2']
const selector = fc.oneof(
  fc.subarray(categories, { minLength: 1 }).map((category) => ({ category })),
  fc.subarray(products, { minLength: 1 }).map((product) => ({ product })),
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
const { condition } = fc.letrec<{ condition: object }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    simple,
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    tie('condition').map((not) => ({ not })),
  ),
}))
const worth = fc.oneof(
  fc.nat(10_000).map((basisPoints) => ({ basisPoints })),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map((amount) => ({ amount })),
)
const some = <T extends object>(given: fc.Arbitrary<T>) => fc.option(given, { nil: {} })
const atMost = fc.integer({ min: 1, max: 1_000_000 }).map((most) => ({ atMost: most }))
const of = selector.map((one) => ({ of: one }))
const text = { fa: 'متن', en: 'text' }
const points = { kind: 'points', name: 'club' }
const effect = fc.oneof(
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
  fc.constantFrom('member', 'store', 'programme'),
  fc.constantFrom('day', 'week', 'month', 'ever'),
  fc.oneof(
    fc.integer({ min: 1, max: 5 }).map((times) => ({ times })),
    fc.integer({ min: 1, max: 1_000_000 }).map((amount) => ({ amount })),
  ),
)
const rule = fc.record({
  order: fc.nat(5),
  group: fc.constantFrom(undefined, 'a'),
  when: condition,
  limits: fc.option(
    fc.array(
      limit.map(([per, every, most]) => ({ per, every, ...most })),
      { minLength: 1, maxLength: 2 },
    ),
    {
      nil: undefined,
    },
  ),
  effects: fc.array(effect, { minLength: 1, maxLength: 3 }),
})
const card = { kind: 'stamps', name: 'coffee', of: { category: ['coffee'] }, freeEvery: 3 }
const programmes = fc.array(rule, { maxLength: 8 }).map((list) => {
  const rules = [...list, { order: 3, when: {}, effects: [card] }].map((one, n) => ({ id: `r${n}`, ...one }))
  return programmeSchema.parse({ id: 'any', version: 1, currency: 'IRR', rules })
})
const members: fc.Arbitrary<MemberHistory> = fc.record(
  {
    memberid: fc.constant('sara'),
    visits: fc.nat(20),
    purchases: fc.nat(20),
    lastVisitAt: fc.integer({ min: Date.UTC(2026, 9), max: Date.UTC(2026, 11) }).map((ms) => new Date(ms).toISOString()),
    enrolledAt: fc.constant('2026-10-15T10:00:00.000Z'),
    credit: fc.integer({ min: -1_000, max: 1_000_000 }),
    units: fc.record({ 'stamps:coffee': fc.integer({ min: -5, max: 20 }), 'points:club': fc.nat(30) }),
    standing: fc.constant('unknown' as const),
  },
  { requiredKeys: ['memberid', 'visits', 'purchases'] },
)
const line = fc.record({
  product: fc.constantFrom(...products),
  category: fc.constantFrom(...categories),
  quantity: fc.double({ min: 0.1, max: 50, noNaN: true }),
  amount: fc.nat(Number.MAX_SAFE_INTEGER),
})
const events: fc.Arbitrary<DecisionEvent> = fc
  .tuple(fc.nat(Number.MAX_SAFE_INTEGER), fc.array(line, { maxLength: 6 }))
  .chain(([total, lines]) =>
    fc.constantFrom<DecisionEvent>(
      { kind: 'presented' },
      { kind: 'quote', total, currency: 'IRR', lines },
      { kind: 'sale', total, currency: 'IRR', lines, applied: [] },
    ),
  )
const effectiveAt = '2026-11-21T10:00:00.000Z'
const scope = { memberid: 'sara', store: 's1', effectiveAt }
const place = { store: 's1', lane: 'lane-1' }

describe('any programme of the whole language', () => {
  it('gives whole amounts, no more than it wants, than the total and than its limits leave, and the same again', () => {
    fc.assert(
      fc.property(programmes, members, events, fc.nat(500_000), (programme, member, event, used) => {
        const counters = Object.fromEntries(
          countersOf(programme, scope).map((one) => [one, one.includes('/times/') ? used % 6 : used]),
        )
        const given = { programme, member, context: { counters }, event, place, effectiveAt }
        const decision = decide(given)
        const total = basketOf(event)?.total ?? 0
        expect(decision.payable + decision.discount).toBe(total)
        const gave = new Map<string, number>()
        for (const one of decision.effects) {
          const amounts = 'granted' in one ? [one.granted] : 'amount' in one ? [one.amount] : []
          for (const amount of amounts) expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true)
          if ('desired' in one) expect(one.granted).toBeLessThanOrEqual(one.desired)
          if (one.kind === 'credit' || one.kind === 'discount') gave.set(one.ruleid, (gave.get(one.ruleid) ?? 0) + one.granted)
        }
        for (const { id, limits = [] } of programme.rules)
          for (const { amount } of limits)
            if (amount !== undefined && gave.has(id)) expect((gave.get(id) ?? 0) + used).toBeLessThanOrEqual(amount)
        expect(decide(given)).toEqual(decision)
        for (const { due } of decision.messages) expect(due >= effectiveAt).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('is read back from its own JSON as it is, and told as sentences', () => {
    fc.assert(
      fc.property(programmes, (programme) => {
        expect(parseProgramme(JSON.parse(JSON.stringify(programme)))).toEqual({
          ok: true,
          programme: JSON.parse(JSON.stringify(programme)),
        })
        for (const { text: told } of explainProgramme(programme)) expect(told.en).toMatch(/^(Always|When ).+\.$/)
      }),
    )
  })
})
