import type { Effect } from '#protocol/effects.ts'
import { share } from '#protocol/money.ts'
import type { Circumstances } from './circumstances.ts'
import type { CompiledRule, Gift } from './compiled.ts'
import type { StampsEffect } from './effects.ts'
import type { Limits } from './limits.ts'
import { amountOf, cheapestOf, itemsOf, type Match, matcherOf } from './lines.ts'
import { couponFor } from './member-checks.ts'

type Discount = Extract<Effect, { kind: 'discount' }>

/** What gifts are worked out from. */
export interface GiftContext {
  matched: readonly CompiledRule[]
  circumstances: Circumstances
  limits: Limits
  currency: string
}

/** Something that the member may have free and that is not in the basket yet. */
export interface Offer {
  ruleid: string
  /** The catalogue's code. */
  product: string
  quantity: number
  /** No more than this is taken off; all of its price, where it is undefined. */
  upTo: number | undefined
}

/** Discounts of a basket, in the rules' order; together never more than its total. */
export function discountsOf({ matched, circumstances, limits, currency }: GiftContext): Discount[] {
  const total = circumstances.total ?? 0
  const effects: Discount[] = []
  let left = total
  const give = (ruleid: string, desired: number, most: number, free?: Pick<Discount, 'product' | 'quantity'>) => {
    if (desired === 0) return
    const granted = limits.take(ruleid, Math.min(desired, most, left))
    left -= granted
    const discount: Discount = { kind: 'discount', ruleid, desired, granted, currency }
    effects.push(free ? { ...discount, ...free } : discount)
  }
  for (const rule of matched) {
    if (!rule.takesOff && rule.stamps.length === 0) continue
    for (const { effect, of } of rule.discounts) {
      const desired = worthOf(effect, of, { base: total, circumstances })
      give(rule.id, desired, effect.atMost ?? desired)
    }
    for (const { effect, of } of rule.freeProducts) {
      const quantity = freeOf(effect.quantity, of, circumstances)
      if (quantity === 0 || !of) continue
      const desired = cheapestOf(circumstances.lines() ?? [], of, quantity)
      give(rule.id, desired, effect.upTo ?? desired, { product: effect.product, quantity })
    }
    for (const { name } of rule.couponUses) {
      const coupon = couponFor(circumstances, name)
      if (!coupon) continue
      const { of } = coupon.worth
      const desired = worthOf(coupon.worth, of && matcherOf(of), { base: total, circumstances })
      give(rule.id, desired, coupon.worth.atMost ?? desired)
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

/** Coupons of which the till takes off the worth: `given` says for which rules it does. */
export function couponsUsed({ matched, circumstances }: GiftContext, given: ReadonlySet<string>): Effect[] {
  const effects: Effect[] = []
  for (const rule of matched)
    for (const { name } of rule.couponUses) {
      const coupon = given.has(rule.id) ? couponFor(circumstances, name) : undefined
      if (coupon) effects.push({ kind: 'coupon-used', ruleid: rule.id, name, couponid: coupon.couponid })
    }
  return effects
}

/** Free products that are still to be put into the basket. */
export function offersOf(matched: readonly CompiledRule[], circumstances: Circumstances): Offer[] {
  const offers: Offer[] = []
  for (const rule of matched)
    for (const { effect, of } of rule.freeProducts) {
      const { product, quantity: wanted = 1, upTo } = effect
      const quantity = wanted - freeOf(wanted, of, circumstances)
      if (quantity > 0) offers.push({ ruleid: rule.id, product, quantity, upTo })
    }
  return offers
}

const freeOf = (wanted: number | undefined, of: Match | undefined, circumstances: Circumstances) =>
  of ? Math.min(wanted ?? 1, itemsOf(circumstances.lines() ?? [], of)) : 0

/**
 * What a gift comes to before caps: a share of `base`, or of the lines it is about where they cost less; or its fixed
 * amount. Nothing where nothing is paid, so that empty sales cannot collect fixed amounts.
 */
export function worthOf(
  { basisPoints, amount }: { basisPoints?: number | undefined; amount?: number | undefined },
  of: Match | undefined,
  { base, circumstances }: { base: number; circumstances: Circumstances },
): number {
  if (base === 0) return 0
  const lines = of && (circumstances.lines() ?? [])
  if (amount !== undefined) return !lines || lines.some(of) ? amount : 0
  return share(lines ? Math.min(base, amountOf(lines, of)) : base, basisPoints ?? 0)
}

/** Stamps that the basket earns, or the event, where the rule is not about a sale. */
export function stampsEarned({ effect, of }: Gift<StampsEffect>, circumstances: Circumstances): number {
  const bought = circumstances.total === undefined || circumstances.total > 0 ? 1 : 0
  const earned = of ? itemsOf(circumstances.lines() ?? [], of) : bought
  return Math.min(earned, effect.atMost ?? earned)
}

/** How many items of a basket the card makes free, its own stamps counted. */
export function freeItems(gift: Gift<StampsEffect>, circumstances: Circumstances): number {
  const { name, freeEvery } = gift.effect
  const before = circumstances.balance('stamps', name)
  if (freeEvery === undefined || before === undefined || !gift.of) return 0
  const items = itemsOf(circumstances.lines() ?? [], gift.of)
  return Math.max(0, Math.min(items, Math.floor((before + stampsEarned(gift, circumstances)) / freeEvery)))
}
