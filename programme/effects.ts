import { z } from 'zod'
import { messageChannels, unitName } from '#protocol/effects.ts'
import { amount, basisPoints } from '#protocol/money.ts'
import { localised } from '#protocol/text.ts'
import { clock } from './conditions.ts'
import { ownLot } from './expiry.ts'
import { selector } from './selector.ts'
import { idOf, keyed, word } from './vocabulary.ts'
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
/** What a message about something that runs out may name too: how much, and in how many days. */
export const expiringFields = ['expiring', 'days'] as const
const messageText = z
  .string()
  .min(1)
  .max(1_000)
  .superRefine((text, context) => {
    for (const field of fieldsOf(text))
      if (![...messageFields, ...expiringFields].some((one) => one === field))
        context.addIssue({
          code: 'custom',
          message: notAmong('field of a message', field, [...messageFields, ...expiringFields]),
        })
  })

/** The fields that a message's text names. */
export const fieldsOf = (text: string): string[] => [...text.matchAll(/\{([^}]*)\}/g)].map(([, field = '']) => field)

const kinds = {
  credit: keyed('part of this effect', { kind: z.literal('credit'), ...worth, ...ownLot })
    .refine(...oneWorth)
    .meta({ description: 'credit: a share of what is payable after discounts and redeemed credit, or a fixed amount' }),
  discount: keyed('part of this effect', { kind: z.literal('discount'), ...worth })
    .refine(...oneWorth)
    .meta({ description: 'cash off: a share of the total, or a fixed amount' }),
  'free-product': keyed('part of this effect', {
    kind: z.literal('free-product'),
    product: z.string().min(1).max(60).meta({ description: "the catalogue's code" }),
    quantity: z.int().min(1).max(1_000).optional().meta({ description: 'how many of it; one, where it is left out' }),
    upTo: amount.min(1).optional().meta({ description: 'no more than this is taken off' }),
  }),
  coupon: keyed('part of this effect', {
    kind: z.literal('coupon'),
    name: unitName,
    ...worth,
    days: z.int().min(1).max(3_650).meta({ description: 'it can be used until the end of the day so many days after its first' }),
    activeAfter: ownLot.activeAfter,
  }).refine(...oneWorth),
  'use-coupon': keyed('part of this effect', { kind: z.literal('use-coupon'), name: unitName }).meta({
    description: 'takes off what a coupon of this name is worth; the rule applies where the member holds one',
  }),
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
    multiply: z.int().min(2).max(100).optional().meta({ description: 'so many times what the other effects give' }),
    of: selector.optional(),
    atMost: count.optional(),
    ...ownLot,
  })
    .refine(
      ({ per, amount: fixed, perItem, extra, multiply }) =>
        [per, fixed, perItem, extra, multiply].filter((one) => one !== undefined).length === 1,
      'needs one of `per`, `amount`, `perItem`, `extra` and `multiply`',
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
  tier: keyed('part of this effect', { kind: z.literal('tier'), to: idOf(40) }).meta({
    description: 'moves the member up to this tier; never down',
  }),
  message: keyed('part of this effect', {
    kind: z.literal('message'),
    channel: word('channel', messageChannels),
    text: keyed('language', { fa: messageText, en: messageText }),
    after: keyed('part of a delay', { days: z.int().min(0).max(3_650), at: clock })
      .optional()
      .meta({ description: 'so many days of the calendar later, at a local time; at once if it is left out' }),
  }),
  alert: keyed('part of this effect', { kind: z.literal('alert'), text }).meta({
    description: 'tells head office; the store hears nothing of it',
  }),
}
export const effectKinds: readonly string[] = Object.keys(kinds)

/** What a rule gives. */
export const consequence = z.discriminatedUnion(
  'kind',
  [
    kinds.credit,
    kinds.discount,
    kinds['free-product'],
    kinds.coupon,
    kinds['use-coupon'],
    kinds.prompt,
    kinds.points,
    kinds.stamps,
    kinds.tier,
    kinds.message,
    kinds.alert,
  ],
  {
    error: ({ code, input }) =>
      code === 'invalid_union' ? notAmong('effect', String((input as { kind?: unknown } | null)?.kind), effectKinds) : undefined,
  },
)
export type Consequence = z.infer<typeof consequence>
export type EffectOf<Kind extends Consequence['kind']> = Extract<Consequence, { kind: Kind }>
export type MoneyEffect = EffectOf<'credit' | 'discount'>
export type PointsEffect = EffectOf<'points'>
export type StampsEffect = EffectOf<'stamps'>
export type MessageEffect = EffectOf<'message'>
