import type { Prompt } from '#protocol/effects.ts'
import type { Check } from './check.ts'
import { checksOf } from './checks.ts'
import { unitOf } from './circumstances.ts'
import { durationMs } from './duration.ts'
import type { Consequence, EffectOf, MessageEffect, MoneyEffect, PointsEffect, StampsEffect } from './effects.ts'
import { type DecisionEvent, type Occasion, occasionsOf } from './events.ts'
import { type LotRule, lotPolicyOf } from './expiry.ts'
import type { Group } from './groups.ts'
import { type Match, matcherOf } from './lines.ts'
import { couponCheck } from './member-checks.ts'
import { type Need, needsOf } from './needs.ts'
import type { Limit, Programme, Rule } from './schema.ts'

/** Effects that may be about some lines of a basket. */
type SomeLines = MoneyEffect | PointsEffect | StampsEffect | EffectOf<'coupon'>

/** Something that a rule gives, with the lines that it is about. */
export interface Gift<E extends Consequence> {
  effect: E
  /** Undefined: the whole purchase. */
  of: Match | undefined
  /** When what is granted can be used; undefined: at once and for ever. */
  lot: LotRule | undefined
}

export interface CompiledRule {
  id: string
  on: Occasion
  group: string | undefined
  /** Whether no other rule of the group applies beside it. */
  alone: boolean
  checks: readonly Check[]
  limits: readonly Limit[]
  discounts: readonly Gift<EffectOf<'discount'>>[]
  freeProducts: readonly Gift<EffectOf<'free-product'>>[]
  couponUses: readonly EffectOf<'use-coupon'>[]
  /** Whether it takes something off, which is settled before payment. */
  takesOff: boolean
  credits: readonly Gift<EffectOf<'credit'>>[]
  points: readonly Gift<PointsEffect>[]
  stamps: readonly Gift<StampsEffect>[]
  coupons: readonly Gift<EffectOf<'coupon'>>[]
  tiers: readonly string[]
  messages: readonly MessageEffect[]
  alerts: readonly EffectOf<'alert'>[]
  prompts: readonly Prompt[]
}

export interface CompiledProgramme {
  visitGapMs: number
  timeZone: NonNullable<Programme['timeZone']>
  /** In the order in which they are tried. */
  rules: readonly CompiledRule[]
  /** Those of them that an event is about, in the same order. */
  rulesFor: Readonly<Record<DecisionEvent['kind'], readonly CompiledRule[]>>
  /** Those of them whose use is counted. */
  limited: readonly CompiledRule[]
  /** Groups whose gifts are capped, by the ids of their rules. */
  caps: ReadonlyMap<string, { group: string; atMost: number }>
  /** How many stamps make an item free, by the card's name. */
  stampCards: ReadonlyMap<string, number>
  /** Units of account that its rules can give. */
  units: ReadonlySet<string>
  /** Places of the tiers, the lowest 0. */
  tierLevels: ReadonlyMap<string, number>
  /** What must be loaded of a member beyond the ordinary; and how many civil days of visits, this day included. */
  needs: ReadonlySet<Need>
  visitDays: number
  /** What its rules are about: of what is not here, nothing need be decided. */
  occasions: ReadonlySet<Occasion>
}

const compiled = new WeakMap<Programme, CompiledProgramme>()

