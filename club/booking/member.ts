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
  /** Credit that stores' boxes were lent and have not told of, by store; it is not in `credit`. */
  lent?: Readonly<Record<string, number>> | undefined
}

/** Where and when a balance is looked at (ISO 8601); no store: at head office. */
export interface Outlook {
  store?: string | undefined
  at: string
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

/**
 * What a store can give of a member's credit: what the club has, and what the store's own box was lent (`offline`), which it
 * gives up before the club is asked. What other stores' boxes were lent (`elsewhere`) can be given there only.
 */
export function creditSeen(member: MemberState, { store, at }: Outlook) {
  const { available, pending } = standingOf(member, 'credit', at)
  const { lent = {} } = member
  const offline = store === undefined ? 0 : (lent[store] ?? 0)
  const elsewhere = Object.values(lent).reduce((sum, one) => sum + one, 0) - offline
  return { available: available + offline, pending, offline, elsewhere }
}

function creditBalance(member: MemberState, currency: string, seen: Outlook): Balance {
  const { offline, elsewhere, ...standing } = creditSeen(member, seen)
  return {
    ...{ unit: 'credit', currency, ...standing },
    ...(offline > 0 ? { offline } : {}),
    ...(elsewhere > 0 ? { elsewhere } : {}),
  }
}

/** Credit first, then points and stamps by name. */
export const balancesOf = (member: MemberState, currency: string, seen: Outlook): Balance[] => [
  creditBalance(member, currency, seen),
  ...Object.keys(member.units)
    .sort()
    .map((unit): Balance => ({ ...partsOfUnit(unit), ...standingOf(member, unit, seen.at) })),
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
