import type { AppliedEffect, Effect, Prompt, RuleFailure } from '#protocol/effects.ts'
import type { Check } from './check.ts'
import { type Circumstances, circumstancesOf, type Place } from './circumstances.ts'
import { type CompiledRule, compile } from './compiled.ts'
import { couponsUsed, discountsOf, type Offer, offersOf } from './discounts.ts'
import { earningsOf, tierMove } from './earnings.ts'
import { basketOf, type DecisionEvent, isPresence } from './events.ts'
import { type CounterChange, type Limits, limitsFor } from './limits.ts'
import type { MemberHistory } from './member-history.ts'
import { type Alert, alertsOf, messagesOf, type ScheduledMessage } from './messages.ts'
import type { Programme } from './schema.ts'
import { sinceOfMove } from './tier-of.ts'

export type { Place } from './circumstances.ts'
export type { Offer } from './discounts.ts'
export type { DecisionEvent } from './events.ts'
export type { CounterChange } from './limits.ts'
export type { MemberHistory } from './member-history.ts'
export type { Alert, ScheduledMessage } from './messages.ts'

/** What was used of the rules' limits so far, by the names that `countersOf` gives. */
export interface DecisionContext {
  counters: Readonly<Record<string, number>>
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
  /** Why the other rules about such an event did not. */
  ruleFailures: RuleFailure[]
  /** This visit's number for the member, and whether this event begins it; undefined where no member is there. */
  visit: { number: number; begins: boolean } | undefined
  /** What the member may have free and is not in the basket yet; of a tap or a quote. */
  offers: Offer[]
  /** What is to be sent to the member, and when. Of a tap and a quote there is nothing of this and what follows. */
  messages: ScheduledMessage[]
  /** What is to be told to head office, and not to the store. */
  alerts: Alert[]
  /** What it uses of the rules' limits. */
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
  /** Of which rules that do not fire it says why: of all, where nothing is named; only of those whose limit is reached. */
  reasons?: 'all' | 'limits'
}): Decision {
  const { programme, member, event, place, effectiveAt, reasons = 'all' } = input
  const compiled = compile(programme)
  const { visitGapMs, timeZone } = compiled
  const rules = compiled.rulesFor[event.kind]
  const basket = basketOf(event)
  const applied = event.kind === 'sale' ? event.applied : []
  const instantMs = Date.parse(effectiveAt)
  const lastVisitMs = member?.lastVisitAt === undefined ? undefined : Date.parse(member.lastVisitAt)
  const visit = member && isPresence(event) ? visitOf({ visits: member.visits, lastVisitMs, instantMs, visitGapMs }) : undefined
  const decision = startOf(event, { applied, visit })

  const nothing = withoutRules(input)
  if (nothing || !member) {
    if (reasons === 'all') decision.ruleFailures = rules.map(({ id }) => ({ ruleid: id, ...nothing }) as RuleFailure)
    return decision
  }
  const { memberid } = member
  const scope = { memberid, store: place?.store, lane: place?.lane, effectiveAt }
  const limits = limitsFor({ compiled, scope, counters: input.context.counters })
  const circumstances = circumstancesOf({
    member,
    visit: visit ?? { number: member.visits, begins: false },
    place,
    event,
    instantMs,
    lastVisitMs,
    timeZone,
  })
  const matched = matchingRules(rules, { circumstances, event, decision, limits, reasons })
  decision.fired = matched.map((rule) => rule.id)
  for (const rule of matched) decision.prompts.push(...rule.prompts)
  if (event.kind === 'presented' || event.kind === 'quote') decision.offers = offersOf(matched, circumstances)
  if (event.kind === 'presented') return decision

  const gifts = { matched, circumstances, limits, currency: basket?.currency ?? programme.currency }
  for (const { ruleid, amount } of applied) limits.take(ruleid, amount)
  // Discounts first, whatever the order: they make the base of earning.
  if (event.kind === 'quote') {
    const discounts = discountsOf(gifts)
    decision.effects.push(...discounts)
    decision.discount = discounts.reduce((sum, one) => sum + one.granted, 0)
    decision.payable = event.total - decision.discount
  }
  const given = new Set(decision.effects.flatMap((one) => (one.kind === 'discount' ? [one.ruleid] : [])))
  const earning = { ...gifts, payable: decision.payable, timeZone }
  decision.effects.push(...earningsOf(earning, given), ...couponsUsed(gifts, given))
  const move = tierMove(earning, {
    levels: compiled.tierLevels,
    since: () => sinceOfMove({ programme, at: effectiveAt }),
  })
  if (move) decision.effects.push(move)
  if (event.kind === 'quote') return decision

  decision.messages = messagesOf(matched, { event, effectiveAt, timeZone })
  decision.alerts = alertsOf(matched)
  decision.counters = limits.used(decision.fired, decision.effects)
  for (const { ruleid, channel, due } of decision.messages) decision.effects.push({ kind: 'message', ruleid, channel, due })
  return decision
}

