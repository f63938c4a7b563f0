import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BasketLine } from '#protocol/messages.ts'
import type { Conditions } from './conditions.ts'
import { type DecisionEvent, decide, type MemberHistory } from './decide.ts'
import { programmeSchema } from './schema.ts'

const line = (product: string, category: string, quantity: number, amount: number): BasketLine => ({
  product,
  category,
  quantity,
  amount,
})
const basket = [
  line('latte', 'coffee', 2, 300_000),
  line('espresso', 'coffee', 1, 100_000),
  line('bull', 'energy-drink', 1, 200_000),
]
const saleOf = (lines: readonly BasketLine[]): DecisionEvent => {
  const total = lines.reduce((sum, one) => sum + one.amount, 0)
  return { kind: 'sale', total, currency: 'IRR', lines, applied: [] }
}
const sara: MemberHistory = { memberid: 'sara', visits: 3, purchases: 3, lastVisitAt: '2026-11-10T10:00:00.000Z' }
/** Saturday 30 Aban 1405, 13:30 in Tehran. */
const now = '2026-11-21T10:00:00.000Z'

const decided = (when: Conditions, given: { at?: string; member?: MemberHistory; event?: DecisionEvent } = {}) =>
  decide({
    programme: programmeSchema.parse({
      id: 'test',
      version: 1,
      currency: 'IRR',
      rules: [{ id: 'the-rule', order: 1, when, effects: [{ kind: 'credit', basisPoints: 100 }] }],
    }),
    member: given.member ?? sara,
    context: { counters: {} },
    event: given.event ?? saleOf(basket),
    effectiveAt: given.at ?? now,
  })
/** Undefined where the rule fires; else why it does not. */
const failure = (...given: Parameters<typeof decided>) => {
  const { condition, expected, found } = decided(...given).ruleFailures[0] ?? {}
  return condition === undefined ? undefined : [condition, expected, found]
}

describe('a rule about the member', () => {
  it('meets who was away for over a month, counted in days of the calendar in Tehran', () => {
    const away = (lastVisitAt: string) => failure({ absence: { from: 31 } }, { member: { ...sara, lastVisitAt } })
    expect(away('2026-10-21T20:00:00.000Z')).toBeUndefined()
    // 00:00 of the next day in Tehran.
    expect(away('2026-10-21T20:30:00.000Z')).toEqual(['absence', '31 or more', '30'])
    expect(failure({ absence: { from: 0 } }, { member: { memberid: 'new', visits: 0, purchases: 0 } })).toEqual([
      'absence',
      '0 or more',
      'never here before',
    ])
  })

  it('counts visits and purchases', () => {
    expect(failure({ visit: { from: 4, to: 4 }, purchase: { from: 4 } })).toBeUndefined()
    expect(failure({ visit: { to: 3 } })).toEqual(['visit', '1 to 3', '4'])
    expect(failure({ purchase: { from: 5 } })).toEqual(['purchase', '5 or more', '4'])
  })
})

describe('a rule about the basket', () => {
  it('looks at the amount, and at nothing where nothing was bought', () => {
    expect(failure({ amount: { from: 600_000, to: 600_000 } })).toBeUndefined()
    expect(failure({ amount: { from: 600_001 } })).toEqual(['amount', '600001 or more', '600000'])
    expect(failure({ amount: { from: 0 } }, { event: { kind: 'presented' } })).toEqual([
      'amount',
      '0 or more',
      'nothing was bought',
    ])
  })

  it('looks at lines by product, category, quantity and amount', () => {
    expect(failure({ lines: { category: ['coffee'], quantity: { from: 3, to: 3 }, amount: { from: 400_000 } } })).toBeUndefined()
    expect(failure({ lines: { product: ['bull'], category: ['coffee'], quantity: { from: 4 } } })).toBeUndefined()
    expect(failure({ lines: { category: ['coffee'], quantity: { from: 4 } } })).toEqual([
      'lines.quantity',
      '4 or more of coffee',
      '3',
    ])
    expect(failure({ lines: { product: ['bull'], amount: { from: 200_001 } } })).toEqual([
      'lines.amount',
      '200001 or more of bull',
      '200000',
    ])
    expect(failure({ lines: { category: ['bread'] } })).toEqual(['lines', 'bread', 'no such line'])
    expect(failure({ lines: { category: ['coffee'] } }, { event: { kind: 'presented' } })?.[2]).toBe('nothing was bought')
  })

  it('does not mind on which keyboard a category was typed', () => {
    expect(failure({ lines: { category: ['كيك'] } }, { event: saleOf([line('1', 'کیک', 1, 5)]) })).toBeUndefined()
  })
})

describe('a rule about the time', () => {
  it('knows the hour in Tehran, also over midnight', () => {
    expect(failure({ time: { from: '13:30', to: '13:31' } })).toBeUndefined()
    expect(failure({ time: { from: '06:00', to: '13:30' } })).toEqual(['time', '06:00 to 13:30', '13:30'])
    const night = { time: { from: '22:00', to: '02:00' } }
    expect(failure(night, { at: '2026-11-21T22:29:00.000Z' })).toBeUndefined()
    expect(failure(night, { at: '2026-11-21T22:30:00.000Z' })).toEqual(['time', '22:00 to 02:00', '02:00'])
  })

  it('knows the weekday and the date, in both calendars', () => {
    expect(failure({ weekday: ['friday', 'saturday'], date: { from: '1405-08-30', to: '2026-11-21' } })).toBeUndefined()
    expect(failure({ weekday: ['friday'] })).toEqual(['weekday', 'friday', 'saturday'])
    expect(failure({ date: { to: '1405-08-29' } })).toEqual(['date', '1405-08-29 or earlier', '1405-08-30'])
    expect(failure({ date: { from: '2026-11-22' } })).toEqual(['date', '2026-11-22 or later', '2026-11-21'])
    expect(failure({ jalali: { month: [8], day: [30] } })).toBeUndefined()
    expect(failure({ jalali: { month: [1, 2] } })).toEqual(['jalali.month', '1 or 2', '8'])
  })
})

describe('conditions together', () => {
  const yes: Conditions = { visit: { from: 1 } }
  const no: Conditions = { visit: { from: 99 } }

  it('say what was expected and found, however they are nested', () => {
    expect(failure({ all: [yes, no] })).toEqual(['visit', '99 or more', '4'])
    expect(failure({ any: [no, { weekday: ['friday'] }] })).toEqual([
      'any',
      'visit 99 or more, or weekday friday',
      'visit 4, weekday saturday',
    ])
    expect(failure({ not: { ...yes, amount: { from: 5 } } })).toEqual([
      'not',
      'not (visit 1 or more and amount 5 or more)',
      'visit 4, amount 600000',
    ])
  })

  it('mean what logic says', () => {
    type Tree = { value: boolean; when: Conditions }
    const leaf = fc.boolean().map((value): Tree => ({ value, when: value ? yes : no }))
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((list) => ({
          value: list.every((one) => one.value),
          when: { all: list.map((one) => one.when) },
        })),
        fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((list) => ({
          value: list.some((one) => one.value),
          when: { any: list.map((one) => one.when) },
        })),
        tie('tree').map((one) => ({ value: !one.value, when: { not: one.when } })),
      ),
    }))
    fc.assert(fc.property(tree, ({ value, when }) => (failure(when) === undefined) === value))
  })
})
