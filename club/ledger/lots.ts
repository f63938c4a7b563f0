/**
 * What a member has of a unit is made of lots: who issued it, from when on it can be used and until when. Lots that
 * differ in nothing but their amount are one, so that a member whose credit never expires has one lot a store. The
 * older stands first. Together the lots of a unit are its balance, or nothing where that is negative.
 */
export interface LotKey {
  /** The store that granted it; another one that takes it is paid by that store (clearing). */
  issuedBy: string
  /** Pending before this instant (ISO 8601); at once where it is left out. */
  activeAt?: string
  /** Lost from this instant on; never where it is left out. */
  expiresAt?: string
}

export interface Lot extends LotKey {
  /** `credit`, or points by their name (`points:club`). */
  unit: string
  /** Above 0. */
  left: number
  /** When its end is to be announced. */
  remindAt?: string
}

/** So much of one lot. */
export interface LotPart {
  lot: LotKey
  amount: number
}

/** Stamps have no lots: they neither expire nor move between stores. */
export const hasLots = (unit: string): boolean => unit === 'credit' || unit.startsWith('points:')

export const keyOf = ({ issuedBy, activeAt, expiresAt }: LotKey): LotKey => ({
  issuedBy,
  ...(activeAt === undefined ? {} : { activeAt }),
  ...(expiresAt === undefined ? {} : { expiresAt }),
})

const sameTerms = (a: LotKey, b: LotKey) => a.issuedBy === b.issuedBy && a.expiresAt === b.expiresAt
/** A lot that was pending when something was granted into it may have become active since: then it names no instant. */
const isLot = (lot: Lot, unit: string, key: LotKey) =>
  lot.unit === unit && sameTerms(lot, key) && (lot.activeAt === key.activeAt || lot.activeAt === undefined)

const isPending = ({ activeAt }: LotKey, at: string) => activeAt !== undefined && activeAt > at
const isExpired = ({ expiresAt }: LotKey, at: string) => expiresAt !== undefined && expiresAt <= at

/** The lots with `amount` more in the lot of `key`. */
export function addToLot(lots: readonly Lot[], unit: string, { lot: key, amount }: LotPart): Lot[] {
  if (amount === 0) return [...lots]
  const index = lots.findIndex((one) => one.unit === unit && sameTerms(one, key) && one.activeAt === key.activeAt)
  if (index < 0) return [...lots, { unit, ...keyOf(key), left: amount }]
  return lots.map((one, n) => (n === index ? { ...one, left: one.left + amount } : one))
}

/** Lots whose time has come are pending no longer, and one with those that differ in nothing else. */
export function activated(lots: readonly Lot[], at: string): readonly Lot[] {
  if (!lots.some((one) => one.activeAt !== undefined && one.activeAt <= at)) return lots
  let merged: Lot[] = []
  for (const { activeAt, left, unit, ...rest } of lots) {
    const key = activeAt !== undefined && activeAt > at ? { ...rest, activeAt } : rest
    merged = addToLot(merged, unit, { lot: key, amount: left })
  }
  return merged
}

export interface Taken {
  lots: Lot[]
  parts: LotPart[]
  /** Together. */
  amount: number
}

/** Takes up to `amount` from the lots in the order that is given. */
function takeFrom(lots: readonly Lot[], order: readonly Lot[], amount: number): Taken {
  const left = new Map<Lot, number>(lots.map((one) => [one, one.left]))
  const parts: LotPart[] = []
  let rest = amount
  for (const lot of order) {
    const part = Math.min(rest, left.get(lot) ?? 0)
    if (part === 0) continue
    rest -= part
    left.set(lot, lot.left - part)
    parts.push({ lot: keyOf(lot), amount: part })
  }
  const remaining = lots.flatMap((one) => {
    const still = left.get(one) ?? 0
    return still === 0 ? [] : [still === one.left ? one : { ...one, left: still }]
  })
  return { lots: remaining, parts, amount: amount - rest }
}

/** What is lost first, comes first; of lots that are lost together, and of those that never are, the oldest. */
const firstToExpire = (lots: readonly Lot[]): Lot[] =>
  [...lots].sort((a, b) => (a.expiresAt === b.expiresAt ? 0 : (a.expiresAt ?? '~') < (b.expiresAt ?? '~') ? -1 : 1))

/** Spends up to `amount` of what can be used at an instant. */
export function takeUsable(lots: readonly Lot[], { unit, amount, at }: { unit: string; amount: number; at: string }): Taken {
  const usable = lots.filter((one) => one.unit === unit && !isPending(one, at) && !isExpired(one, at))
  return takeFrom(lots, firstToExpire(usable), amount)
}

/**
 * Takes up to `amount` back that was granted into the lot of `key` (into none, where it paid a debt): from that lot, then
 * from the others, those that
 * are still pending first: nobody counts on them yet. Of a lot whose time was over at `at` nothing is taken from
 * others: what was not used of it has been lost.
 */
export function takeBack(
  lots: readonly Lot[],
  { unit, key, amount, at }: { unit: string; key?: LotKey; amount: number; at: string },
): Taken {
  const own = key ? lots.filter((one) => isLot(one, unit, key)) : []
  const others = key && isExpired(key, at) ? [] : lots.filter((one) => one.unit === unit && !own.includes(one))
  const pending = others.filter((one) => isPending(one, at))
  return takeFrom(
    lots,
    [...own, ...firstToExpire(pending), ...firstToExpire(others.filter((one) => !pending.includes(one)))],
    amount,
  )
}

/** Takes all of a unit that has expired by `at`. */
export function takeExpired(lots: readonly Lot[], { unit, at }: { unit: string; at: string }): Taken {
  const expired = lots.filter((one) => one.unit === unit && isExpired(one, at))
  return takeFrom(
    lots,
    expired,
    expired.reduce((sum, one) => sum + one.left, 0),
  )
}

/** What can be used of a unit at an instant, and what can be used later. */
export function standing(lots: readonly Lot[], unit: string, at: string): { available: number; pending: number } {
  let available = 0
  let pending = 0
  for (const one of lots) {
    if (one.unit !== unit || isExpired(one, at)) continue
    if (isPending(one, at)) pending += one.left
    else available += one.left
  }
  return { available, pending }
}
