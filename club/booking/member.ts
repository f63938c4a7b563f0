import type { UnitKind } from '#programme/circumstances.ts'
import type { MemberHistory } from '#programme/decide.ts'
import type { Balance } from '#protocol/effects.ts'
import type { MemberSummary } from '#protocol/reply.ts'
import { hasLots, standing } from '../ledger/lots.ts'
import type { Means } from '../ledger/purse.ts'

/** A member as bookings see one: no name, no mobile. */
export interface MemberState extends MemberHistory, Means {
  number: string
  /** The tier, the last instant at which it was reached, and until when it is safe. */
  rank?: { tier: string; since: string; until?: string } | undefined
  credit: Means['credit']
  units: Means['units']
}

export const summaryOf = ({ memberid, number, visits, rank }: MemberState): MemberSummary => ({
  memberid,
  number,
  visits,
  ...(rank ? { tier: rank.tier } : {}),
})

/** What can be used of a unit at an instant, and what can be used later; a debt is what stands below zero. */
export function standingOf(
  { credit, units, lots }: MemberState,
  unit: string,
  at: string,
): { available: number; pending: number } {
  const balance = unit === 'credit' ? credit : (units[unit] ?? 0)
  return balance < 0 || !hasLots(unit) ? { available: balance, pending: 0 } : standing(lots, unit, at)
}

/** Credit first, then points and stamps by name, as they stand at an instant (ISO 8601). */
export const balancesOf = (member: MemberState, currency: string, at: string): Balance[] => [
  { unit: 'credit', currency, ...standingOf(member, 'credit', at) },
  ...Object.keys(member.units)
    .sort()
    .map((unit): Balance => ({ ...partsOfUnit(unit), ...standingOf(member, unit, at) })),
]

/** `stamps:coffee` → stamps, coffee. */
export function partsOfUnit(unit: string): { unit: UnitKind; name: string } {
  const [kind, name = ''] = unit.split(':')
  return { unit: kind === 'stamps' ? 'stamps' : 'points', name }
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
