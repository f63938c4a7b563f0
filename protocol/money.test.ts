import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allot, proRata, share } from './money.ts'

describe('money', () => {
  test('a percentage is rounded down, in the club’s favour', () => {
    expect(share(1_234_567, 1_000)).toBe(123_456)
    expect(share(9, 1_000)).toBe(0)
    expect(share(199, 1_500)).toBe(29)
  })

  test('a percentage is exact where the product leaves the safe integers', () => {
    expect(share(9_007_199_254_740_991, 10_000)).toBe(9_007_199_254_740_991)
    expect(share(9_007_199_254_740_991, 9_999)).toBe(9_006_298_534_815_516)
  })

  test('allotting loses and makes no rial, and no part is off by a whole one', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 20 }), (total, weights) => {
        const parts = allot(total, weights)
        expect(parts.reduce((a, b) => a + b, 0)).toBe(total)
        const sum = weights.reduce((a, b) => a + b, 0)
        if (sum > 0)
          for (const [i, part] of parts.entries()) expect(Math.abs(part - (total * (weights[i] ?? 0)) / sum)).toBeLessThan(1)
      }),
    )
  })

  test('the largest remainder gets the rial that is left', () => {
    expect(allot(10, [1, 1, 1])).toEqual([4, 3, 3])
    expect(allot(100, [1, 2, 3])).toEqual([17, 33, 50])
  })
})

test('divides in proportion exactly and down, also beyond 2⁵³, so that parts that grow to the whole give all of it', () => {
  const safe = fc.nat(Number.MAX_SAFE_INTEGER)
  fc.assert(
    fc.property(safe, safe, safe, (value, a, b) => {
      const [part, whole] = a < b ? [a, b] : [b, a]
      expect(BigInt(proRata(value, part, whole))).toBe(
        whole === 0 ? BigInt(value) : (BigInt(value) * BigInt(part)) / BigInt(whole),
      )
      expect(proRata(value, whole, whole)).toBe(value)
      expect(proRata(value, 0, whole)).toBe(whole === 0 ? value : 0)
    }),
  )
})
