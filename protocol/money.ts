import { z } from 'zod'

/**
 * Money is an integer of the currency's smallest unit (IRR: the rial) with the currency beside it.
 * Percentages are integers of basis points. Every rounding is down, in the club's favour.
 */
export const amount = z
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER)
  .meta({ description: "an integer of the currency's smallest unit" })

/** An amount that a correction or an overdrawn balance may turn negative. */
export const signedAmount = z.int().meta({ description: "an integer of the currency's smallest unit, may be negative" })

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code')
  .meta({ description: 'ISO 4217' })

export const basisPoints = z.int().min(0).max(10_000).meta({ description: 'hundredths of a percent' })

/** `share(1_234_567, 1_000)` is 10 % of it, rounded down: 123,456. Exact also where the product leaves 2⁵³. */
export function share(value: number, points: number): number {
  const product = value * points
  if (Number.isSafeInteger(product)) return (product - (product % 10_000)) / 10_000
  return Number((BigInt(value) * BigInt(points)) / 10_000n)
}

/** `amount` × `part` ÷ `whole`, rounded down and exact; all of it where there is no whole to divide. */
export function proRata(amount: number, part: number, whole: number): number {
  if (part >= whole) return amount
  return Number((BigInt(amount) * BigInt(part)) / BigInt(whole))
}

/**
 * Splits `total` over `weights` in proportion, exactly: the parts add up to `total`.
 * Largest remainder; among equals the earlier gets it. All weights zero: everything goes to the first.
 */
export function allot(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + BigInt(b), 0n)
  if (weights.length === 0) return []
  if (sum === 0n) return weights.map((_, i) => (i === 0 ? total : 0))
  const parts = weights.map((weight, index) => {
    const product = BigInt(total) * BigInt(weight)
    return { index, whole: product / sum, rest: product % sum }
  })
  let left = BigInt(total) - parts.reduce((a, p) => a + p.whole, 0n)
  for (const part of [...parts].sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest < b.rest ? 1 : -1))) {
    if (left === 0n) break
    part.whole += 1n
    left -= 1n
  }
  return parts.map((part) => Number(part.whole))
}
