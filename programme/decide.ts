import type { AppliedEffect, Effect, Prompt, RuleFailure } from '#protocol/effects.ts'
import type { BasketLine } from '#protocol/messages.ts'
import { share } from '#protocol/money.ts'
import { durationMs } from './duration.ts'
import type { Programme, Rule } from './schema.ts'

/** What the rules know of a member, before the event. */
export interface MemberHistory {
  memberid: string
  /** Visits so far, the one of `lastVisitAt` included. */
  visits: number
  /** Purchases so far that stand (reversed ones do not count). */
  purchases: number
  /** An instant (ISO 8601): when the member was last seen. */
  lastVisitAt?: string
}

/** Counters that members share, such as what is used of a budget, by name. */
export interface DecisionContext {
  counters: Readonly<Record<string, number>>
}

export type DecisionEvent =
  | { kind: 'presented' }
  /** What would this basket get? Discounts are decided. */
  | { kind: 'quote'; total: number; currency: string; lines: readonly BasketLine[] }
  /** Paid. Discounts are as they were given at the till (`applied`), and no others. */
  | {
      kind: 'sale'
      total: number
      currency: string
      lines: readonly BasketLine[]
      applied: readonly AppliedEffect[]
      redeemed?: number
    }

export interface Decision {
  effects: Effect[]
  /** Sum of the discounts. */
  discount: number
  /** The total less discounts and redeemed credit, which is the base of earning; 0 where nothing was bought. */
  payable: number
  prompts: Prompt[]
  /** Ids of the rules that fired, in their order. */
  fired: string[]
  ruleFailures: RuleFailure[]
  /** This visit's number for the member, and whether this event begins it; undefined where there is no member. */
  visit: { number: number; begins: boolean } | undefined
}

/**
 * What the programme gives for one event. Pure: the same input gives the same decision for ever, in head office and
 * in a store that is offline. Shares are rounded down. A discount never exceeds what is left of the total.
 */
export function decide(input: {
  programme: Programme
  member: MemberHistory | undefined
  context: DecisionContext
  event: DecisionEvent
  /** The journalled instant of the event (ISO 8601). */
  effectiveAt: string
}): Decision {
  const { programme, member, event, effectiveAt } = input
  const given = event.kind === 'sale' ? event.applied.map((one) => ({ ...one, desired: one.amount, granted: one.amount })) : []
  const decision: Decision = {
    effects: given.map(({ ruleid, desired, granted, currency }) => ({ kind: 'discount', ruleid, desired, granted, currency })),
    discount: given.reduce((sum, one) => sum + one.granted, 0),
    payable: 0,
    prompts: [],
    fired: [],
    ruleFailures: [],
    visit: member && visitOf(member, effectiveAt, durationMs(programme.visitGap) ?? 0),
  }
  const rules = programme.rules.map((rule, index) => ({ rule, index }))
  rules.sort((a, b) => a.rule.order - b.rule.order || a.index - b.index)

  const matched: Rule[] = []
  const taken = new Map<string, string>()
  for (const { rule } of rules) {
    const failure = failureOf(rule, { programme, member, event, decision, taken })
    if (failure) decision.ruleFailures.push({ ruleid: rule.id, ...failure })
    else {
      matched.push(rule)
      if (rule.group !== undefined) taken.set(rule.group, rule.id)
    }
  }
  decision.fired = matched.map((rule) => rule.id)
  // Discounts first, whatever the order: they make the base of earning.
  if (event.kind === 'quote') grantDiscounts(decision, matched, event)
  if (event.kind !== 'presented') {
    const redeemed = event.kind === 'sale' ? (event.redeemed ?? 0) : 0
    decision.payable = Math.max(0, event.total - decision.discount - redeemed)
    grantCredit(decision, matched, event.currency)
  }
  for (const rule of matched)
    for (const one of rule.effects)
      if (one.kind === 'prompt') decision.prompts.push({ audience: one.audience, text: one.text, ruleid: rule.id })
  return decision
}

/** Presences within the gap of the last one belong to the same visit; also one that is reported late. */
function visitOf(member: MemberHistory, effectiveAt: string, gapMs: number) {
  const apart = member.lastVisitAt === undefined ? undefined : Math.abs(Date.parse(effectiveAt) - Date.parse(member.lastVisitAt))
  const begins = member.visits === 0 || apart === undefined || apart >= gapMs
  return { number: begins ? member.visits + 1 : member.visits, begins }
}

interface Circumstances {
  programme: Programme
  member: MemberHistory | undefined
  event: DecisionEvent
  decision: Decision
  taken: ReadonlyMap<string, string>
}

function failureOf(
  rule: Rule,
  { programme, member, event, decision, taken }: Circumstances,
): Omit<RuleFailure, 'ruleid'> | undefined {
  if (!member || !decision.visit) return { condition: 'member', expected: 'a member', found: 'none' }
  if (event.kind !== 'presented' && event.currency !== programme.currency)
    return { condition: 'currency', expected: programme.currency, found: event.currency }
  const ordinals = [
    ['visit', rule.when.visit, decision.visit.number],
    ['purchase', rule.when.purchase, member.purchases + 1],
  ] as const
  for (const [condition, range, found] of ordinals) {
    if (range === undefined) continue
    const { from = 1, to } = range
    if (found < from || (to !== undefined && found > to))
      return { condition, expected: to === undefined ? `${from} or more` : `${from} to ${to}`, found: String(found) }
  }
  const winner = rule.group === undefined ? undefined : taken.get(rule.group)
  if (winner !== undefined) return { condition: 'group', expected: `no earlier rule of ${rule.group}`, found: winner }
  const discounts = rule.effects.some((one) => one.kind === 'discount')
  if (event.kind === 'sale' && discounts && !event.applied.some((one) => one.ruleid === rule.id))
    return { condition: 'applied', expected: 'given at the till before payment', found: 'not given' }
  return undefined
}

function grantDiscounts(decision: Decision, matched: readonly Rule[], event: { total: number; currency: string }) {
  for (const rule of matched) {
    for (const one of rule.effects) {
      if (one.kind !== 'discount') continue
      const desired = share(event.total, one.basisPoints)
      if (desired === 0) continue
      const granted = Math.min(desired, event.total - decision.discount)
      decision.discount += granted
      decision.effects.push({ kind: 'discount', ruleid: rule.id, desired, granted, currency: event.currency })
    }
  }
}

function grantCredit(decision: Decision, matched: readonly Rule[], currency: string) {
  for (const rule of matched) {
    for (const one of rule.effects) {
      if (one.kind !== 'credit') continue
      const amount = share(decision.payable, one.basisPoints)
      if (amount > 0) decision.effects.push({ kind: 'credit', ruleid: rule.id, desired: amount, granted: amount, currency })
    }
  }
}
