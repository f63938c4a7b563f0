import { z } from 'zod'
import { amount, currency } from '#protocol/money.ts'
import { timeZones } from './calendar.ts'
import { conditions } from './conditions.ts'
import { contradictionsIn } from './consistency.ts'
import { durationMs } from './duration.ts'
import { consequence } from './effects.ts'
import { occasions } from './events.ts'
import { expiry } from './expiry.ts'
import { group } from './groups.ts'
import { inForceFrom } from './in-force.ts'
import { redemption } from './redemption.ts'
import { tiers } from './tiers.ts'
import { idOf, keyed, word } from './vocabulary.ts'

const limit = keyed('part of a limit', {
  per: word('scope', ['member', 'store', 'lane', 'programme']),
  every: word('period', ['day', 'week', 'month', 'ever']),
  times: z.int().min(1).optional(),
  amount: amount.min(1).optional().meta({ description: 'of credit and discounts together' }),
}).refine(({ times, amount: most }) => (times === undefined) !== (most === undefined), 'needs either `times` or `amount`')
export type Limit = z.infer<typeof limit>

const rule = keyed('part of a rule', {
  id: idOf(60),
  on: word('occasion', occasions).optional().meta({ description: 'what the rule is about; a sale, where it is left out' }),
  group: idOf(40).optional().meta({ description: 'of the rules of one group only the first that matches applies' }),
  order: z.int().meta({ description: 'lower comes first; among equals the one that is written first' }),
  when: conditions,
  limits: z
    .array(limit)
    .min(1)
    .max(5)
    .optional()
    .meta({ description: 'how often the rule may apply, or how much it may give; a budget is an amount for the programme' }),
  effects: z.array(consequence).min(1).max(20),
})
export type Rule = z.infer<typeof rule>

/** The club's rules: one versioned document. */
export const programmeSchema = keyed('part of a programme', {
  id: idOf(40),
  version: z.int().min(1),
  currency,
  inForceFrom: inForceFrom.optional().meta({ description: 'from when it decides; at once if it is left out' }),
  visitGap: z
    .string()
    .refine((text) => durationMs(text) !== undefined, 'must be an ISO 8601 duration of days or less, such as PT2H')
    .default('PT2H')
    .meta({ description: 'presences closer to one another than this are one visit' }),
  timeZone: word('time zone', timeZones)
    .optional()
    .meta({ description: 'whose days and hours the rules mean; Asia/Tehran if it is left out' }),
  overdraft: word('overdraft', ['never', 'returns'])
    .optional()
    .meta({ description: 'whether what a return takes back may leave the credit negative; never, where it is left out' }),
  redemption: redemption.optional(),
  expiry: expiry.optional(),
  tiers: tiers.optional(),
  groups: z.array(group).max(100).optional(),
  rules: z.array(rule).max(1_000),
}).superRefine((programme, context) => {
  for (const { path, message } of contradictionsIn(programme)) context.addIssue({ code: 'custom', path, message })
})
export type Programme = z.infer<typeof programmeSchema>

/** Checks a programme that came from outside, such as a box's stored copy. Never throws. */
export function parseProgramme(value: unknown): { ok: true; programme: Programme } | { ok: false; reason: string } {
  let result: ReturnType<typeof programmeSchema.safeParse>
  try {
    result = programmeSchema.safeParse(value)
  } catch (error) {
    // Conditions nested so deeply that the parser's stack does not reach their end.
    return { ok: false, reason: `cannot be read: ${error instanceof Error ? error.message : String(error)}` }
  }
  if (result.success) return { ok: true, programme: result.data }
  const issue = result.error.issues[0]
  return { ok: false, reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}` }
}
