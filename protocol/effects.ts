import { z } from 'zod'
import { amount, currency, signedAmount } from './money.ts'
import { localised } from './text.ts'

const ruled = { ruleid: z.string().min(1).max(60) }
const capped = { desired: amount, granted: amount, currency }

/** What the programme decided. A capped effect says what the rule wanted (`desired`) and what it gave (`granted`). */
export const effect = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('credit'), ...ruled, ...capped }),
  z
    .object({ kind: z.literal('discount'), ...ruled, ...capped })
    .meta({ description: 'cash off this sale, known before payment' }),
  z.object({ kind: z.literal('credit-revoked'), ...ruled, amount, currency }).meta({ description: 'earned credit taken back' }),
])
export type Effect = z.infer<typeof effect>

/** What the customer was really given at the till, by rule; the club books it as the box gave it. */
export const appliedEffect = z.object({ kind: z.literal('discount'), ...ruled, amount, currency })
export type AppliedEffect = z.infer<typeof appliedEffect>

/** A line for a person: the cashier says it (`operator`), the display shows it (`customer`). */
export const prompt = z.object({ audience: z.enum(['operator', 'customer']), text: localised, ruleid: z.string() })
export type Prompt = z.infer<typeof prompt>

/** Why a rule did not fire. */
export const ruleFailure = z.object({ ruleid: z.string(), condition: z.string(), expected: z.string(), found: z.string() })
export type RuleFailure = z.infer<typeof ruleFailure>

export const balance = z.object({
  unit: z.enum(['credit', 'points', 'stamps']),
  name: z.string().optional().meta({ description: 'which stamp' }),
  currency: currency.optional(),
  available: signedAmount,
  pending: amount,
})
export type Balance = z.infer<typeof balance>
