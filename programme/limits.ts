import type { Effect, RuleFailure } from '#protocol/effects.ts'
import { civilTime, periodOf } from './calendar.ts'
import { type CompiledProgramme, type CompiledRule, compile } from './compiled.ts'
import type { Limit, Programme } from './schema.ts'

/** Whose use of limited rules is counted, and when. */
export interface LimitScope {
  memberid: string
  /** Undefined where nobody said so: rules limited by store then do not fire. */
  store: string | undefined
  /** As `store`, for limits by lane. */
  lane?: string | undefined
  /** ISO 8601. */
  effectiveAt: string
}

/** Something that was used of a limit. */
export interface CounterChange {
  counter: string
  add: number
}

/** The counters that a decision needs to know; empty where no rule is limited. */
export function countersOf(programme: Programme, scope: LimitScope): string[] {
  const { limited, timeZone } = compile(programme)
  if (limited.length === 0) return []
  const day = dayOf(scope, timeZone)
  return limited.flatMap((rule) => rule.limits.map((limit) => counterOf(rule, limit, { ...scope, day })))
}

const dayOf = ({ effectiveAt }: LimitScope, timeZone: CompiledProgramme['timeZone']) =>
  civilTime(Date.parse(effectiveAt), timeZone).day

/** `welcome/times/member 0190…/ever`. */
function counterOf(rule: CompiledRule, limit: Limit, scope: LimitScope & { day: number }): string {
  const { memberid, store = '', lane = '', day } = scope
  const whose = {
    member: `member ${memberid}`,
    store: `store ${store}`,
    lane: `lane ${store}/${lane}`,
    programme: 'programme',
  }[limit.per]
  return `${rule.id}/${limit.times === undefined ? 'amount' : 'times'}/${whose}/${periodOf(day, limit.every)}`
}

/** What is left of every limited rule, and what a decision uses of it. */
export function limitsFor(options: {
  compiled: CompiledProgramme
  scope: LimitScope
  /** As `countersOf` named them; one that is not there counts as used up, so that nobody promises what is not known. */
  counters: Readonly<Record<string, number>>
}) {
  const { compiled, scope, counters } = options
  const day = compiled.limited.length === 0 ? 0 : dayOf(scope, compiled.timeZone)
  const usedOf = (rule: CompiledRule, limit: Limit) => counters[counterOf(rule, limit, { ...scope, day })]
  const left = new Map<string, number>()
  for (const rule of compiled.limited)
    for (const limit of rule.limits) {
      if (limit.amount === undefined) continue
      const rest = Math.max(0, limit.amount - (usedOf(rule, limit) ?? limit.amount))
      left.set(rule.id, Math.min(rest, left.get(rule.id) ?? rest))
    }
  const leftOfGroup = new Map<string, number>()
  return {
    /** Why a rule may not fire any more. */
    failure(rule: CompiledRule): Omit<RuleFailure, 'ruleid'> | undefined {
      for (const limit of rule.limits) {
        const used = usedOf(rule, limit)
        const most = limit.times ?? limit.amount ?? 0
        if (used !== undefined && used < most) continue
        const what = limit.times === undefined ? `less than ${most} given` : `fewer than ${most} times`
        const found = used === undefined ? 'unknown' : String(used)
        return { condition: 'limit', expected: `${what} per ${limit.per}, ${limit.every}`, found }
      }
      return undefined
    },
    /** Takes what a rule gives from what is left of it and of its group; the most that it may give. */
    take(ruleid: string, amount: number): number {
      const rest = left.get(ruleid)
      const cap = compiled.caps.get(ruleid)
      if (rest === undefined && cap === undefined) return amount
      const restOfGroup = cap && (leftOfGroup.get(cap.group) ?? cap.atMost)
      const taken = Math.min(amount, rest ?? amount, restOfGroup ?? amount)
      if (rest !== undefined) left.set(ruleid, rest - taken)
      // What a till gave beyond the cap is given; nothing of it is owed back by the other rules.
      if (cap) leftOfGroup.set(cap.group, Math.max(0, (restOfGroup ?? 0) - taken))
      return taken
    },
    /** What a decision uses: of each rule that fired or gave something, once and what it gave. */
    used(fired: readonly string[], effects: readonly Effect[]): CounterChange[] {
      return compiled.limited.flatMap((rule) => {
        let given = 0
        for (const one of effects)
          if (one.ruleid === rule.id && (one.kind === 'credit' || one.kind === 'discount')) given += one.granted
        if (given === 0 && !fired.includes(rule.id)) return []
        return rule.limits.flatMap((limit) => {
          const add = limit.times === undefined ? given : 1
          return add === 0 ? [] : [{ counter: counterOf(rule, limit, { ...scope, day }), add }]
        })
      })
    },
  }
}
export type Limits = ReturnType<typeof limitsFor>