/** The decision before any rule: discounts stand as they were given. */
function startOf(
  event: DecisionEvent,
  { applied, visit }: { applied: readonly AppliedEffect[]; visit: Decision['visit'] },
): Decision {
  const discount = applied.reduce((sum, one) => sum + one.amount, 0)
  const redeemed = event.kind === 'sale' ? (event.redeemed ?? 0) : 0
  return {
    effects: applied.map(({ ruleid, amount, currency }) => ({
      kind: 'discount',
      ruleid,
      desired: amount,
      granted: amount,
      currency,
    })),
    discount,
    payable: Math.max(0, (basketOf(event)?.total ?? 0) - discount - redeemed),
    prompts: [],
    fired: [],
    ruleFailures: [],
    visit,
    offers: [],
    messages: [],
    alerts: [],
    counters: [],
  }
}

/** Why no rule of all can fire. */
function withoutRules({ programme, member, event }: Parameters<typeof decide>[0]): Omit<RuleFailure, 'ruleid'> | undefined {
  if (!member) return { condition: 'member', expected: 'a member', found: 'none' }
  const currency = basketOf(event)?.currency ?? programme.currency
  if (currency !== programme.currency) return { condition: 'currency', expected: programme.currency, found: currency }
  return undefined
}

/** Presences within the gap of the last one belong to the same visit; also one that is reported late. */
function visitOf(given: { visits: number; lastVisitMs: number | undefined; instantMs: number; visitGapMs: number }) {
  const { visits, lastVisitMs, instantMs, visitGapMs } = given
  const begins = visits === 0 || lastVisitMs === undefined || Math.abs(instantMs - lastVisitMs) >= visitGapMs
  return { number: begins ? visits + 1 : visits, begins }
}

/** The rules that fire; of the others `decision.ruleFailures` says why not, as far as `reasons` wants it. */
function matchingRules(
  rules: readonly CompiledRule[],
  {
    circumstances,
    event,
    decision,
    limits,
    reasons,
  }: { circumstances: Circumstances; event: DecisionEvent; decision: Decision; limits: Limits; reasons: 'all' | 'limits' },
): CompiledRule[] {
  const matched: CompiledRule[] = []
  const taken = new Map<string, string>()
  // Sixty rules have sixty reasons: to put them into words takes as long as all else, where nobody reads them.
  const fail = (ruleid: string, condition: string, expected: string, found: string | (() => string)) => {
    if (reasons === 'limits' && condition !== 'limit') return
    decision.ruleFailures.push({ ruleid, condition, expected, found: typeof found === 'string' ? found : found() })
  }
  const fails = (check: Check) => check.holds(circumstances) !== true
  const goesOn = decision.visit?.begins === false
  // Whether a visit begins is not known of somebody of whom nothing is.
  const stranger = circumstances.member.standing === 'unknown'
  for (const rule of rules) {
    const failed = rule.checks.find(fails)
    const limited = failed || rule.limits.length === 0 ? undefined : limits.failure(rule)
    const winner = rule.alone ? taken.get(rule.group ?? '') : undefined
    if (rule.on === 'visit' && (goesOn || stranger)) fail(rule.id, 'on', 'a new visit', stranger ? 'unknown' : 'one that goes on')
    else if (failed) fail(rule.id, failed.condition, failed.expected, () => failed.found(circumstances))
    else if (limited) fail(rule.id, limited.condition, limited.expected, limited.found)
    else if (winner !== undefined) fail(rule.id, 'group', `no earlier rule of ${rule.group}`, winner)
    else if (event.kind === 'sale' && rule.takesOff && !event.applied.some((one) => one.ruleid === rule.id))
      fail(rule.id, 'applied', 'given at the till before payment', 'not given')
    else {
      matched.push(rule)
      if (rule.alone) taken.set(rule.group ?? '', rule.id)
    }
  }
  return matched
}
