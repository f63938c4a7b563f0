import type { Effect } from '#protocol/effects.ts'
import { share } from '#protocol/money.ts'
import type { TimeZone } from './calendar.ts'
import type { CompiledRule, Gift } from './compiled.ts'
import { freeItems, type GiftContext, stampsEarned, worthOf } from './discounts.ts'
import type { PointsEffect } from './effects.ts'
import { type LotOnWire, type LotRule, lotOnWire } from './expiry.ts'
import { amountOf, itemsOf } from './lines.ts'

/** What earning is worked out from. */
export interface EarningContext extends GiftContext {
  /** The total less discounts and redeemed credit; 0 where nothing was bought. */
  payable: number
  timeZone: TimeZone
}

type LotFor = (rule: LotRule) => LotOnWire

/** What was worked out for each rule about lots, by civil day; a rule belongs to one programme and its time zone. */
const lots = new WeakMap<LotRule, Map<number, LotOnWire>>()
const mostDays = 100

function lotsOn({ circumstances, timeZone }: EarningContext): LotFor {
  return (rule) => {
    const { day } = circumstances.now()
    let known = lots.get(rule)
    // Sales come for few days at a time: when there are many, the old ones are not asked for again.
    if (!known || known.size > mostDays) {
      known = new Map()
      lots.set(rule, known)
    }
    const lot = known.get(day) ?? lotOnWire(rule, { day, timeZone })
    known.set(day, lot)
    return lot
  }
}

/** Everything that an event earns, in the order in which it is told: credit, points, stamps, coupons. */
export function earningsOf(context: EarningContext, given: ReadonlySet<string>): Effect[] {
  const lotFor = lotsOn(context)
  return [...creditsOf(context, lotFor), ...pointsOf(context, lotFor), ...stampsOf(context, given), ...couponsOf(context, lotFor)]
}

/** Whether a rule can give at all: a sale where nothing is left to pay earns nothing; other events have no price. */
const earns = ({ on }: CompiledRule, { payable }: EarningContext) => on !== 'sale' || payable > 0

function creditsOf(context: EarningContext, lotFor: LotFor): Effect[] {
  const { matched, circumstances, limits, currency, payable } = context
  const effects: Effect[] = []
  for (const rule of matched)
    for (const { effect, of, lot } of rule.credits) {
      const desired = rule.on === 'sale' ? worthOf(effect, of, { base: payable, circumstances }) : (effect.amount ?? 0)
      if (desired === 0) continue
      const granted = limits.take(rule.id, Math.min(desired, effect.atMost ?? desired))
      const credit: Effect = { kind: 'credit', ruleid: rule.id, desired, granted, currency }
      effects.push(lot ? Object.assign(credit, lotFor(lot)) : credit)
    }
  return effects
}

/** Points: first what rules give by themselves, then shares on top of that. */
function pointsOf(context: EarningContext, lotFor: LotFor): Effect[] {
  const { matched } = context
  const effects: Effect[] = []
  const given = new Map<string, number>()
  const give = (ruleid: string, { effect: { name, atMost }, lot }: Gift<PointsEffect>, desired: number) => {
    if (desired === 0) return
    // Amounts beyond exact integers are no purchases that a store makes; they must not stop the books either.
    const exact = Math.min(desired, Number.MAX_SAFE_INTEGER)
    const granted = Math.min(exact, atMost ?? exact)
    const points: Effect = { kind: 'points', ruleid, name, desired: exact, granted }
    effects.push(lot ? Object.assign(points, lotFor(lot)) : points)
    return granted
  }
  for (const rule of matched)
    for (const gift of rule.points) {
      const { effect } = gift
      if (extraOf(effect) !== undefined || !earns(rule, context)) continue
      const granted = give(rule.id, gift, pointsBefore(gift, context))
      given.set(effect.name, (given.get(effect.name) ?? 0) + (granted ?? 0))
    }
  for (const rule of matched)
    for (const gift of rule.points) {
      const extra = extraOf(gift.effect)
      if (extra !== undefined) give(rule.id, gift, share(given.get(gift.effect.name) ?? 0, extra))
    }
  return effects
}

/** The share on top of what other effects give, in basis points: three times as many is 20000 more. */
const extraOf = ({ extra, multiply }: PointsEffect) => (multiply === undefined ? extra : (multiply - 1) * 10_000)

function pointsBefore({ effect, of }: Gift<PointsEffect>, { circumstances, payable }: EarningContext): number {
  const lines = circumstances.lines() ?? []
  if (of && !lines.some(of)) return 0
  if (effect.amount !== undefined) return effect.amount
  if (effect.perItem !== undefined) return of ? effect.perItem * itemsOf(lines, of) : 0
  return Math.floor((of ? Math.min(payable, amountOf(lines, of)) : payable) / (effect.per ?? 1))
}

/**
 * Stamps of an event. Of a sale, `given` says which rules' discounts the till really gave: those used stamps. What it
 * did not give stays on the card.
 */
function stampsOf({ matched, circumstances }: EarningContext, given: ReadonlySet<string>): Effect[] {
  const effects: Effect[] = []
  for (const rule of matched)
    for (const gift of rule.stamps) {
      const { name, freeEvery } = gift.effect
      const granted = rule.on === 'sale' ? stampsEarned(gift, circumstances) : 1
      if (granted > 0) effects.push({ kind: 'stamps', ruleid: rule.id, name, granted })
      const used = given.has(rule.id) ? freeItems(gift, circumstances) * (freeEvery ?? 0) : 0
      if (used > 0) effects.push({ kind: 'stamps-used', ruleid: rule.id, name, amount: used })
    }
  return effects
}

function couponsOf(context: EarningContext, lotFor: LotFor): Effect[] {
  const effects: Effect[] = []
  for (const rule of context.matched)
    for (const { effect, lot } of rule.coupons) {
      if (!earns(rule, context)) continue
      const { name, basisPoints, amount, of, atMost } = effect
      const worth = {
        ...(basisPoints === undefined ? {} : { basisPoints }),
        ...(amount === undefined ? {} : { amount }),
        ...(of === undefined ? {} : { of }),
        ...(atMost === undefined ? {} : { atMost }),
      }
      effects.push({ kind: 'coupon', ruleid: rule.id, name, worth, currency: context.currency, ...(lot ? lotFor(lot) : {}) })
    }
  return effects
}

/** The highest tier to which a rule moves the member; undefined where that is not up. `since` is for `tierOf`. */
export function tierMove(
  context: EarningContext,
  { levels, since }: { levels: ReadonlyMap<string, number>; since: () => string },
): Effect | undefined {
  let move: Effect | undefined
  let level = levels.get(context.circumstances.member.tier ?? '') ?? -1
  for (const rule of context.matched)
    for (const to of rule.tiers) {
      const wanted = levels.get(to) ?? -1
      if (wanted <= level || !earns(rule, context)) continue
      level = wanted
      move = { kind: 'tier', ruleid: rule.id, tier: to, since: since() }
    }
  return move
}
