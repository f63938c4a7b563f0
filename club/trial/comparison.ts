import type { DryRun } from './dry-run.ts'
import type { Given } from './given.ts'

/** What was given of a unit by the rules that decided, and what the draft would have given. */
export interface Compared {
  unit: string
  real: number
  draft: number
}

export interface ComparedRule extends Compared {
  ruleid: string
}

/** What somebody would have had more (above 0) or less: money is credit and discounts together. */
export interface ComparedMember {
  number: string
  money: number
  /** Of points and stamps, whatever their names. */
  points: number
}

export interface Comparison {
  totals: Compared[]
  rules: ComparedRule[]
  better: number
  worse: number
  /** Those who gain and lose most, at most ten of each. */
  best: ComparedMember[]
  worst: ComparedMember[]
  /** What the draft costs more, in money. */
  cost: number
}

const isMoney = (unit: string) => unit === 'credit' || unit === 'discount'
const shownMembers = 10

/** Whoever has more money is better off; where that is equal, whoever has more points. */
export function compareOutcomes({ real, draft }: Pick<DryRun, 'real' | 'draft'>): Comparison {
  const units = unionOf(real.byRule, draft.byRule)
  const rules = units.flatMap((unit) =>
    unionOf(real.byRule.get(unit), draft.byRule.get(unit)).map((ruleid) => ({
      ruleid,
      unit,
      real: real.byRule.get(unit)?.get(ruleid) ?? 0,
      draft: draft.byRule.get(unit)?.get(ruleid) ?? 0,
    })),
  )
  const totals = units.map((unit) => {
    const own = rules.filter((one) => one.unit === unit)
    return { unit, real: sum(own.map((one) => one.real)), draft: sum(own.map((one) => one.draft)) }
  })
  const members = membersOf(real.byMember, draft.byMember)
  const sorted = members.toSorted((a, b) => b.money - a.money || b.points - a.points || (a.number < b.number ? -1 : 1))
  const better = sorted.filter((one) => gain(one) > 0)
  const worse = sorted.filter((one) => gain(one) < 0).toReversed()
  return {
    totals,
    rules,
    better: better.length,
    worse: worse.length,
    best: better.slice(0, shownMembers),
    worst: worse.slice(0, shownMembers),
    cost: sum(totals.filter((one) => isMoney(one.unit)).map((one) => one.draft - one.real)),
  }
}

const gain = ({ money, points }: ComparedMember) => money || points
const sum = (amounts: readonly number[]) => amounts.reduce((all, one) => all + one, 0)
const unionOf = (a: ReadonlyMap<string, unknown> = new Map(), b: ReadonlyMap<string, unknown> = new Map()): string[] =>
  [...new Set([...a.keys(), ...b.keys()])].sort()

function membersOf(real: Given, draft: Given): ComparedMember[] {
  const all = new Map<string, ComparedMember>()
  for (const [given, sign] of [[real, -1] as const, [draft, 1] as const])
    for (const [unit, byNumber] of given)
      for (const [number, amount] of byNumber) {
        const { money, points } = all.get(number) ?? { money: 0, points: 0 }
        const more = sign * amount
        all.set(number, isMoney(unit) ? { number, money: money + more, points } : { number, money, points: points + more })
      }
  return [...all.values()]
}
