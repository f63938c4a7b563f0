import { z } from 'zod'
import { basketLine } from '#protocol/messages.ts'
import { amount } from '#protocol/money.ts'

const rials = amount.meta({ description: 'rials' })
const mobile = z.string().min(1).max(20)

/** What a person does at a device, with what it needs. A scenario writes each under its name: `tap: { card: sara }`. */
export const acts = {
  tap: z.strictObject({
    card: z.string().min(1).meta({ description: 'a virtual card (`vafa sim cards`)' }),
    holdMs: z.int().min(1).max(600_000).default(1_000).meta({ description: 'how long it stays' }),
  }),
  scan: z.strictObject({ code: z.string().min(1).max(2_000) }),
  swipe: z.strictObject({ number: z.string().min(1).max(40).meta({ description: 'as track 2 has it' }) }),
  finger: z.strictObject({ name: z.string().min(1).max(60).meta({ description: 'each name is a finger' }) }),
  sale: z.strictObject({
    amount: rials,
    lines: z.array(basketLine).max(500).default([]),
    redeem: rials.optional().meta({ description: 'so much of it from the credit of whoever is buying' }),
    phone: mobile.optional().meta({ description: 'who is buying, where the till itself knows' }),
    receipt: z.string().min(1).max(60).optional().meta({ description: "the till's own number" }),
    end: z.enum(['complete', 'cancel', 'leave']).default('complete').meta({ description: '`leave`: nobody pays' }),
  }),
  enrol: z.strictObject({ name: z.string().min(1).max(60), phone: mobile.optional() }),
  present: z.strictObject({ phone: mobile }),
  return: z.strictObject({
    amount: rials.meta({ description: 'of its price before discounts' }),
    reference: z.string().min(1).max(60).optional().meta({ description: 'the last sale of this till, where it is left out' }),
  }),
  reverse: z.strictObject({}).meta({ description: 'undoes the last sale of this till' }),
  reprint: z.strictObject({}).meta({ description: 'the receipt of the last sale of this till, as a copy' }),
  'sign-on': z.strictObject({ operator: z.string().min(1).max(60), shift: z.string().min(1).max(60).optional() }),
  'close-day': z.strictObject({}),
} as const

export type ActName = keyof typeof acts
type ActOf<Name extends ActName> = Name extends 'reverse' | 'reprint' | 'close-day'
  ? { do: Name }
  : { do: Name } & z.output<(typeof acts)[Name]>
export type Act = { [Name in ActName]: ActOf<Name> }[ActName]
export const actNames = Object.keys(acts) as ActName[]
