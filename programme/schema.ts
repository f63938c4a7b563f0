import { z } from 'zod'
import { amount, currency } from '#protocol/money.ts'
import { timeZones } from './calendar.ts'
import { conditions } from './conditions.ts'
import { durationMs } from './duration.ts'
import { consequence } from './effects.ts'
import { inForceFrom } from './in-force.ts'
import { keyed, word } from './vocabulary.ts'

const limit = keyed('part of a limit', {
  per: word('scope', ['member', 'store', 'programme']),
  every: word('period', ['day', 'week', 'month', 'ever']),
  times: z.int().min(1).optional(),
  amount: amount.min(1).optional().meta({ description: 'of credit and discounts together' }),
}).refine(({ times, amount: most }) => (times === undefined) !== (most === undefined), 'needs either `times` or `amount`')
export type Limit = z.infer<typeof limit>

const rule = keyed('part of a rule', {
  id: z.string().regex(/^[a-z0-9-]{1,60}$/, 'must be 1 to 60 of a–z, 0–9 and -'),
  group: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional()
    .meta({ description: 'of the rules of one group only the first that matches applies' }),
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
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
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
  rules: z
    .array(rule)
    .max(1_000)
    .superRefine((rules, context) => {
      const seen = new Set<string>()
      rules.forEach((one, index) => {
        if (seen.has(one.id))
          context.addIssue({ code: 'custom', path: [index, 'id'], message: `a second rule is called ${one.id}` })
        seen.add(one.id)
      })
      const cards = new Map<string, string>()
      rules.forEach((one, index) => {
        one.effects.forEach((effect, place) => {
          if (effect.kind !== 'stamps' || effect.freeEvery === undefined) return
          const other = cards.get(effect.name)
          if (other !== undefined)
            context.addIssue({
              code: 'custom',
              path: [index, 'effects', place, 'freeEvery'],
              message: `the card ${effect.name} makes items free by ${other} already`,
            })
          cards.set(effect.name, one.id)
        })
      })
    }),
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