/** A programme made ready to decide, once for each document. A programme must not change afterwards. */
export function compile(programme: Programme): CompiledProgramme {
  const known = compiled.get(programme)
  if (known) return known
  const groups = new Map(programme.groups?.map((one) => [one.id, one]))
  const lots = lotRulesOf(programme)
  const rules = inOrder(programme).map((rule) => compileRule(rule, lots, groups))
  const stamps = rules.flatMap((rule) => rule.stamps.map(({ effect }) => effect))
  const points = rules.flatMap((rule) => rule.points.map(({ effect }) => effect))
  const rulesFor = Object.fromEntries(
    Object.entries(occasionsOf).map(([kind, among]) => [kind, rules.filter(({ on }) => among.includes(on))]),
  ) as Record<DecisionEvent['kind'], CompiledRule[]>
  const fresh: CompiledProgramme = {
    visitGapMs: durationMs(programme.visitGap) ?? 0,
    timeZone: programme.timeZone ?? 'Asia/Tehran',
    rules,
    rulesFor,
    limited: rules.filter((rule) => rule.limits.length > 0),
    caps: new Map(
      rules.flatMap(({ id, group = '' }) => {
        const atMost = groups.get(group)?.atMost
        return atMost === undefined ? [] : [[id, { group, atMost }]]
      }),
    ),
    stampCards: new Map(stamps.flatMap(({ name, freeEvery }) => (freeEvery === undefined ? [] : [[name, freeEvery]]))),
    units: new Set([...stamps, ...points].map(({ kind, name }) => unitOf(kind, name))),
    tierLevels: new Map(programme.tiers?.list.map(({ id }, level) => [id, level])),
    ...needsOf(programme),
    occasions: new Set(rules.map(({ on }) => on)),
  }
  compiled.set(programme, fresh)
  return fresh
}

/** Rules in the order in which they are tried: a group with an order of its own stands there as a whole. */
export function inOrder({ rules, groups = [] }: Pick<Programme, 'rules' | 'groups'>): Rule[] {
  const orders = new Map(groups.map(({ id, order }) => [id, order]))
  return rules
    .map((rule, index) => ({ rule, index, place: orders.get(rule.group ?? '') ?? rule.order }))
    .sort((a, b) => a.place - b.place || a.rule.order - b.rule.order || a.index - b.index)
    .map(({ rule }) => rule)
}

function compileRule(rule: Rule, lotOf: LotRules, groups: ReadonlyMap<string, Group>): CompiledRule {
  const { id, on = 'sale', group, when, limits, effects } = rule
  const all = <Kind extends Consequence['kind']>(kind: Kind) => effects.filter((one): one is EffectOf<Kind> => one.kind === kind)
  const gift = <E extends SomeLines>(effect: E): Gift<E> => ({
    effect,
    of: effect.of && matcherOf(effect.of),
    lot: lotOf(effect),
  })
  const couponUses = all('use-coupon')
  const discounts = all('discount').map(gift)
  const freeProducts = all('free-product').map((effect) => ({
    effect,
    of: matcherOf({ product: [effect.product] }),
    lot: undefined,
  }))
  return {
    id,
    on,
    group,
    alone: group !== undefined && groups.get(group)?.mode !== 'cumulative',
    checks: [...checksOf(when), ...couponUses.map(({ name }) => couponCheck([name]))],
    limits: limits ?? [],
    discounts,
    freeProducts,
    couponUses,
    takesOff: discounts.length + freeProducts.length + couponUses.length > 0,
    credits: all('credit').map(gift),
    points: all('points').map(gift),
    stamps: all('stamps').map(gift),
    coupons: all('coupon').map(gift),
    tiers: all('tier').map(({ to }) => to),
    messages: all('message'),
    alerts: all('alert'),
    prompts: all('prompt').map(({ audience, text }) => ({ audience, text, ruleid: id })),
  }
}

type LotRules = (effect: SomeLines) => LotRule | undefined

/**
 * The effect's own words about the life of what it grants, else the programme's. Equal ones are one object, so that
 * they are worked out once a day.
 */
function lotRulesOf(programme: Programme): LotRules {
  const known = new Map<string, LotRule>()
  const one = (rule: LotRule): LotRule => {
    const words = JSON.stringify([rule.after, rule.activeAfter])
    known.set(words, known.get(words) ?? rule)
    return known.get(words) ?? rule
  }
  return (effect) => {
    if (effect.kind === 'coupon') return one({ after: { days: effect.days }, activeAfter: effect.activeAfter })
    if (effect.kind !== 'credit' && effect.kind !== 'points') return undefined
    const policy = lotPolicyOf(programme, effect.kind === 'credit' ? 'credit' : unitOf('points', effect.name))
    const after = effect.expires ?? policy?.after
    const activeAfter = effect.activeAfter ?? policy?.activeAfter
    return after || activeAfter ? one({ after, activeAfter }) : undefined
  }
}
