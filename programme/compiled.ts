import type { Prompt } from '#protocol/effects.ts'
import { type Check, checksOf } from './checks.ts'
import { type Match, matcherOf, unitOf } from './circumstances.ts'
import { durationMs } from './duration.ts'
import type { Consequence, MessageEffect, MoneyEffect, PointsEffect, StampsEffect } from './effects.ts'
import type { Limit, Programme, Rule } from './schema.ts'

/** Something that a rule gives, with the lines that it is about. */
export interface Gift<E extends Consequence> {
  effect: E
  /** Undefined: the whole purchase. */
  of: Match | undefined
}

export interface CompiledRule {
  id: string
  group: string | undefined
  checks: readonly Check[]
  limits: readonly Limit[]
  discounts: readonly Gift<MoneyEffect>[]
  credits: readonly Gift<MoneyEffect>[]
  points: readonly Gift<PointsEffect>[]
  stamps: readonly Gift<StampsEffect>[]
  messages: readonly MessageEffect[]
  prompts: readonly Prompt[]
}

export interface CompiledProgramme {
  visitGapMs: number
  timeZone: NonNullable<Programme['timeZone']>
  /** In the order in which they are tried. */
  rules: readonly CompiledRule[]
  /** Those of them whose use is counted. */
  limited: readonly CompiledRule[]
  /** How many stamps make an item free, by the card's name. */
  stampCards: ReadonlyMap<string, number>
  /** Units of account that its rules can give. */
  units: ReadonlySet<string>
}

const compiled = new WeakMap<Programme, CompiledProgramme>()

/** A programme made ready to decide, once for each document. A programme must not change afterwards. */
export function compile(programme: Programme): CompiledProgramme {
  const known = compiled.get(programme)
  if (known) return known
  const rules = programme.rules
    .map((rule, index) => ({ rule, index }))
    .sort((a, b) => a.rule.order - b.rule.order || a.index - b.index)
    .map(({ rule }) => compileRule(rule))
  const stamps = rules.flatMap((rule) => rule.stamps.map(({ effect }) => effect))
  const points = rules.flatMap((rule) => rule.points.map(({ effect }) => effect))
  const fresh: CompiledProgramme = {
    visitGapMs: durationMs(programme.visitGap) ?? 0,
    timeZone: programme.timeZone ?? 'Asia/Tehran',
    rules,
    limited: rules.filter((rule) => rule.limits.length > 0),
    stampCards: new Map(stamps.flatMap(({ name, freeEvery }) => (freeEvery === undefined ? [] : [[name, freeEvery]]))),
    units: new Set([...stamps, ...points].map(({ kind, name }) => unitOf(kind, name))),
  }
  compiled.set(programme, fresh)
  return fresh
}

function compileRule({ id, group, when, limits, effects }: Rule): CompiledRule {
  const gift = <E extends MoneyEffect | PointsEffect | StampsEffect>(effect: E): Gift<E> => ({
    effect,
    of: effect.of && matcherOf(effect.of),
  })
  return {
    id,
    group,
    checks: checksOf(when),
    limits: limits ?? [],
    discounts: effects.flatMap((one) => (one.kind === 'discount' ? [gift(one)] : [])),
    credits: effects.flatMap((one) => (one.kind === 'credit' ? [gift(one)] : [])),
    points: effects.flatMap((one) => (one.kind === 'points' ? [gift(one)] : [])),
    stamps: effects.flatMap((one) => (one.kind === 'stamps' ? [gift(one)] : [])),
    messages: effects.filter((one) => one.kind === 'message'),
    prompts: effects.flatMap((one) => (one.kind === 'prompt' ? [{ audience: one.audience, text: one.text, ruleid: id }] : [])),
  }
}
