import type { AppliedEffect, Effect, Prompt, RuleFailure } from '#protocol/effects.ts'
import type { BasketLine } from '#protocol/messages.ts'
import type { Check } from './checks.ts'
import { type Circumstances, circumstancesOf, type MemberHistory, type Place } from './circumstances.ts'
import { type CompiledRule, compile } from './compiled.ts'
import { creditsOf, discountsOf, messagesOf, pointsOf, type ScheduledMessage, stampsOf } from './gifts.ts'
import { type CounterChange, type Limits, limitsFor } from './limits.ts'
import type { Programme } from './schema.ts'

export type { MemberHistory, Place } from './circumstances.ts'
export type { ScheduledMessage } from './gifts.ts'
export type { CounterChange } from './limits.ts'

/** What was used of the rules' limits so far, by the names that `countersOf` gives. */
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
  /** Of a sale: what is to be sent to the member, and when. */
  messages: ScheduledMessage[]
  /** Of a sale: what it uses of the rules' limits. */
  counters: CounterChange[]
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
  /** Where it happens; without it, no rule about stores and lanes holds. */
  place?: Place
  /** The journalled instant of the event (ISO 8601). */
  effectiveAt: string
}): Decision {
  const { programme, member, event, place, effectiveAt } = input
  const compiled = compile(programme)
  const { visitGapMs, timeZone, rules } = compiled
  const basket = event.kind === 'presented' ? undefined : event
  const applied = event.kind === 'sale' ? event.applied : []
  const instantMs = Date.parse(effectiveAt)
  const lastVisitMs = member?.lastVisitAt === undefined ? undefined : Date.parse(member.lastVisitAt)
  const visit = member && visitOf({ visits: member.visits, lastVisitMs, instantMs, visitGapMs })
  const decision: Decision = {
    effects: applied.map(({ ruleid, amount, currency }) => ({
      kind: 'discount',
      ruleid,
      desired: amount,
      granted: amount,
      currency,
    })),
    discount: applied.reduce((sum, one) => sum + one.amount, 0),
    payable: 0,
    prompts: [],
    fired: [],
    ruleFailures: [],
    visit,
    messages: [],
    counters: [],
  }
  const redeemed = event.kind === 'sale' ? (event.redeemed ?? 0) : 0
  if (basket) decision.payable = Math.max(0, basket.total - decision.discount - redeemed)

  const nothing = withoutRules(input)
  if (nothing || !member || !visit) {
    decision.ruleFailures = rules.map(({ id }) => ({ ruleid: id, ...nothing }) as RuleFailure)
    return decision
  }
  const { memberid } = member
  const limits = limitsFor({ compiled, scope: { memberid, store: place?.store, effectiveAt }, counters: input.context.counters })
  const circumstances = circumstancesOf({ member, visit: visit.number, place, basket, instantMs, lastVisitMs, timeZone })
  const matched = matchingRules(rules, { circumstances, event, decision, limits })
  decision.fired = matched.map((rule) => rule.id)
  for (const rule of matched) decision.prompts.push(...rule.prompts)
  if (!basket) return decision

  const gifts = { matched, circumstances, limits, currency: basket.currency }
  for (const { ruleid, amount } of applied) limits.take(ruleid, amount)
  // Discounts first, whatever the order: they make the base of earning.
  if (event.kind === 'quote') {
    const discounts = discountsOf(gifts)
    decision.effects.push(...discounts)
    decision.discount = discounts.reduce((sum, one) => sum + one.granted, 0)
    decision.payable = event.total - decision.discount
  }
  decision.effects.push(...creditsOf(gifts, decision.payable), ...pointsOf(gifts, decision.payable))
  const given = new Set(decision.effects.flatMap((one) => (one.kind === 'discount' ? [one.ruleid] : [])))
  decision.effects.push(...stampsOf(gifts, (ruleid) => given.has(ruleid)))
  if (event.kind === 'sale') {
    decision.messages = messagesOf(matched, { effectiveAt, timeZone })
    decision.counters = limits.used(decision.fired, decision.effects)
    for (const { ruleid, channel, due } of decision.messages) decision.effects.push({ kind: 'message', ruleid, channel, due })
  }
  return decision
}

/** Why no rule of all can fire. */
function withoutRules({ programme, member, event }: Parameters<typeof decide>[0]): Omit<RuleFailure, 'ruleid'> | undefined {
  if (!member) return { condition: 'member', expected: 'a member', found: 'none' }
  if (event.kind !== 'presented' && event.currency !== programme.currency)
    return { condition: 'currency', expected: programme.currency, found: event.currency }
  return undefined
}

/** Presences within the gap of the last one belong to the same visit; also one that is reported late. */
function visitOf(given: { visits: number; lastVisitMs: number | undefined; instantMs: number; visitGapMs: number }) {
  const { visits, lastVisitMs, instantMs, visitGapMs } = given
  const begins = visits === 0 || lastVisitMs === undefined || Math.abs(instantMs - lastVisitMs) >= visitGapMs
  return { number: begins ? visits + 1 : visits, begins }
}

/** The rules that fire; of the others `decision.ruleFailures` says why not. */
function matchingRules(
  rules: readonly CompiledRule[],
  {
    circumstances,
    event,
    decision,
    limits,
  }: { circumstances: Circumstances; event: DecisionEvent; decision: Decision; limits: Limits },
): CompiledRule[] {
  const matched: CompiledRule[] = []
  const taken = new Map<string, string>()
  const fail = (ruleid: string, condition: string, expected: string, found: string) =>
    decision.ruleFailures.push({ ruleid, condition, expected, found })
  const fails = (check: Check) => check.holds(circumstances) !== true
  for (const rule of rules) {
    const failed = rule.checks.find(fails)
    const limited = failed || rule.limits.length === 0 ? undefined : limits.failure(rule)
    const winner = rule.group === undefined ? undefined : taken.get(rule.group)
    if (failed) fail(rule.id, failed.condition, failed.expected, failed.found(circumstances))
    else if (limited) fail(rule.id, limited.condition, limited.expected, limited.found)
    else if (winner !== undefined) fail(rule.id, 'group', `no earlier rule of ${rule.group}`, winner)
    else if (event.kind === 'sale' && rule.discounts.length > 0 && !event.applied.some((one) => one.ruleid === rule.id))
      fail(rule.id, 'applied', 'given at the till before payment', 'not given')
    else {
      matched.push(rule)
      if (rule.group !== undefined) taken.set(rule.group, rule.id)
    }
  }
  return matched
}
