import type { AppliedEffect, Effect, Prompt, RuleFailure } from '#protocol/effects.ts'
import type { BasketLine } from '#protocol/messages.ts'
import { share } from '#protocol/money.ts'
import type { Check } from './checks.ts'
import { amountOf, type Circumstances, circumstancesOf, type MemberHistory } from './circumstances.ts'
import { type CompiledRule, compile, type MoneyGift } from './compiled.ts'
import type { Programme } from './schema.ts'

export type { MemberHistory } from './circumstances.ts'

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
  const { visitGapMs, timeZone, rules } = compile(programme)
  const given = event.kind === 'sale' ? event.applied.map((one) => ({ ...one, desired: one.amount, granted: one.amount })) : []
  const basket = event.kind === 'presented' ? undefined : event
  const visit = member && visitOf(member, effectiveAt, visitGapMs)
  const decision: Decision = {
    effects: given.map(({ ruleid, desired, granted, currency }) => ({ kind: 'discount', ruleid, desired, granted, currency })),
    discount: given.reduce((sum, one) => sum + one.granted, 0),
    payable: 0,
    prompts: [],
    fired: [],
    ruleFailures: [],
    visit,
  }
  const redeemed = event.kind === 'sale' ? (event.redeemed ?? 0) : 0
  if (basket) decision.payable = Math.max(0, basket.total - decision.discount - redeemed)

  const nothing = withoutRules(input)
  if (nothing || !member || !visit) {
    decision.ruleFailures = rules.map(({ id }) => ({ ruleid: id, ...nothing }) as RuleFailure)
    return decision
  }
  const circumstances = circumstancesOf({ member, visit: visit.number, basket, instantMs: Date.parse(effectiveAt), timeZone })
  const matched = matchingRules(rules, { circumstances, event, decision })
  // Discounts first, whatever the order: they make the base of earning.
  if (event.kind === 'quote') {
    grantDiscounts(decision, matched, { circumstances, event })
    decision.payable = event.total - decision.discount
  }
  if (basket) grantCredit(decision, matched, { circumstances, currency: basket.currency })
  for (const rule of matched) {
    decision.fired.push(rule.id)
    decision.prompts.push(...rule.prompts)
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
function visitOf(member: MemberHistory, effectiveAt: string, gapMs: number) {
  const apart = member.lastVisitAt === undefined ? undefined : Math.abs(Date.parse(effectiveAt) - Date.parse(member.lastVisitAt))
  const begins = member.visits === 0 || apart === undefined || apart >= gapMs
  return { number: begins ? member.visits + 1 : member.visits, begins }
}

/** The rules that fire; of the others `decision.ruleFailures` says why not. */
function matchingRules(
  rules: readonly CompiledRule[],
  { circumstances, event, decision }: { circumstances: Circumstances; event: DecisionEvent; decision: Decision },
): CompiledRule[] {
  const matched: CompiledRule[] = []
  const taken = new Map<string, string>()
  const fail = (ruleid: string, condition: string, expected: string, found: string) =>
    decision.ruleFailures.push({ ruleid, condition, expected, found })
  const fails = (check: Check) => !check.holds(circumstances)
  for (const rule of rules) {
    const failed = rule.checks.find(fails)
    const winner = rule.group === undefined ? undefined : taken.get(rule.group)
    if (failed) fail(rule.id, failed.condition, failed.expected, failed.found(circumstances))
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

function grantDiscounts(
  decision: Decision,
  matched: readonly CompiledRule[],
  { circumstances, event }: { circumstances: Circumstances; event: { total: number; currency: string } },
) {
  for (const rule of matched) {
    for (const gift of rule.discounts) {
      const desired = worthOf(gift, event.total, circumstances)
      if (desired === 0) continue
      const granted = Math.min(desired, gift.effect.atMost ?? desired, event.total - decision.discount)
      decision.discount += granted
      decision.effects.push({ kind: 'discount', ruleid: rule.id, desired, granted, currency: event.currency })
    }
  }
}

function grantCredit(
  decision: Decision,
  matched: readonly CompiledRule[],
  { circumstances, currency }: { circumstances: Circumstances; currency: string },
) {
  for (const rule of matched) {
    for (const gift of rule.credits) {
      const desired = worthOf(gift, decision.payable, circumstances)
      if (desired === 0) continue
      const granted = Math.min(desired, gift.effect.atMost ?? desired)
      decision.effects.push({ kind: 'credit', ruleid: rule.id, desired, granted, currency })
    }
  }
}

/**
 * What a gift comes to before caps: a share of `base`, or of the lines it is about where they cost less; or its fixed
 * amount. Nothing where nothing is paid, so that empty sales cannot collect fixed amounts.
 */
function worthOf({ effect, of }: MoneyGift, base: number, circumstances: Circumstances): number {
  if (base === 0) return 0
  const lines = of && (circumstances.lines() ?? [])
  if (effect.amount !== undefined) return !lines || lines.some(of) ? effect.amount : 0
  return share(lines ? Math.min(base, amountOf(lines, of)) : base, effect.basisPoints ?? 0)
}
