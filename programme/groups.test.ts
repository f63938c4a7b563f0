import { describe, expect, it } from 'vitest'
import { type DecisionEvent, decide } from './decide.ts'
import { countersOf } from './limits.ts'
import { programmeSchema } from './schema.ts'

const quote: DecisionEvent = { kind: 'quote', total: 1_000_000, currency: 'IRR', lines: [] }
const effectiveAt = '2026-11-21T10:00:00.000Z'
const credit = (amount: number) => [{ kind: 'credit', amount }]
const rule = (id: string, order: number, effects: object[], more: object = {}) => ({ id, order, when: {}, effects, ...more })
const programmeOf = (rules: object[], groups?: object[]) =>
  programmeSchema.parse({ id: 'test', version: 1, currency: 'IRR', groups, rules })
const decided = (
  programme: ReturnType<typeof programmeOf>,
  {
    event = quote,
    counters = {},
    lane = 'lane-1',
  }: { event?: DecisionEvent; counters?: Record<string, number>; lane?: string } = {},
) =>
  decide({
    programme,
    member: { memberid: 'sara', visits: 1, purchases: 1 },
    context: { counters },
    event,
    place: { store: 's1', lane },
    effectiveAt,
  })

describe('a group of rules', () => {
  const two = [rule('a', 1, credit(30_000), { group: 'bonus' }), rule('b', 2, credit(50_000), { group: 'bonus' })]

  it('is exclusive unless it says otherwise', () => {
    expect(decided(programmeOf(two)).fired).toEqual(['a'])
    expect(decided(programmeOf(two, [{ id: 'bonus', mode: 'exclusive' }])).fired).toEqual(['a'])
    expect(decided(programmeOf(two, [{ id: 'bonus', mode: 'cumulative' }])).fired).toEqual(['a', 'b'])
  })

  it('gives no more together than its cap, discounts and credit counted as one', () => {
    const rules = [
      ...two,
      rule('off', 3, [{ kind: 'discount', amount: 40_000 }], { group: 'bonus' }),
      rule('apart', 4, credit(90_000)),
    ]
    const { effects } = decided(programmeOf(rules, [{ id: 'bonus', mode: 'cumulative', atMost: 100_000 }]))
    expect(effects.map((one) => 'granted' in one && [one.ruleid, 'desired' in one && one.desired, one.granted])).toEqual([
      ['off', 40_000, 40_000],
      ['a', 30_000, 30_000],
      ['b', 50_000, 30_000],
      ['apart', 90_000, 90_000],
    ])
  })

  it('counts against its cap what the till took off', () => {
    const rules = [rule('off', 1, [{ kind: 'discount', amount: 80_000 }], { group: 'bonus' }), ...two]
    const event: DecisionEvent = {
      ...quote,
      kind: 'sale',
      applied: [{ kind: 'discount', ruleid: 'off', amount: 80_000, currency: 'IRR' }],
    }
    const { effects } = decided(programmeOf(rules, [{ id: 'bonus', mode: 'cumulative', atMost: 100_000 }]), { event })
    expect(effects.map((one) => 'granted' in one && one.granted)).toEqual([80_000, 20_000, 0])
  })

  it('may stand at a place of its own among the rules', () => {
    const rules = [rule('late', 50, credit(1)), rule('early', 5, credit(1)), ...two]
    const { fired } = decided(programmeOf(rules, [{ id: 'bonus', mode: 'cumulative', order: 20 }]))
    expect(fired).toEqual(['early', 'a', 'b', 'late'])
  })
})

it('a limit may count for each lane of each store', () => {
  const programme = programmeOf([rule('gift', 1, credit(5), { limits: [{ per: 'lane', every: 'day', times: 1 }] })])
  const scope = { memberid: 'sara', store: 's1', lane: 'lane-1', effectiveAt }
  const counter = 'gift/times/lane s1/lane-1/2026-11-21'
  expect(countersOf(programme, scope)).toEqual([counter])
  expect(decided(programme, { counters: { [counter]: 0 } }).fired).toEqual(['gift'])
  expect(decided(programme, { counters: { [counter]: 1 } }).ruleFailures).toMatchObject([{ condition: 'limit', found: '1' }])
  expect(decided(programme, { counters: { [counter]: 0 }, lane: 'lane-2' }).ruleFailures).toMatchObject([{ found: 'unknown' }])
})
