import type { Effect } from '#protocol/effects.ts'
import { share } from '#protocol/money.ts'
import { civilTime, instantOf, parseClock, type TimeZone } from './calendar.ts'
import { amountOf, type Circumstances, cheapestOf, itemsOf } from './circumstances.ts'
import type { CompiledRule, Gift } from './compiled.ts'
import type { MessageEffect, MoneyEffect, PointsEffect, StampsEffect } from './effects.ts'
import type { Limits } from './limits.ts'

/** What gifts are worked out from. */
export interface GiftContext {
  matched: readonly CompiledRule[]
  circumstances: Circumstances
  limits: Limits
  currency: string
}

/** Discounts of a basket, in the rules' order; together never more than its total. */
export function discountsOf({ matched, circumstances, limits, currency }: GiftContext): Extract<Effect, { kind: 'discount' }>[] {
  const total = circumstances.total ?? 0
  const effects: Extract<Effect, { kind: 'discount' }>[] = []
  let left = total
  const give = (ruleid: string, desired: number, most: number) => {
    if (desired === 0) return
    const granted = limits.take(ruleid, Math.min(desired, most, left))
    left -= granted
    effects.push({ kind: 'discount', ruleid, desired, granted, currency })
  }
  for (const rule of matched) {
    for (const gift of rule.discounts) {
      const desired = worthOf(gift, total, circumstances)
      give(rule.id, desired, gift.effect.atMost ?? desired)
    }
    for (const gift of rule.stamps) {
      const free = freeItems(gift, circumstances)
      if (free === 0 || !gift.of) continue
      const desired = cheapestOf(circumstances.lines() ?? [], gift.of, free)
      give(rule.id, desired, desired)
    }
  }
  return effects
}

export function creditsOf({ matched, circumstances, limits, currency }: GiftContext, payable: number): Effect[] {
  const effects: Effect[] = []
  for (const rule of matched)
    for (const gift of rule.credits) {
      const desired = worthOf(gift, payable, circumstances)
      if (desired === 0) continue
      const granted = limits.take(rule.id, Math.min(desired, gift.effect.atMost ?? desired))
      effects.push({ kind: 'credit', ruleid: rule.id, desired, granted, currency })
    }
  return effects
}

/**
 * What a gift comes to before caps: a share of `base`, or of the lines it is about where they cost less; or its fixed
 * amount. Nothing where nothing is paid, so that empty sales cannot collect fixed amounts.
 */
function worthOf({ effect, of }: Gift<MoneyEffect>, base: number, circumstances: Circumstances): number {
  if (base === 0) return 0
  const lines = of && (circumstances.lines() ?? [])
  if (effect.amount !== undefined) return !lines || lines.some(of) ? effect.amount : 0
  return share(lines ? Math.min(base, amountOf(lines, of)) : base, effect.basisPoints ?? 0)
}

/** Points: first what rules give by themselves, then shares on top of that. */
export function pointsOf({ matched, circumstances }: GiftContext, payable: number): Effect[] {
  const effects: Effect[] = []
  const given = new Map<string, number>()
  const give = (ruleid: string, { name, atMost }: PointsEffect, desired: number) => {
    if (desired === 0) return
    // Amounts beyond exact integers are no purchases that a store makes; they must not stop the books either.
    const exact = Math.min(desired, Number.MAX_SAFE_INTEGER)
    const granted = Math.min(exact, atMost ?? exact)
    effects.push({ kind: 'points', ruleid, name, desired: exact, granted })
    return granted
  }
  for (const rule of matched)
    for (const { effect, of } of rule.points) {
      if (effect.extra !== undefined) continue
      const granted = give(rule.id, effect, pointsBefore({ effect, of }, payable, circumstances))
      given.set(effect.name, (given.get(effect.name) ?? 0) + (granted ?? 0))
    }
  for (const rule of matched)
    for (const { effect } of rule.points)
      if (effect.extra !== undefined) give(rule.id, effect, share(given.get(effect.name) ?? 0, effect.extra))
  return effects
}

function pointsBefore({ effect, of }: Gift<PointsEffect>, payable: number, circumstances: Circumstances): number {
  const lines = circumstances.lines() ?? []
  if (payable === 0 || (of && !lines.some(of))) return 0
  if (effect.amount !== undefined) return effect.amount
  if (effect.perItem !== undefined) return of ? effect.perItem * itemsOf(lines, of) : 0
  return Math.floor((of ? Math.min(payable, amountOf(lines, of)) : payable) / (effect.per ?? 1))
}

/**
 * Stamps of a purchase. Of a sale, `given` says which rules' discounts the till really gave: those used stamps. What it
 * did not give stays on the card.
 */
export function stampsOf({ matched, circumstances }: GiftContext, given: (ruleid: string) => boolean): Effect[] {
  const effects: Effect[] = []
  for (const rule of matched)
    for (const gift of rule.stamps) {
      const { name, freeEvery } = gift.effect
      const granted = stampsEarned(gift, circumstances)
      if (granted > 0) effects.push({ kind: 'stamps', ruleid: rule.id, name, granted })
      const used = given(rule.id) ? freeItems(gift, circumstances) * (freeEvery ?? 0) : 0
      if (used > 0) effects.push({ kind: 'stamps-used', ruleid: rule.id, name, amount: used })
    }
  return effects
}

function stampsEarned({ effect, of }: Gift<StampsEffect>, circumstances: Circumstances): number {
  const earned = of ? itemsOf(circumstances.lines() ?? [], of) : (circumstances.total ?? 0) > 0 ? 1 : 0
  return Math.min(earned, effect.atMost ?? earned)
}

/** How many items of a basket the card makes free, its own stamps counted. */
function freeItems(gift: Gift<StampsEffect>, circumstances: Circumstances): number {
  const { name, freeEvery } = gift.effect
  const before = circumstances.balance('stamps', name)
  if (freeEvery === undefined || before === undefined || !gift.of) return 0
  const items = itemsOf(circumstances.lines() ?? [], gift.of)
  return Math.max(0, Math.min(items, Math.floor((before + stampsEarned(gift, circumstances)) / freeEvery)))
}

/** A message that a rule schedules; its fields are filled in when it is sent. */
export interface ScheduledMessage {
  ruleid: string
  channel: MessageEffect['channel']
  text: MessageEffect['text']
  /** ISO 8601. */
  due: string
}

export function messagesOf(
  matched: readonly CompiledRule[],
  at: { effectiveAt: string; timeZone: TimeZone },
): ScheduledMessage[] {
  const messages: ScheduledMessage[] = []
  for (const rule of matched)
    for (const { channel, text, after } of rule.messages) messages.push({ ruleid: rule.id, channel, text, due: dueAt(after, at) })
  return messages
}

/** Never before the event itself, also where the time of that day has passed. */
function dueAt(after: MessageEffect['after'], { effectiveAt, timeZone }: { effectiveAt: string; timeZone: TimeZone }): string {
  const now = Date.parse(effectiveAt)
  if (!after) return new Date(now).toISOString()
  const { day } = civilTime(now, timeZone)
  return new Date(Math.max(now, instantOf(day + after.days, parseClock(after.at) ?? 0, timeZone))).toISOString()
}
