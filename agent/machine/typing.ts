import type { Key } from './inputs.ts'
import type { Setup } from './state.ts'

/** Twelve digits of rials are the most that DE 4 holds. */
const longestAmount = { rial: 12, toman: 11 } as const

/** What was typed with a further key: digits are added, the yellow key takes the last one. Undefined for other keys. */
export function typedWith(typed: string, key: Key, longest: number): string | undefined {
  if (key === 'clear') return typed.slice(0, -1)
  if (!/^\d$/.test(key)) return undefined
  return typed.length < longest ? typed + key : typed
}

/** As `typedWith`, of an amount: it begins with no zero. */
export function amountWith(typed: string, key: Key, { moneyShown }: Pick<Setup, 'moneyShown'>): string | undefined {
  return typedWith(typed, key, longestAmount[moneyShown])?.replace(/^0+/, '')
}

/** What was typed, in rials; 0 where nothing was. */
export const rialsOf = (typed: string, { moneyShown }: Pick<Setup, 'moneyShown'>): number =>
  Number(typed || '0') * (moneyShown === 'toman' ? 10 : 1)
