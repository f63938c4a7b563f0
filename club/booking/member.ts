import type { MemberHistory } from '#programme/decide.ts'
import type { Balance } from '#protocol/effects.ts'
import type { MemberSummary } from '#protocol/reply.ts'

/** A member as bookings see one: no name, no mobile. */
export interface MemberState extends MemberHistory {
  number: string
  /** The balance of the member's credit account. */
  credit: number
}

export const summaryOf = ({ memberid, number, visits }: MemberState): MemberSummary => ({ memberid, number, visits })

export const balancesOf = ({ credit }: MemberState, currency: string): Balance[] => [
  { unit: 'credit', currency, available: credit, pending: 0 },
]

/** The n-th member's number: seven digits and a check digit (Luhn), so that most typing errors are noticed. */
export function memberNumber(n: number): string {
  const digits = String(1_000_000 + n)
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    sum += index % 2 === 0 ? (digit * 2 > 9 ? digit * 2 - 9 : digit * 2) : digit
  }
  return `${digits}${(10 - (sum % 10)) % 10}`
}
