import type { UnitKind } from '#programme/circumstances.ts'
import type { MemberHistory } from '#programme/decide.ts'
import type { Balance } from '#protocol/effects.ts'
import type { MemberSummary } from '#protocol/reply.ts'
import { accounts, balanceAfter, type TransferDraft } from '../ledger/transfers.ts'

/** A member as bookings see one: no name, no mobile. */
export interface MemberState extends MemberHistory {
  number: string
  /** The balance of the member's credit account. */
  credit: number
  /** Balances of points and stamps by unit (`points:club`). */
  units: Readonly<Record<string, number>>
}

export const summaryOf = ({ memberid, number, visits }: MemberState): MemberSummary => ({ memberid, number, visits })

/** Credit first, then points and stamps by name. */
export const balancesOf = ({ credit, units }: MemberState, currency: string): Balance[] => [
  { unit: 'credit', currency, available: credit, pending: 0 },
  ...Object.keys(units)
    .sort()
    .map((unit): Balance => ({ ...partsOfUnit(unit), available: units[unit] ?? 0, pending: 0 })),
]

/** `stamps:coffee` → stamps, coffee. */
export function partsOfUnit(unit: string): { unit: UnitKind; name: string } {
  const [kind, name = ''] = unit.split(':')
  return { unit: kind === 'stamps' ? 'stamps' : 'points', name }
}

/** Balances of points and stamps after transfers. */
export function unitsAfter({ memberid, units }: MemberState, transfers: readonly TransferDraft[]): Record<string, number> {
  const after = { ...units }
  for (const unit of new Set(transfers.flatMap((one) => one.unit ?? []))) {
    const account = accounts.memberUnit(memberid, unit)
    if (transfers.some((one) => one.debit === account || one.credit === account))
      after[unit] = balanceAfter(units[unit] ?? 0, account, transfers)
  }
  return after
}

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
