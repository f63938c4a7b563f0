import type { Allowance } from '#protocol/regulars.ts'

/** A shard of the store's regulars as far as money goes: its version, and what each member may be given. */
export interface GrantedShard {
  version: number
  /** By member's id. */
  grants: Readonly<Record<string, Allowance>>
}

/** Set aside for one sale, out of one allowance; `spent`: the sale is on disk with it. */
export interface Taken {
  saleid: string
  shard: number
  serial: number
  credit: number
  gifts: number
  spent: boolean
}

/** All that a box must not forget of its allowances. Plain data: the disk holds it, and nothing else does. */
export interface Allowances {
  shards: Readonly<Record<number, GrantedShard>>
  /** By sale. */
  taken: Readonly<Record<string, Taken>>
}

export const noAllowances: Allowances = { shards: {}, taken: {} }

export interface Amounts {
  credit: number
  gifts: number
}
const nothing: Amounts = { credit: 0, gifts: 0 }

const grantOf = ({ shards }: Allowances, shard: number, memberid: string): Allowance | undefined =>
  shards[shard]?.grants[memberid]

/** What is left of an allowance beside what other sales have taken. */
function restOf({ taken }: Allowances, { serial, credit, gifts }: Allowance, saleid: string | undefined): Amounts {
  let rest: Amounts = { credit, gifts }
  for (const one of Object.values(taken))
    if (one.serial === serial && one.saleid !== saleid) rest = { credit: rest.credit - one.credit, gifts: rest.gifts - one.gifts }
  return rest
}

/**
 * What a member can be given at an instant, milliseconds since 1970; nothing where that is not known for sure. What
 * `saleid` has taken itself is not counted: it may take it once more.
 */
export function left(
  allowances: Allowances,
  { shard, memberid, at, saleid }: { shard: number; memberid: string; at: number | undefined; saleid?: string },
): Amounts {
  const grant = grantOf(allowances, shard, memberid)
  if (!grant || at === undefined || at >= Date.parse(grant.until)) return nothing
  return restOf(allowances, grant, saleid)
}

/**
 * Takes for a sale, in the place of what it had; undefined where that much is not left. To be on disk before anybody
 * hears of it.
 */
export function take(
  allowances: Allowances,
  given: { saleid: string; shard: number; memberid: string; at: number | undefined } & Amounts,
): Allowances | undefined {
  const { saleid, shard, memberid, credit, gifts } = given
  const before = allowances.taken[saleid]
  if (before?.spent) return undefined
  const grant = grantOf(allowances, shard, memberid)
  const most = left(allowances, given)
  if (!grant || credit < 0 || gifts < 0 || credit > most.credit || gifts > most.gifts) return undefined
  // What was taken of an older allowance is still on its way to somebody: it stays whole, or goes whole.
  if (before && before.serial !== grant.serial) return undefined
  const one: Taken = { saleid, shard, serial: grant.serial, credit, gifts, spent: false }
  return { ...allowances, taken: { ...allowances.taken, [saleid]: one } }
}

/**
 * Gives up all the credit that is left of an allowance: the club may have it again at once. Nothing of it is given here
 * any more, whatever becomes of the message that says so. To be on disk before that leaves.
 */
export function giveUp(
  allowances: Allowances,
  { id, shard, memberid }: { id: string; shard: number; memberid: string },
): { after: Allowances; serial: number; credit: number } | undefined {
  const grant = grantOf(allowances, shard, memberid)
  const credit = grant ? restOf(allowances, grant, undefined).credit : 0
  if (!grant || credit <= 0 || allowances.taken[id]) return undefined
  const { serial } = grant
  const one: Taken = { saleid: id, shard, serial, credit, gifts: 0, spent: true }
  return { after: { ...allowances, taken: { ...allowances.taken, [id]: one } }, serial, credit }
}

/** The club has declined, and so has taken nothing back: what was given up for that question is there again. */
export function keepAfterAll(allowances: Allowances, id: string): Allowances {
  const { [id]: _, ...taken } = allowances.taken
  return { ...allowances, taken }
}

/** Gives back what a sale had taken and did not spend. */
export function giveBack(allowances: Allowances, saleid: string, part: Partial<Record<keyof Amounts, true>>): Allowances {
  const before = allowances.taken[saleid]
  if (!before || before.spent) return allowances
  const rest = { credit: part.credit ? 0 : before.credit, gifts: part.gifts ? 0 : before.gifts }
  const { [saleid]: _, ...others } = allowances.taken
  const taken = rest.credit === 0 && rest.gifts === 0 ? others : { ...others, [saleid]: { ...before, ...rest } }
  return { ...allowances, taken }
}

/** The sale is on disk with so much of it; the rest can be given to others. */
export function spend(allowances: Allowances, saleid: string, { credit, gifts }: Amounts): Allowances {
  const before = allowances.taken[saleid]
  if (!before || before.spent) return allowances
  const spent = { ...before, credit: Math.min(credit, before.credit), gifts: Math.min(gifts, before.gifts), spent: true }
  return { ...allowances, taken: { ...allowances.taken, [saleid]: spent } }
}

/** A shard from the club takes the place of the one before; one that is not younger changes nothing. */
export function replaceShard(
  allowances: Allowances,
  { shard, version, grants }: GrantedShard & { shard: number },
): Allowances | undefined {
  if (version <= (allowances.shards[shard]?.version ?? 0)) return undefined
  const serials = new Set(Object.values(grants).map(({ serial }) => serial))
  // What was spent of what has ended is the club's to account for.
  const taken = Object.entries(allowances.taken).filter(([, one]) => one.shard !== shard || !one.spent || serials.has(one.serial))
  return { shards: { ...allowances.shards, [shard]: { version, grants } }, taken: Object.fromEntries(taken) }
}

/**
 * By which versions the box gives: whoever hears this together with the last number given to a fact knows that older
 * allowances can be in no later fact. A shard in which a sale that is not on disk yet holds something of an older
 * allowance is left out.
 */
export function appliedVersions({ shards, taken }: Allowances): Record<string, number> {
  const open = new Set<number>()
  for (const { shard, serial, spent } of Object.values(taken))
    if (!spent && !Object.values(shards[shard]?.grants ?? {}).some((one) => one.serial === serial)) open.add(shard)
  return Object.fromEntries(
    Object.entries(shards).flatMap(([shard, { version }]) => (open.has(Number(shard)) ? [] : [[shard, version]])),
  )
}

/** What can still be given, and what sales hold that are not on disk yet. */
export function exposureOf(allowances: Allowances, at: number | undefined): number {
  let sum = 0
  for (const one of Object.values(allowances.taken)) if (!one.spent) sum += one.credit + one.gifts
  for (const { grants } of Object.values(allowances.shards))
    for (const grant of Object.values(grants)) {
      if (at !== undefined && at >= Date.parse(grant.until)) continue
      const rest = restOf(allowances, grant, undefined)
      sum += rest.credit + rest.gifts
    }
  return sum
}
