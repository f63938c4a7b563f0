import type { Prompt } from '#protocol/effects.ts'
import { type Check, checksOf } from './checks.ts'
import { type Match, matcherOf } from './circumstances.ts'
import { durationMs } from './duration.ts'
import type { MoneyEffect } from './effects.ts'
import type { Programme, Rule } from './schema.ts'

/** Money that a rule gives, with the lines that it is about. */
export interface MoneyGift {
  effect: MoneyEffect
  /** Undefined: the whole purchase. */
  of: Match | undefined
}

export interface CompiledRule {
  id: string
  group: string | undefined
  checks: readonly Check[]
  discounts: readonly MoneyGift[]
  credits: readonly MoneyGift[]
  prompts: readonly Prompt[]
}

export interface CompiledProgramme {
  visitGapMs: number
  timeZone: NonNullable<Programme['timeZone']>
  /** In the order in which they are tried. */
  rules: readonly CompiledRule[]
}

const compiled = new WeakMap<Programme, CompiledProgramme>()

/** A programme made ready to decide, once for each document. A programme must not change afterwards. */
export function compile(programme: Programme): CompiledProgramme {
  const known = compiled.get(programme)
  if (known) return known
  const rules = programme.rules.map((rule, index) => ({ rule, index }))
  rules.sort((a, b) => a.rule.order - b.rule.order || a.index - b.index)
  const fresh = {
    visitGapMs: durationMs(programme.visitGap) ?? 0,
    timeZone: programme.timeZone ?? 'Asia/Tehran',
    rules: rules.map(({ rule }) => compileRule(rule)),
  }
  compiled.set(programme, fresh)
  return fresh
}

function compileRule(rule: Rule): CompiledRule {
  const money = (kind: MoneyEffect['kind']) =>
    rule.effects.flatMap((effect): MoneyGift[] =>
      effect.kind !== 'prompt' && effect.kind === kind ? [{ effect, of: effect.of && matcherOf(effect.of) }] : [],
    )
  return {
    id: rule.id,
    group: rule.group,
    checks: checksOf(rule.when),
    discounts: money('discount'),
    credits: money('credit'),
    prompts: rule.effects.flatMap((one) =>
      one.kind === 'prompt' ? [{ audience: one.audience, text: one.text, ruleid: rule.id }] : [],
    ),
  }
}
