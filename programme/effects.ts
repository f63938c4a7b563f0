import { z } from 'zod'
import { amount, basisPoints } from '#protocol/money.ts'
import { localised } from '#protocol/text.ts'
import { selector } from './conditions.ts'
import { keyed, word } from './vocabulary.ts'
import { notAmong } from './words.ts'

const promptWords = { fa: localised.shape.fa, en: localised.shape.en }
const text = keyed('language', promptWords)

/** A share or a fixed amount, of the whole purchase or of some lines, up to a most. */
const worth = {
  basisPoints: basisPoints.optional(),
  amount: amount.min(1).optional().meta({ description: 'a fixed amount instead of a share' }),
  of: selector.optional().meta({ description: 'the share is of these lines only; a fixed amount needs one of them' }),
  atMost: amount.min(1).optional().meta({ description: 'no more than this for one purchase' }),
}
const oneWorth = [
  (one: { basisPoints?: number | undefined; amount?: number | undefined }) =>
    (one.basisPoints === undefined) !== (one.amount === undefined),
  'needs either `basisPoints` or `amount`',
] as const

const kinds = {
  credit: keyed('part of this effect', { kind: z.literal('credit'), ...worth })
    .refine(...oneWorth)
    .meta({ description: 'credit: a share of what is payable after discounts and redeemed credit, or a fixed amount' }),
  discount: keyed('part of this effect', { kind: z.literal('discount'), ...worth })
    .refine(...oneWorth)
    .meta({ description: 'cash off: a share of the total, or a fixed amount' }),
  prompt: keyed('part of this effect', {
    kind: z.literal('prompt'),
    audience: word('audience', ['operator', 'customer']),
    text,
  }),
}
export const effectKinds: readonly string[] = Object.keys(kinds)

/** What a rule gives. */
export const consequence = z.discriminatedUnion('kind', [kinds.credit, kinds.discount, kinds.prompt], {
  error: ({ code, input }) =>
    code === 'invalid_union' ? notAmong('effect', String((input as { kind?: unknown } | null)?.kind), effectKinds) : undefined,
})
export type Consequence = z.infer<typeof consequence>
export type MoneyEffect = Extract<Consequence, { kind: 'credit' | 'discount' }>
