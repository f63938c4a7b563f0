import { z } from 'zod'
import { civilDate, instant } from './ids.ts'
import { basisPoints, currency, signedAmount } from './money.ts'
import { localised } from './text.ts'

/** In which unit of account people read money: the rial itself or the toman (10 rials). */
export const moneyShown = z.enum(['rial', 'toman'])
export type MoneyShown = z.infer<typeof moneyShown>

/**
 * A value as the club states it: typed, so that each device shows it in its own way (Persian digits and Jalali
 * dates on paper, ASCII on a 2×20 display) and a machine can compare it with the books.
 */
export const value = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('money'), amount: signedAmount, currency, shown: moneyShown }),
  z.object({ kind: z.literal('number'), number: z.number() }),
  z.object({ kind: z.literal('percent'), basisPoints }),
  z.object({ kind: z.literal('instant'), instant }),
  z.object({ kind: z.literal('date'), date: civilDate }),
  z.object({ kind: z.literal('text'), text: localised }),
  z.object({ kind: z.literal('code'), code: z.string() }).meta({ description: 'a code kept left to right and in Latin letters' }),
])
export type Value = z.infer<typeof value>

/** A labelled value; `field` names it for machines (`credit-earned`, `balance`). */
export const labelledValue = z.object({ field: z.string(), label: localised, value })
export type LabelledValue = z.infer<typeof labelledValue>
