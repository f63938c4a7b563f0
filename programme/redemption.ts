import type { z } from 'zod'
import { amount, basisPoints, share } from '#protocol/money.ts'
import { keyed } from './vocabulary.ts'

/** How credit may be spent. */
export const redemption = keyed('part of a redemption', {
  minimum: amount.min(1).optional().meta({ description: 'less than this cannot be spent at once' }),
  step: amount.min(1).optional().meta({ description: 'only whole multiples of this' }),
  atMostShare: basisPoints.optional().meta({ description: 'of what is to be paid, in basis points' }),
})
export type Redemption = z.infer<typeof redemption>

/** The most credit that may be spent on a purchase of `total` (after discounts); 0 where none may. */
export function redeemable(given: {
  programme: { redemption?: Redemption | undefined }
  /** What the member can spend; may be negative. */
  balance: number
  total: number
}): number {
  const { minimum = 0, step = 1, atMostShare = 10_000 } = given.programme.redemption ?? {}
  const most = Math.max(0, Math.min(given.balance, share(given.total, atMostShare)))
  const whole = most - (most % step)
  return whole < minimum ? 0 : whole
}
