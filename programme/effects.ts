import { z } from 'zod'
import { messageChannels, unitName } from '#protocol/effects.ts'
import { amount, basisPoints } from '#protocol/money.ts'
import { localised } from '#protocol/text.ts'
import { clock, selector } from './conditions.ts'
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

const count = z.int().min(1).max(1_000_000_000)

/** What a message's text may name in braces; the sender fills it in, so that no name is stored with the message. */
export const messageFields = ['name', 'number', 'visits', 'credit'] as const
const messageText = z
  .string()
  .min(1)
  .max(1_000)
  .superRefine((text, context) => {
    for (const [, field = ''] of text.matchAll(/\{([^}]*)\}/g))
      if (!messageFields.some((one) => one === field))
        context.addIssue({ code: 'custom', message: notAmong('field of a message', field, messageFields) })
  })

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
  points: keyed('part of this effect', {
    kind: z.literal('points'),
    name: unitName,
    per: amount.min(1).optional().meta({ description: 'one point for each such amount of what is payable' }),
    amount: count.optional().meta({ description: 'a fixed number of points' }),
    perItem: count.optional().meta({ description: 'points for each whole item of the lines in `of`' }),
    extra: z.int().min(1).max(1_000_000).optional().meta({
      description: 'a share, in basis points, of what the other effects give of these points: 10000 doubles them',
    }),
    of: selector.optional(),
    atMost: count.optional(),
  })
    .refine(
      ({ per, amount: fixed, perItem, extra }) => [per, fixed, perItem, extra].filter((one) => one !== undefined).length === 1,
      'needs one of `per`, `amount`, `perItem` and `extra`',
    )
    .refine(({ perItem, of }) => perItem === undefined || of !== undefined, '`perItem` needs `of`'),
  stamps: keyed('part of this effect', {
    kind: z.literal('stamps'),
    name: unitName,
    of: selector.optional().meta({ description: 'one stamp for each whole item of these lines; without it one a purchase' }),
    atMost: count.optional(),
    freeEvery: z.int().min(2).max(1_000).optional().meta({
      description: 'every so many stamps the cheapest item of the lines in `of` is free, and the stamps are used',
    }),
  }).refine(({ freeEvery, of }) => freeEvery === undefined || of !== undefined, '`freeEvery` needs `of`'),
  message: keyed('part of this effect', {
    kind: z.literal('message'),
    channel: word('channel', messageChannels),
    text: keyed('language', { fa: messageText, en: messageText }),
    after: keyed('part of a delay', { days: z.int().min(0).max(3_650), at: clock })
      .optional()
      .meta({ description: 'so many days of the calendar later, at a local time; at once if it is left out' }),
  }),
}
export const effectKinds: readonly string[] = Object.keys(kinds)

/** What a rule gives. */
export const consequence = z.discriminatedUnion(
  'kind',
  [kinds.credit, kinds.discount, kinds.prompt, kinds.points, kinds.stamps, kinds.message],
  {
    error: ({ code, input }) =>
      code === 'invalid_union' ? notAmong('effect', String((input as { kind?: unknown } | null)?.kind), effectKinds) : undefined,
  },
)
export type Consequence = z.infer<typeof consequence>
export type MoneyEffect = Extract<Consequence, { kind: 'credit' | 'discount' }>
export type PointsEffect = Extract<Consequence, { kind: 'points' }>
export type StampsEffect = Extract<Consequence, { kind: 'stamps' }>
export type MessageEffect = Extract<Consequence, { kind: 'message' }>
