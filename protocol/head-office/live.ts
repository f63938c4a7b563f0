import { z } from 'zod'
import { civilDate, id, instant, name } from '../ids.ts'
import { amount, currency, signedAmount } from '../money.ts'
import { localised } from '../text.ts'

/** How a store stands: `live/stores/{store}`, retained, at most two a second. Sums are of the business day. */
export const liveStore = z.object({
  store: name,
  status: z.enum(['online', 'offline', 'unknown']).meta({ description: '`unknown`: it has not spoken since the club began' }),
  since: instant.optional().meta({ description: 'from when on it has been so' }),
  heardAt: instant.optional().meta({ description: 'when its box spoke last' }),
  version: z.string().optional(),
  backlog: z.object({ count: z.int(), bytes: z.int(), oldest: instant.optional() }),
  devices: z.object({ ready: z.int(), degraded: z.int(), absent: z.int() }),
  tapsPerMinute: z.int(),
  sales: z.int(),
  paid: signedAmount.meta({ description: 'payable, less what was reversed and returned' }),
  creditIssued: signedAmount,
  creditUsed: signedAmount,
  exposure: amount.optional().meta({ description: 'what its box can give without the club' }),
  programme: z.int().optional().meta({ description: 'the version that its box decides by' }),
  trouble: z.string().optional(),
  at: instant,
})
export type LiveStore = z.infer<typeof liveStore>

/** The whole chain: `live/club`, retained, at most two a second. */
export const liveClub = z.object({
  day: civilDate,
  currency,
  stores: z.object({ online: z.int(), offline: z.int(), unknown: z.int() }),
  backlog: z.int(),
  tapsPerMinute: z.int(),
  sales: z.int(),
  paid: signedAmount,
  creditIssued: signedAmount,
  creditUsed: signedAmount,
  exposure: amount,
  quarantined: z.int(),
  proposals: z.int().meta({ description: 'what waits for a second approval' }),
  programme: z.object({ version: z.int(), next: z.object({ version: z.int(), from: instant }).optional() }),
  at: instant,
})
export type LiveClub = z.infer<typeof liveClub>

/** What rules and alarms told last, the newest first: `live/alarms`, retained. */
export const liveAlarms = z.object({
  alarms: z.array(z.object({ alert: z.string(), ruleid: z.string(), text: localised, store: name.optional(), at: instant })),
  at: instant,
})
export type LiveAlarms = z.infer<typeof liveAlarms>

/** One thing that happened in a store, as it comes and with nobody's name: `live/events/{store}`, not retained. */
export const liveEvent = z.object({
  id,
  at: instant,
  store: name,
  lane: z.string(),
  device: z.string().optional(),
  what: z.string().meta({ description: 'the message’s type without vafa. and .v1, `device`, or `state`' }),
  amount: amount.optional(),
  currency: currency.optional(),
  credential: z.string().optional().meta({ description: 'what kind of thing was shown; never what was read' }),
  status: z.string().optional(),
  reason: z.string().optional(),
})
export type LiveEvent = z.infer<typeof liveEvent>
