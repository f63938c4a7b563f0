import { z } from 'zod'
import { basisPoints, currency } from '#protocol/money.ts'
import { localised } from '#protocol/text.ts'
import { durationMs } from './duration.ts'

const ordinals = z
  .strictObject({ from: z.int().min(1).optional(), to: z.int().min(1).optional() })
  .refine((r) => r.from !== undefined || r.to !== undefined, 'needs `from` or `to`')

/** All that are given must hold; none given holds always. */
const conditions = z.strictObject({
  visit: ordinals.optional().meta({ description: 'the number of this visit: { from: 11 } is the 11th and all later ones' }),
  purchase: ordinals.optional().meta({ description: 'the number of this purchase: { to: 1 } is the first one only' }),
})

const consequence = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('credit'), basisPoints })
    .meta({ description: 'credit: a share of what is payable after discounts and redeemed credit' }),
  z.strictObject({ kind: z.literal('discount'), basisPoints }).meta({ description: 'cash off: a share of the total' }),
  z.strictObject({ kind: z.literal('prompt'), audience: z.enum(['operator', 'customer']), text: localised }),
])

const rule = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,60}$/, 'must be 1 to 60 of a–z, 0–9 and -'),
  group: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional()
    .meta({ description: 'of the rules of one group only the first that matches applies' }),
  order: z.int().meta({ description: 'lower comes first; among equals the one that is written first' }),
  when: conditions,
  effects: z.array(consequence).min(1),
})
export type Rule = z.infer<typeof rule>

/** The club's rules: one versioned document. */
export const programmeSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  version: z.int().min(1),
  currency,
  visitGap: z
    .string()
    .refine((text) => durationMs(text) !== undefined, 'must be an ISO 8601 duration of days or less, such as PT2H')
    .default('PT2H')
    .meta({ description: 'presences closer to one another than this are one visit' }),
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
    }),
})
export type Programme = z.infer<typeof programmeSchema>

/** Checks a programme that came from outside, such as a box's stored copy. Never throws. */
export function parseProgramme(value: unknown): { ok: true; programme: Programme } | { ok: false; reason: string } {
  const result = programmeSchema.safeParse(value)
  if (result.success) return { ok: true, programme: result.data }
  const issue = result.error.issues[0]
  return { ok: false, reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}` }
}
