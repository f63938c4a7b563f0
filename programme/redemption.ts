import type { z } from 'zod'
import { type Credential, type CredentialKind, isProven } from '#protocol/credentials.ts'
import { amount, basisPoints, share } from '#protocol/money.ts'
import type { Programme } from './schema.ts'
import { keyed } from './vocabulary.ts'

/** How credit may be spent. */
export const redemption = keyed('part of a redemption', {
  minimum: amount.min(1).optional().meta({ description: 'less than this cannot be spent at once' }),
  step: amount.min(1).optional().meta({ description: 'only whole multiples of this' }),
  atMostShare: basisPoints.optional().meta({ description: 'of what is to be paid, in basis points' }),
  unprovenAtMost: amount.optional().meta({ description: 'at once, by whoever shows no more than a number that can be copied' }),
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

/** What can be copied off a card, or overheard. */
const copiable: ReadonlySet<CredentialKind> = new Set(['nfc-uid', 'magstripe', 'barcode', 'qr', 'phone', 'member-number'])

/** The most that may be spent at once by this credential, whatever the member has. */
export function mostBy({ redemption: rules, currency }: Pick<Programme, 'redemption' | 'currency'>, shown: Credential): number {
  if (isProven(shown) || !copiable.has(shown.kind)) return Number.MAX_SAFE_INTEGER
  return rules?.unprovenAtMost ?? unprovenAtMost(currency)
}

/** Small change, where the programme says nothing: 500,000 toman, or 50 of a currency with hundredths. */
export const unprovenAtMost = (currency: string): number => (currency === 'IRR' ? 5_000_000 : 5_000)
