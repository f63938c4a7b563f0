import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type DecisionEvent, decide, type MemberHistory } from './decide.ts'
import { basketOf } from './events.ts'
import { type Programme, parseProgramme, programmeSchema } from './schema.ts'

const programme = programmeSchema.parse(parse(readFileSync(new URL('./default.yaml', import.meta.url), 'utf8')))
const effectiveAt = '2026-11-21T10:00:00.000Z'
const context = { counters: {} }
const member = (visits: number, more: Partial<MemberHistory> = {}): MemberHistory => ({
  memberid: '01900000-0000-7000-8000-000000000001',
  visits,
  purchases: visits,
  ...more,
})
const quote = (total: number): DecisionEvent => ({ kind: 'quote', total, currency: 'IRR', lines: [] })
const sale = (total: number, given = 0): DecisionEvent => ({
  kind: 'sale',
  total,
  currency: 'IRR',
  lines: [],
  applied: given > 0 ? [{ kind: 'discount', ruleid: 'first-purchase', amount: given, currency: 'IRR' }] : [],
})
const credit = (effects: readonly { kind: string; granted?: number }[]) =>
  effects.filter((one) => one.kind === 'credit').reduce((sum, one) => sum + (one.granted ?? 0), 0)

describe('the programme of a new club', () => {
  it('gives everyone 10 % of each purchase as credit', () => {
    const decision = decide({ programme, member: member(3), context, event: sale(1_234_567), effectiveAt })
    expect(decision.effects).toEqual([
      { kind: 'credit', ruleid: 'everyone-10', desired: 123_456, granted: 123_456, currency: 'IRR' },
    ])
    expect(decision.fired).toEqual(['everyone-10'])
  })

  it('gives 15 % instead from the 11th visit on, and tells the cashier what to say at that very moment', () => {
    const tenth = decide({ programme, member: member(9), context, event: sale(1_000_000), effectiveAt })
    const eleventh = decide({ programme, member: member(10), context, event: sale(1_000_000), effectiveAt })
    expect([credit(tenth.effects), credit(eleventh.effects)]).toEqual([100_000, 150_000])
    expect(tenth.prompts).toEqual([])
    expect(eleventh.prompts).toMatchObject([{ audience: 'operator', ruleid: 'regular-15' }])
    expect(tenth.ruleFailures).toContainEqual({ ruleid: 'regular-15', condition: 'visit', expected: '11 or more', found: '10' })
    expect(eleventh.ruleFailures).toContainEqual({
      ruleid: 'everyone-10',
      condition: 'group',
      expected: 'no earlier rule of earning',
      found: 'regular-15',
    })
    const tap = decide({ programme, member: member(10), context, event: { kind: 'presented' }, effectiveAt })
    expect(tap.prompts).toEqual(eleventh.prompts)
    expect(tap.effects).toEqual([])
  })

  it('quotes a 5 % cash discount on the first purchase, and credit on what is left to pay', () => {
    const decision = decide({ programme, member: member(0), context, event: quote(1_000_000), effectiveAt })
    expect(decision).toMatchObject({ discount: 50_000, payable: 950_000 })
    expect(credit(decision.effects)).toBe(95_000)
    expect(decide({ programme, member: member(1), context, event: quote(1_000_000), effectiveAt }).discount).toBe(0)
  })

  it('books the discount that was really given, and none that was not', () => {
    const given = decide({ programme, member: member(0), context, event: sale(1_000_000, 50_000), effectiveAt })
    expect([given.payable, credit(given.effects)]).toEqual([950_000, 95_000])
    const notGiven = decide({ programme, member: member(0), context, event: sale(1_000_000), effectiveAt })
    expect([notGiven.payable, credit(notGiven.effects)]).toEqual([1_000_000, 100_000])
    expect(notGiven.ruleFailures).toContainEqual({
      ruleid: 'first-purchase',
      condition: 'applied',
      expected: 'given at the till before payment',
      found: 'not given',
    })
    const late = decide({ programme, member: member(7), context, event: sale(1_000_000, 30_000), effectiveAt })
    expect([late.discount, late.payable]).toEqual([30_000, 970_000])
  })

  it('gives nothing where there is no member, and nothing in a foreign currency', () => {
    const nobody = decide({ programme, member: undefined, context, event: quote(1_000_000), effectiveAt })
    expect(nobody).toMatchObject({ effects: [], prompts: [], fired: [], payable: 1_000_000, visit: undefined })
    const event: DecisionEvent = { kind: 'quote', total: 500, currency: 'EUR', lines: [] }
    expect(decide({ programme, member: member(0), context, event, effectiveAt }).effects).toEqual([])
  })

  it('counts several presences within two hours as one visit', () => {
    const at = (lastVisitAt: string) =>
      decide({ programme, member: member(10, { lastVisitAt }), context, event: sale(1_000_000), effectiveAt })
    expect(at('2026-11-21T08:00:01.000Z').visit).toEqual({ number: 10, begins: false })
    expect(credit(at('2026-11-21T08:00:01.000Z').effects)).toBe(100_000)
    expect(at('2026-11-21T08:00:00.000Z').visit).toEqual({ number: 11, begins: true })
    expect(at('2026-11-21T11:59:59.000Z').visit, 'a sale that is reported late').toEqual({ number: 10, begins: false })
  })
})

