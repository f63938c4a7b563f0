import type { RegularsState } from '#protocol/regulars.ts'
import type { Ranges } from './sequence-ranges.ts'

/** What was lent to a box for one member, less what its facts have told of. */
export interface Lent {
  boxid: string
  shard: number
  credit: number
  gifts: number
}

/**
 * Whether a box will never tell of anything more that it gave out of an allowance. `gone`: the first version of the
 * shard without it. By the box's own word it decides by such a version and had then given the number `upto` to its last
 * fact; `received`: all facts of that box that are here. Time alone ends nothing.
 */
export function hasEnded(
  { boxid, shard }: Lent,
  { gone, by, told, received }: { gone: number; by: string; told: Pick<RegularsState, 'applied' | 'upto'>; received: Ranges },
): boolean {
  if (by !== boxid || (told.applied[shard] ?? 0) < gone) return false
  return told.upto === 0 || received.some(([from, to]) => from === 1 && to >= told.upto)
}

/** What of a fact's `credit` and `gifts` an allowance covers, and what is left of it. */
export function coveredBy<L extends Lent>(
  lent: L,
  { credit, gifts }: { credit: number; gifts: number },
): { covered: { credit: number; gifts: number }; left: L } {
  const covered = { credit: Math.min(credit, lent.credit), gifts: Math.min(gifts, lent.gifts) }
  return { covered, left: { ...lent, credit: lent.credit - covered.credit, gifts: lent.gifts - covered.gifts } }
}
