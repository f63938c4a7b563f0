import fc from 'fast-check'
import { expect, it } from 'vitest'
import { mostBy, redeemable } from './redemption.ts'

const of = (redemption: object | undefined, balance: number, total: number) =>
  redeemable({ programme: redemption ? { redemption } : {}, balance, total })

it('credit is spent up to the balance and the purchase, where the programme says nothing', () => {
  expect([of(undefined, 500, 300), of(undefined, 200, 300), of(undefined, -50, 300)]).toEqual([300, 200, 0])
})

it('credit is spent in whole steps, from a minimum on, and up to a share of the purchase', () => {
  const rule = { minimum: 100_000, step: 50_000, atMostShare: 5_000 }
  expect(of(rule, 1_000_000, 700_000)).toBe(350_000)
  expect(of(rule, 340_000, 700_000)).toBe(300_000)
  expect(of(rule, 99_999, 700_000)).toBe(0)
  expect(of(rule, 1_000_000, 190_000)).toBe(0)
})

it('never more than there is, nor than the share; and what is left would not have been enough for another step', () => {
  const amounts = fc.integer({ min: 0, max: 1_000_000_000 })
  const rules = fc.record({
    minimum: fc.integer({ min: 1, max: 1_000_000 }),
    step: fc.integer({ min: 1, max: 100_000 }),
    atMostShare: fc.nat(10_000),
  })
  fc.assert(
    fc.property(rules, amounts, amounts, (rule, balance, total) => {
      const most = of(rule, balance, total)
      expect(most % rule.step).toBe(0)
      expect(most <= balance && most * 10_000 <= total * rule.atMostShare).toBe(true)
      expect(most === 0 || most >= rule.minimum).toBe(true)
      const next = Math.max(most + rule.step, Math.ceil(rule.minimum / rule.step) * rule.step)
      expect(next > balance || next * 10_000 > total * rule.atMostShare).toBe(true)
    }),
  )
})

it('a number that can be copied spends little; who proves to have the card or phone is not limited by it', () => {
  const uid = { kind: 'nfc-uid', keyid: 'k1', token: 'A'.repeat(43) } as const
  const proven = { ...uid, kind: 'nfc-sun', presentationid: '01930000-0000-7000-8000-000000000001' } as const
  expect(mostBy({ currency: 'IRR' }, uid)).toBe(5_000_000)
  expect(mostBy({ currency: 'EUR' }, uid)).toBe(5_000)
  expect(mostBy({ currency: 'IRR', redemption: { unprovenAtMost: 0 } }, uid)).toBe(0)
  for (const shown of [proven, { ...uid, kind: 'fingerprint' } as const])
    expect(mostBy({ currency: 'IRR', redemption: { unprovenAtMost: 0 } }, shown)).toBeGreaterThan(1_000_000_000)
})
