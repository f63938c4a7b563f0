import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { activated, addToLot, type Lot, type LotKey, standing, takeBack, takeExpired, takeUsable } from './lots.ts'

const day = (n: number): string => new Date(Date.UTC(2026, 0, 1 + n)).toISOString()
const lot = (left: number, more: Partial<Lot> = {}): Lot => ({ unit: 'credit', issuedBy: 's1', left, ...more })
const sumOf = (lots: readonly { left: number }[]) => lots.reduce((sum, one) => sum + one.left, 0)

const key: fc.Arbitrary<LotKey> = fc
  .record({
    issuedBy: fc.constantFrom('s1', 's2'),
    activeAt: fc.option(fc.integer({ min: 0, max: 5 }).map(day), { nil: undefined }),
    expiresAt: fc.option(fc.integer({ min: 6, max: 12 }).map(day), { nil: undefined }),
  })
  .map(({ issuedBy, activeAt, expiresAt }) => ({ issuedBy, ...(activeAt && { activeAt }), ...(expiresAt && { expiresAt }) }))
const grant = fc.record({ unit: fc.constantFrom('credit', 'points:club'), lot: key, amount: fc.integer({ min: 1, max: 100 }) })
const many: fc.Arbitrary<Lot[]> = fc
  .array(grant, { maxLength: 12 })
  .map((grants) => grants.reduce<Lot[]>((lots, { unit, ...part }) => addToLot(lots, unit, part), []))
const instant = fc.integer({ min: -1, max: 14 }).map(day)

describe('lots', () => {
  it('are one where they differ in nothing but their amount', () => {
    let lots: Lot[] = []
    for (const amount of [10, 20, 30]) lots = addToLot(lots, 'credit', { lot: { issuedBy: 's1' }, amount })
    lots = addToLot(lots, 'credit', { lot: { issuedBy: 's2' }, amount: 5 })
    expect(lots).toEqual([lot(60), lot(5, { issuedBy: 's2' })])
  })

  it('are spent in the order in which they would be lost, and then the oldest first', () => {
    const lots = [lot(10), lot(10, { issuedBy: 's2' }), lot(10, { expiresAt: day(9) }), lot(10, { expiresAt: day(5) })]
    expect(takeUsable(lots, { unit: 'credit', amount: 35, at: day(0) })).toEqual({
      amount: 35,
      lots: [lot(5, { issuedBy: 's2' })],
      parts: [
        { lot: { issuedBy: 's1', expiresAt: day(5) }, amount: 10 },
        { lot: { issuedBy: 's1', expiresAt: day(9) }, amount: 10 },
        { lot: { issuedBy: 's1' }, amount: 10 },
        { lot: { issuedBy: 's2' }, amount: 5 },
      ],
    })
  })

  it('can be spent neither before their time nor after it', () => {
    const lots = [lot(10, { activeAt: day(3) }), lot(20, { expiresAt: day(3) })]
    const at = (n: number) => takeUsable(lots, { unit: 'credit', amount: 100, at: day(n) }).amount
    expect([at(2), at(3)]).toEqual([20, 10])
    expect(standing(lots, 'credit', day(2))).toEqual({ available: 20, pending: 10 })
  })

  it('give back from the lot that was granted first, then what is pending, then what is lost first', () => {
    const lots = [lot(10), lot(10, { expiresAt: day(9) }), lot(10, { activeAt: day(8) }), lot(10, { issuedBy: 's2' })]
    const { parts } = takeBack(lots, { unit: 'credit', key: { issuedBy: 's2' }, amount: 35, at: day(0) })
    expect(parts.map((one) => one.lot)).toEqual([
      { issuedBy: 's2' },
      { issuedBy: 's1', activeAt: day(8) },
      { issuedBy: 's1', expiresAt: day(9) },
      { issuedBy: 's1' },
    ])
  })

  it('give back from no other lot what has been lost meanwhile', () => {
    const taken = takeBack([lot(50)], { unit: 'credit', key: { issuedBy: 's1', expiresAt: day(3) }, amount: 20, at: day(4) })
    expect(taken).toEqual({ amount: 0, lots: [lot(50)], parts: [] })
  })

  it('that have become active are one with those that were always, and are still found by what was granted', () => {
    const lots = activated([lot(10), lot(5, { activeAt: day(2) }), lot(1, { activeAt: day(4) })], day(3))
    expect(lots).toEqual([lot(15), lot(1, { activeAt: day(4) })])
    expect(takeBack(lots, { unit: 'credit', key: { issuedBy: 's1', activeAt: day(2) }, amount: 5, at: day(3) }).lots[0]).toEqual(
      lot(10),
    )
  })

  it('lose and make nothing, whatever is taken, and never hold nothing or less', () => {
    const ways = [
      (lots: readonly Lot[], amount: number, at: string) => takeUsable(lots, { unit: 'credit', amount, at }),
      (lots: readonly Lot[], amount: number, at: string, of: LotKey) => takeBack(lots, { unit: 'credit', key: of, amount, at }),
      (lots: readonly Lot[], _: number, at: string) => takeExpired(lots, { unit: 'credit', at }),
    ]
    fc.assert(
      fc.property(
        many,
        fc.constantFrom(...ways),
        fc.integer({ min: 0, max: 900 }),
        instant,
        key,
        (lots, take, amount, at, of) => {
          const taken = take(lots, amount, at, of)
          expect(sumOf(taken.lots) + taken.amount).toBe(sumOf(lots))
          expect(taken.parts.reduce((sum, one) => sum + one.amount, 0)).toBe(taken.amount)
          expect([...taken.lots.map((one) => one.left), ...taken.parts.map((one) => one.amount)].every((n) => n > 0)).toBe(true)
          const points = (some: readonly Lot[]) => some.filter((one) => one.unit !== 'credit')
          expect(points(taken.lots)).toEqual(points(lots))
        },
      ),
    )
  })

  it('give all that can be used and no more', () => {
    fc.assert(
      fc.property(many, fc.integer({ min: 0, max: 900 }), instant, (lots, amount, at) => {
        const { available } = standing(lots, 'credit', at)
        expect(takeUsable(lots, { unit: 'credit', amount, at }).amount).toBe(Math.min(amount, available))
      }),
    )
  })

  it('hold the same before and after some of them have become active', () => {
    fc.assert(
      fc.property(many, instant, instant, (lots, at, then) => {
        const [first, second] = at < then ? [at, then] : [then, at]
        expect(standing(activated(lots, first), 'credit', second)).toEqual(standing(lots, 'credit', second))
        expect(standing(activated(lots, first), 'credit', first)).toEqual(standing(lots, 'credit', first))
      }),
    )
  })
})