const share = fc.integer({ min: 0, max: 10_000 })
const consequences = fc.oneof(
  share.map((basisPoints) => ({ kind: 'credit' as const, basisPoints })),
  share.map((basisPoints) => ({ kind: 'discount' as const, basisPoints })),
  fc.constant({ kind: 'prompt' as const, audience: 'operator' as const, text: { fa: 'بگویید', en: 'say' } }),
)
const rules = fc.array(
  fc.record({
    group: fc.constantFrom(undefined, 'a', 'b'),
    order: fc.integer({ min: 0, max: 5 }),
    when: fc.constantFrom({}, { visit: { from: 3 } }, { purchase: { to: 2 } }),
    effects: fc.array(consequences, { minLength: 1, maxLength: 3 }),
  }),
  { maxLength: 8 },
)
const programmes: fc.Arbitrary<Programme> = rules.map((list) =>
  programmeSchema.parse({ ...programme, rules: list.map((rule, index) => ({ ...rule, id: `r${index}` })) }),
)
const members = fc.option(
  fc.nat(20).map((visits) => member(visits)),
  { nil: undefined },
)
const events = fc
  .nat(Number.MAX_SAFE_INTEGER)
  .chain((total) => fc.constantFrom(quote(total), sale(total), sale(total, Math.min(total, 7))))

describe('any programme', () => {
  it('never gives a negative or broken amount, never more than the total off, and adds up', () => {
    fc.assert(
      fc.property(programmes, members, events, (document, who, event) => {
        const decision = decide({ programme: document, member: who, context, event, effectiveAt })
        const total = basketOf(event)?.total ?? 0
        for (const effect of decision.effects) {
          if (effect.kind !== 'credit' && effect.kind !== 'discount') throw new Error('these rules give money only')
          expect(Number.isSafeInteger(effect.granted) && effect.granted >= 0 && effect.granted <= effect.desired).toBe(true)
        }
        expect(decision.payable + decision.discount).toBe(total)
        expect(decision.payable).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('rounds each share down', () => {
    fc.assert(
      fc.property(programmes, members, events, (document, who, event) => {
        const decision = decide({ programme: document, member: who, context, event, effectiveAt })
        for (const effect of decision.effects) {
          if (effect.kind !== 'credit') continue
          const points = document.rules
            .find((rule) => rule.id === effect.ruleid)
            ?.effects.flatMap((one) => (one.kind === 'credit' ? [BigInt(one.basisPoints ?? 0)] : []))
          const exact = (points ?? []).map((one) => BigInt(decision.payable) * one)
          expect(
            exact.some(
              (value) => value - BigInt(effect.granted) * 10_000n >= 0n && value - BigInt(effect.granted) * 10_000n < 10_000n,
            ),
          ).toBe(true)
        }
      }),
    )
  })

  it('lets one rule of a group fire, the first that matches, and explains every rule that did not', () => {
    fc.assert(
      fc.property(programmes, members, events, (document, who, event) => {
        const decision = decide({ programme: document, member: who, context, event, effectiveAt })
        const fired = document.rules.filter((rule) => decision.fired.includes(rule.id))
        for (const group of ['a', 'b']) expect(fired.filter((rule) => rule.group === group).length).toBeLessThanOrEqual(1)
        expect([...decision.fired, ...decision.ruleFailures.map((one) => one.ruleid)].sort()).toEqual(
          document.rules.map((rule) => rule.id).sort(),
        )
        for (const failure of decision.ruleFailures.filter((one) => one.condition === 'group')) {
          const loser = document.rules.find((rule) => rule.id === failure.ruleid)
          const winner = document.rules.find((rule) => rule.id === failure.found)
          expect(winner?.order).toBeLessThanOrEqual(loser?.order ?? 0)
        }
      }),
    )
  })

  it('decides the same again, and leaves its input alone', () => {
    fc.assert(
      fc.property(programmes, members, events, (document, who, event) => {
        const before = structuredClone({ document, who, event })
        const first = decide({ programme: document, member: who, context, event, effectiveAt })
        expect({ document, who, event }).toEqual(before)
        expect(decide({ programme: document, member: who, context, event, effectiveAt })).toEqual(first)
      }),
    )
  })
})

it('a programme that is wrong is refused with the place', () => {
  expect(parseProgramme({ ...programme, visitGap: '2h' })).toMatchObject({
    ok: false,
    reason: expect.stringContaining('visitGap'),
  })
  const twice = { ...programme, rules: [...programme.rules, ...programme.rules] }
  expect(parseProgramme(twice)).toMatchObject({ ok: false, reason: expect.stringContaining('first-purchase') })
  fc.assert(fc.property(fc.jsonValue(), (value) => parseProgramme(value).ok === false))
})
