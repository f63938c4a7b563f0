import type { Circumstances } from './circumstances.ts'
import type { Bounds } from './vocabulary.ts'

/** One condition made ready: its words are worked out once for a programme. */
export interface Check {
  condition: string
  expected: string
  /** Undefined where it depends on something that is not known. */
  holds(c: Circumstances): boolean | undefined
  /** What was found instead, where it does not hold. */
  found(c: Circumstances): string
}

export const notKnown = 'unknown'

interface Ranged {
  condition: string
  bounds: Bounds
  /** The least that there can be: what a range without `from` begins at. */
  least: number
  value(c: Circumstances): number | undefined
  /** What is said where there is no value. */
  none?: string
  /** Whether that is a "no" (`fails`) or nobody knows. */
  without: (c: Circumstances) => 'fails' | 'unknown'
}

export const fails = () => 'fails' as const
export const unknown = () => 'unknown' as const
/** A "no" of somebody who is known; of others nobody knows. */
export const failsIfKnown = ({ member }: Circumstances) => (member.standing === undefined ? 'fails' : 'unknown')

export function ranged({ condition, bounds: { from, to }, least, value, none = notKnown, without }: Ranged): Check {
  const low = from ?? least
  const high = to ?? Number.POSITIVE_INFINITY
  return {
    condition,
    expected: to === undefined ? `${low} or more` : Number.isFinite(low) ? `${low} to ${to}` : `${to} or less`,
    holds(c) {
      const found = value(c)
      if (found === undefined) return without(c) === 'unknown' ? undefined : false
      return found >= low && found <= high
    },
    found(c) {
      const found = value(c)
      return found === undefined ? none : String(found)
    },
  }
}

/** One of some words; undefined where the word is not known. */
export function amongWords(condition: string, wanted: readonly string[], value: (c: Circumstances) => string | undefined): Check {
  return {
    condition,
    expected: wanted.join(' or '),
    holds(c) {
      const found = value(c)
      return found === undefined ? undefined : wanted.includes(found)
    },
    found: (c) => value(c) ?? notKnown,
  }
}

/** At least one of some words is among those that the member has; undefined where they are not known. */
export function sharesWord(
  condition: string,
  wanted: readonly string[],
  values: (c: Circumstances) => readonly string[] | undefined,
): Check {
  const among = new Set(wanted)
  return {
    condition,
    expected: wanted.join(' or '),
    holds: (c) => values(c)?.some((one) => among.has(one)),
    found(c) {
      const found = values(c)
      return found === undefined ? notKnown : found.join(', ') || 'none'
    },
  }
}
