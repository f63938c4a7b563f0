import { z } from 'zod'
import { unitName } from './effects.ts'
import { instant } from './ids.ts'
import { amount, currency } from './money.ts'
import { localised } from './text.ts'

/** How far somebody is from the next tier in one measure: rials spent, visits, or points of one kind. */
const step = z.object({
  measure: z.enum(['spend', 'visits', 'points']),
  name: unitName.optional().meta({ description: 'which points' }),
  from: amount.meta({ description: 'what the tier asks for' }),
  reached: amount,
})

/**
 * What members may read of their own account beyond their balances; of `credential.presented` with `detail: account`. It
 * names nobody.
 */
export const account = z.object({
  tier: z
    .object({
      name: localised,
      until: instant.optional().meta({ description: 'it can be lost from then on' }),
      next: z.object({ name: localised, steps: z.array(step).max(10) }).optional(),
    })
    .optional(),
  held: amount.optional().meta({ description: 'credit that is set aside, for a code or at a till; no part of the balance' }),
  stampCards: z
    .array(z.object({ name: unitName, have: amount, of: amount.optional().meta({ description: 'so many make an item free' }) }))
    .max(20),
  expiring: z
    .array(z.object({ unit: z.enum(['credit', 'points']), name: unitName.optional(), amount, at: instant }))
    .max(10)
    .meta({ description: 'what runs out next, the earliest first' }),
  visits: z
    .array(z.object({ at: instant, store: localised, currency, paid: amount, reference: z.string() }))
    .max(10)
    .meta({ description: 'the last purchases, the newest first' }),
  offers: z
    .array(z.object({ ruleid: z.string(), text: localised }))
    .max(20)
    .meta({ description: 'what the rules offer this member now, each in words with its reason' }),
})
export type Account = z.infer<typeof account>
