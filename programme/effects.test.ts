import { expect, it } from 'vitest'
import { type DecisionEvent, decide } from './decide.ts'
import { parseProgramme, programmeSchema } from './schema.ts'

const lines = [
  { product: 'latte', category: 'coffee', quantity: 2, amount: 300_000 },
  { product: 'bull', category: 'energy-drink', quantity: 1, amount: 200_000 },
]
const quote: DecisionEvent = { kind: 'quote', total: 500_000, currency: 'IRR', lines }
const rule = (id: string, effects: object[], more: object = {}) => ({ id, order: 1, when: {}, effects, ...more })
const decided = (rules: object[], event: DecisionEvent = quote) =>
  decide({
    programme: programmeSchema.parse({ id: 'test', version: 1, currency: 'IRR', rules }),
    member: { memberid: 'sara', visits: 1, purchases: 1 },
    context: { counters: {} },
    event,
    effectiveAt: '2026-11-21T10:00:00.000Z',
  })

it('gives a share of some lines only, and a fixed amount where one of them is there', () => {
  const coffee = { of: { category: ['coffee'] } }
  const { effects } = decided([
    rule('share', [{ kind: 'credit', basisPoints: 1_000, ...coffee }]),
    rule('fixed', [{ kind: 'credit', amount: 5_000, ...coffee }]),
    rule('absent', [{ kind: 'credit', amount: 5_000, of: { category: ['bread'] } }]),
  ])
  expect(effects).toMatchObject([
    { ruleid: 'share', granted: 30_000 },
    { ruleid: 'fixed', granted: 5_000 },
  ])
})

it('gives no more than `atMost`, and says what the rule wanted', () => {
  const decision = decided([
    rule('credit', [{ kind: 'credit', basisPoints: 1_000, atMost: 20_000 }]),
    rule('discount', [{ kind: 'discount', basisPoints: 2_000, atMost: 60_000 }]),
  ])
  expect(decision).toMatchObject({
    discount: 60_000,
    payable: 440_000,
    effects: [
      { kind: 'discount', desired: 100_000, granted: 60_000 },
      { kind: 'credit', desired: 44_000, granted: 20_000 },
    ],
  })
})

it('takes a fixed discount off, never more than the purchase, and gives nothing for an empty sale', () => {
  const rules = [
    rule('off', [
      { kind: 'discount', amount: 600_000 },
      { kind: 'credit', amount: 1_000 },
    ]),
  ]
  expect(decided(rules)).toMatchObject({ discount: 500_000, payable: 0, effects: [{ desired: 600_000, granted: 500_000 }] })
  expect(decided(rules, { ...quote, total: 0, lines: [] }).effects).toEqual([])
})

it('lets rules without a group add up, and one of a group apply', () => {
  const give = [{ kind: 'credit', basisPoints: 1_000 }]
  const decision = decided([
    rule('a', give, { group: 'one' }),
    rule('b', give, { group: 'one' }),
    rule('c', give),
    rule('d', give),
  ])
  expect(decision.fired).toEqual(['a', 'c', 'd'])
})

it('answers a wrong word with its place and the nearest valid one', () => {
  const wrong = (change: object) => {
    const given = { ...rule('a', [{ kind: 'credit', amount: 5 }]), ...change }
    const parsed = parseProgramme({ id: 'test', version: 1, currency: 'IRR', rules: [given] })
    return parsed.ok ? undefined : parsed.reason
  }
  expect(wrong({})).toBeUndefined()
  expect(wrong({ when: { not: { visits: { from: 2 } } } })).toBe(
    'rules.0.when.not: “visits” is no condition: did you mean “visit”?',
  )
  expect(wrong({ effects: [{ kind: 'credits', amount: 5 }] })).toBe(
    'rules.0.effects.0.kind: “credits” is no effect: did you mean “credit”?',
  )
  expect(wrong({ effects: [{ kind: 'discount', amount: 5, atmost: 3 }] })).toContain('did you mean “atMost”?')
  expect(wrong({ when: { weekday: ['tusday'] } })).toContain('did you mean “tuesday”?')
  expect(wrong({ effects: [{ kind: 'credit', amount: 5, basisPoints: 3 }] })).toContain('either `basisPoints` or `amount`')
  expect(wrong({ when: { visit: { from: 5, to: 3 } } })).toContain('`from` is above `to`')
})

it('refuses conditions that are nested without end', () => {
  let when: object = {}
  for (let depth = 0; depth < 20_000; depth++) when = { not: when }
  const deep = { id: 'test', version: 1, currency: 'IRR', rules: [rule('a', [{ kind: 'credit', amount: 5 }], { when })] }
  expect(parseProgramme(deep)).toMatchObject({ ok: false, reason: expect.stringContaining('cannot be read') })
})

it('reads a programme that uses none of this as it always did', () => {
  const document = {
    id: 'test',
    version: 1,
    currency: 'IRR',
    visitGap: 'PT2H',
    rules: [rule('a', [{ kind: 'credit', basisPoints: 5 }], { when: { visit: { from: 11 } } })],
  }
  expect(JSON.stringify(programmeSchema.parse(document))).toBe(
    '{"id":"test","version":1,"currency":"IRR","visitGap":"PT2H","rules":[{"id":"a","order":1,"when":{"visit":{"from":11}},"effects":[{"kind":"credit","basisPoints":5}]}]}',
  )
})
