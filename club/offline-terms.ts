import { z } from 'zod'
import { amount, basisPoints } from '#protocol/money.ts'

/** What boxes are told of their regulars, and what they may give while the club is away; docs/offline.md. */
export const offlineTerms = z.strictObject({
  credit: amount.default(500_000).meta({ description: 'of a member’s own credit, lent to one store’s box at most' }),
  share: basisPoints.default(2_500).meta({ description: 'of what the member can spend, in basis points; lent to one store' }),
  gifts: amount.default(300_000).meta({ description: 'discounts and free products that a box may give one member' }),
  uidAtMost: amount
    .default(200_000)
    .meta({ description: 'of one sale, where no more than the UID of a card of the club’s own stock was read' }),
  days: z.int().min(1).max(60).default(4).meta({ description: 'for which an allowance is good; it is renewed at half of that' }),
  regulars: z.int().min(0).max(5_000).default(1_000).meta({ description: 'members that a box knows, those seen last' }),
  seenDays: z.int().min(1).max(730).default(120).meta({ description: 'whoever was not there for longer is no regular' }),
  everySeconds: z.int().min(1).max(3_600).default(30).meta({ description: 'how soon a box hears of changes' }),
})
export type OfflineTerms = z.infer<typeof offlineTerms>
