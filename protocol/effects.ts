import { z } from 'zod'
import { instant } from './ids.ts'
import { amount, basisPoints, currency, signedAmount } from './money.ts'
import { localised } from './text.ts'

const ruled = { ruleid: z.string().min(1).max(60) }
const capped = { desired: amount, granted: amount, currency }
/** When what is granted can be used; at once and for ever, where one is left out. */
const lot = {
  activeat: instant.optional().meta({ description: 'it cannot be used before' }),
  expiresat: instant.optional().meta({ description: 'it cannot be used from then on' }),
}

/** How the club reaches a member. */
export const messageChannels = ['sms', 'messenger', 'email', 'push'] as const
export const messageChannel = z.enum(messageChannels)

/** The name of a kind of points or of a stamp card. */
export const unitName = z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 of a–z, 0–9 and -')
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

const words = z.array(z.string().min(1).max(60)).min(1).max(1_000)
/** What a coupon takes off: a share or a fixed amount, of a whole purchase or of some lines. */
export const couponWorth = z.object({
  basisPoints: basisPoints.optional(),
  amount: amount.optional(),
  of: z.object({ product: words.optional(), category: words.optional(), brand: words.optional() }).optional(),
  atMost: amount.optional(),
})
export type CouponWorth = z.infer<typeof couponWorth>

const coupon = { ...ruled, name: unitName, couponid: z.string().min(1).max(60) }

/** What the programme decided. A capped effect says what the rule wanted (`desired`) and what it gave (`granted`). */
export const effect = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('credit'), ...ruled, ...capped, ...lot }),
  z
    .object({
      kind: z.literal('discount'),
      ...ruled,
      ...capped,
      product: z.string().optional().meta({ description: 'the product that is free' }),
      quantity: count.optional().meta({ description: 'how many of it are free' }),
    })
    .meta({ description: 'cash off this sale, known before payment' }),
  z.object({ kind: z.literal('credit-revoked'), ...ruled, amount, currency }).meta({ description: 'earned credit taken back' }),
  z
    .object({ kind: z.literal('credit-redeemed'), ...ruled, amount, currency })
    .meta({ description: 'credit that was taken instead of money' }),
  z
    .object({ kind: z.literal('credit-restored'), ...ruled, amount, currency })
    .meta({ description: 'redeemed credit that the member has back' }),
  z.object({ kind: z.literal('points'), ...ruled, name: unitName, desired: count, granted: count, ...lot }),
  z
    .object({ kind: z.literal('stamps'), ...ruled, name: unitName, granted: count })
    .meta({ description: 'stamps earned; what they were used for is a discount of the same rule' }),
  z.object({ kind: z.literal('stamps-used'), ...ruled, name: unitName, amount: count }),
  z.object({ kind: z.literal('points-revoked'), ...ruled, name: unitName, amount: count }),
  z.object({ kind: z.literal('stamps-revoked'), ...ruled, name: unitName, amount: count }),
  z.object({ kind: z.literal('stamps-restored'), ...ruled, name: unitName, amount: count }),
  z
    .object({ kind: z.literal('coupon'), ...ruled, name: unitName, worth: couponWorth, currency, ...lot })
    .meta({ description: 'a coupon for a later purchase' }),
  z
    .object({ kind: z.literal('coupon-used'), ...coupon })
    .meta({ description: 'what it was used for is a discount of the same rule' }),
  z.object({ kind: z.literal('coupon-revoked'), ...coupon }),
  z.object({ kind: z.literal('coupon-restored'), ...coupon }),
  z
    .object({
      kind: z.literal('tier'),
      ...ruled,
      tier: unitName,
      since: instant.meta({ description: 'the instant that counts as the last at which the tier was reached' }),
    })
    .meta({ description: 'the member moves up to this tier' }),
  z
    .object({ kind: z.literal('message'), ...ruled, channel: messageChannel, due: instant })
    .meta({ description: 'a message to the member that the club sends when it is due' }),
])
export type Effect = z.infer<typeof effect>

/** What the customer was really given at the till, by rule; the club books it as the box gave it. */
export const appliedEffect = z.object({ kind: z.literal('discount'), ...ruled, amount, currency })
export type AppliedEffect = z.infer<typeof appliedEffect>

/** A line for a person: the cashier says it (`operator`), the display shows it (`customer`). */
export const prompt = z.object({ audience: z.enum(['operator', 'customer']), text: localised, ruleid: z.string() })
export type Prompt = z.infer<typeof prompt>

/** Something that the member may have free and that is not in the basket yet; of a tap or a quote. */
export const offer = z.object({
  ...ruled,
  product: z.string().meta({ description: "the catalogue's code" }),
  quantity: count,
  upTo: amount.optional().meta({ description: 'no more than this is taken off; all of its price, where it is left out' }),
})
export type Offer = z.infer<typeof offer>

/** Why a rule did not fire. */
export const ruleFailure = z.object({ ruleid: z.string(), condition: z.string(), expected: z.string(), found: z.string() })
export type RuleFailure = z.infer<typeof ruleFailure>

export const balance = z.object({
  unit: z.enum(['credit', 'points', 'stamps']),
  name: z.string().optional().meta({ description: 'which points or which stamp card' }),
  currency: currency.optional(),
  available: signedAmount.meta({ description: 'what can be used at this store now' }),
  pending: amount,
  offline: amount.optional().meta({
    description:
      'of `available`: credit that the store’s box may give while the club is away; in a box’s own answer what it may give now, by what was shown',
  }),
  elsewhere: amount
    .optional()
    .meta({ description: 'beside `available`: credit that is lent to boxes of other stores, and can be given there only' }),
})
export type Balance = z.infer<typeof balance>
