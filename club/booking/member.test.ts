import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memberNumber } from './member.ts'

const valid = (number: string) => {
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

it('gives numbers of eight digits that no single typing error turns into another valid one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8_000_000 }), fc.nat(7), fc.integer({ min: 1, max: 9 }), (n, place, by) => {
      const number = memberNumber(n)
      expect(number).toMatch(/^\d{8}$/)
      expect(valid(number)).toBe(true)
      const wrong = [...number].map((digit, index) => (index === place ? String((Number(digit) + by) % 10) : digit)).join('')
      expect(valid(wrong)).toBe(false)
    }),
  )
})
