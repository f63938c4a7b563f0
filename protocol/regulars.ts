import { z } from 'zod'
import { couponWorth } from './effects.ts'
import { id, instant } from './ids.ts'
import { amount, signedAmount } from './money.ts'

/** A store's regulars go down in so many messages at most, so that a change of one member sends a few others along. */
export const regularShards = 32

export const allowance = z.object({
  serial: z.int().min(1).meta({ description: 'of this store; the next one for the same member has another' }),
  credit: amount.meta({
    description: 'of the member’s own credit, which the club has set aside for this box; what the box has given of it included',
  }),
  gifts: amount.meta({ description: 'discounts and free products that the box may give; those that it has given included' }),
  until: instant.meta({ description: 'from then on nothing more is given out of it' }),
})
export type Allowance = z.infer<typeof allowance>

const count = z.int().min(0)

/** What the rules know of a member (programme/member-history.ts), as of `at`. No name, no mobile, no token. */
export const regular = z.object({
  memberid: id,
  number: z.string().max(20),
  version: z.int().min(1),
  at: instant,
  visits: count,
  purchases: count,
  lastVisitAt: instant.optional(),
  enrolledAt: instant.optional(),
  credit: signedAmount,
  available: signedAmount.meta({ description: 'what of it could be used at `at`; what is set aside for this box is in it' }),
  units: z.record(z.string(), z.int()),
  tier: z.string().max(60).optional(),
  personal: z
    .object({
      birthday: z.string().max(20).optional(),
      sex: z.string().max(20).optional(),
      area: z.string().max(120).optional(),
      education: z.string().max(60).optional(),
      custom: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    })
    .optional(),
  recentVisits: z.array(instant).max(1_000).optional(),
  referral: z.object({ by: z.string().optional(), friends: count }).optional(),
  surveys: z.array(z.string()).max(200).optional(),
  segments: z.array(z.string()).max(200).optional(),
  profileFields: z.array(z.string()).max(60).optional(),
  coupons: z
    .array(
      z.object({
        couponid: z.string(),
        name: z.string(),
        worth: couponWorth,
        activeAt: instant.optional(),
        expiresAt: instant.optional(),
      }),
    )
    .max(200)
    .optional(),
  counters: z.record(z.string(), count).meta({ description: 'what was used of the rules’ limits' }),
  cardsSince: instant
    .optional()
    .meta({ description: 'when a card of the member’s was blocked or replaced last: whom a card was before, is void' }),
  stockCards: z.boolean().meta({ description: 'all the member’s cards by UID are of the club’s own stock' }),
  allowance: allowance.optional(),
})
export type Regular = z.infer<typeof regular>

/**
 * `down/regulars-0` … `down/regulars-31`: members who were at this store lately, in the shard of their ids, with what the
 * box may give them while the club is away. Each message is the whole of its shard and takes the place of the one before;
 * an older version than the one that is there is dropped. For the box of `boxid` alone are the allowances; another one
 * uses the rest.
 */
export const regularsDown = z.object({
  shard: z
    .int()
    .min(0)
    .max(regularShards - 1),
  version: z.int().min(1),
  at: instant,
  boxid: id,
  uidAtMost: amount.meta({ description: 'of one sale’s credit and gifts, where no more than a stock card’s UID was read' }),
  members: z.array(regular).max(2_000),
})
export type RegularsDown = z.infer<typeof regularsDown>

export const regularsPartName = (shard: number): string => `regulars-${shard}`
export const isRegularsPart = (what: string): boolean => /^regulars-\d{1,2}$/.test(what)

/** The shard of a member: by the last digits of the id, which are random. */
export const shardOfMember = (memberid: string): number => Number.parseInt(memberid.slice(-4), 16) % regularShards

/** What a box says of its regulars in the store's state. */
export const regularsState = z.object({
  members: count,
  at: instant.optional().meta({ description: 'of the youngest message' }),
  applied: z.record(z.string(), z.int()).meta({
    description:
      'the version of each shard by which it decides; a shard in which something is still being given out of an older one is left out',
  }),
  upto: count.meta({
    description: 'the last number given to a fact then: what was given out of older versions, facts up to here tell',
  }),
})
export type RegularsState = z.infer<typeof regularsState>
