import type { TillSale } from '#protocol/lane.ts'
import type { Tender } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import type { LaneSetup, PinnedQuote } from './state.ts'

const sum = (amounts: readonly { amount: number }[]): number => amounts.reduce((total, { amount }) => total + amount, 0)

/** Why a till's sale cannot be taken, in words that name both numbers; undefined where it can. */
export function basketFault(basket: TillSale, setup: LaneSetup): string | undefined {
  if (basket.currency !== undefined && basket.currency !== setup.currency)
    return `the sale is in ${basket.currency}, the lane takes ${setup.currency}`
  const lines = sum(basket.lines)
  if (basket.lines.length > 0 && lines !== basket.total) return `the lines add up to ${lines}, the total says ${basket.total}`
  return undefined
}

/** As `basketFault`, for what was paid. */
export function tenderFault(tenders: readonly Tender[], payable: number): string | undefined {
  const paid = sum(tenders)
  return paid === payable ? undefined : `the tenders add up to ${paid}, payable is ${payable}`
}

/** What the box quotes by itself: the price as it is. Discounts are the club's to give. */
export const quoteByBox = (basket: TillSale): PinnedQuote => ({
  total: basket.total,
  discount: 0,
  payable: basket.total,
  effects: [],
  applied: [],
  prompts: [],
  decidedBy: 'box',
})

/** The same quote with so much of it paid from credit; without `redemption` none. */
export function withRedemption(quote: PinnedQuote, redemption: PinnedQuote['redemption']): PinnedQuote {
  const { redemption: _, ...rest } = quote
  const due = quote.total - quote.discount
  return { ...rest, ...(redemption ? { redemption } : {}), payable: due - (redemption?.amount ?? 0) }
}

/** The quote in a reply for this basket; undefined where the reply has none, or one that does not add up. */
export function quoteIn(reply: Reply, basket: TillSale): PinnedQuote | undefined {
  const { quote } = reply
  if (reply.status !== 'accepted' || !quote) return undefined
  const applied = reply.effects.flatMap((effect) =>
    effect.kind === 'discount' && effect.granted > 0
      ? [{ kind: 'discount' as const, ruleid: effect.ruleid, amount: effect.granted, currency: effect.currency }]
      : [],
  )
  const discount = sum(applied)
  if (quote.total !== basket.total || quote.discount !== discount || quote.payable !== basket.total - discount) return undefined
  return {
    total: quote.total,
    discount,
    payable: quote.payable,
    effects: reply.effects,
    applied,
    prompts: reply.prompts,
    ...(reply.offers?.length ? { offers: reply.offers } : {}),
    decidedBy: reply.decidedBy,
    // Only the club knows its quotes again.
    ...(reply.decidedBy === 'club' ? { quoteid: quote.quoteid } : {}),
    programmeVersion: reply.programmeVersion,
  }
}
