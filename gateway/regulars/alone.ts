import { type Decision, decide, type MemberHistory } from '#programme/decide.ts'
import { countersOf } from '#programme/limits.ts'
import type { Programme } from '#programme/schema.ts'
import { type CatalogueProduct, withCatalogue } from '#protocol/catalogue.ts'
import type { Effect, Prompt } from '#protocol/effects.ts'
import type { BasketLine, SaleCompleted } from '#protocol/messages.ts'
import type { DisplayContent } from '#protocol/receipt.ts'
import { type ReceiptField, receiptFields, receiptTexts } from '#protocol/receipt-fields.ts'
import type { Regular } from '#protocol/regulars.ts'
import type { Reply } from '#protocol/reply.ts'
import type { LabelledValue, MoneyShown, Value } from '#protocol/values.ts'

/** What the box decides with alone. */
export interface Alone {
  programme: Programme
  products: ReadonlyMap<string, CatalogueProduct>
  place: { store: string; lane: string }
  /** ISO 8601. */
  at: string
}

/** Whoever answers a lane also says in which unit people read money, and how much credit may be spent here and now beside gifts. */
export type Answering = Alone & { moneyShown: MoneyShown; usable(gifts: number): number }

/** The member as the rules see one. */
export function historyOf({
  number: _,
  version: __,
  at: ___,
  available: ____,
  allowance: _____,
  ...member
}: Regular): MemberHistory {
  const { cardsSince: _______, stockCards: ________, counters: _________, ...history } = member
  return history as MemberHistory
}

/** Limits that the club said nothing of have not been used when it did; what was used elsewhere since, the allowance bounds. */
function countersFor({ memberid, counters }: Regular, { programme, place, at }: Alone): Record<string, number> {
  const names = countersOf(programme, { memberid, ...place, effectiveAt: at })
  return Object.fromEntries(names.map((one) => [one, counters[one] ?? 0]))
}

const circumstances = (regular: Regular, alone: Alone) => ({
  programme: alone.programme,
  member: historyOf(regular),
  context: { counters: countersFor(regular, alone) },
  place: alone.place,
  effectiveAt: alone.at,
})

/** The reply that the club would send, as far as the box can tell; `inReplyTo` is nobody's message. */
function replyOf(
  regular: Regular,
  { programme, moneyShown, ...alone }: Answering,
  { prompts, gifts = 0 }: Pick<Decision, 'prompts'> & { gifts?: number },
): Reply {
  const usable = alone.usable(gifts)
  const { memberid, number, visits, tier, available } = regular
  const { currency } = programme
  const level = programme.tiers?.list.find(({ id }) => id === tier)
  const row = (field: ReceiptField, value: Value): LabelledValue => ({ field, label: receiptFields[field], value })
  const money = (amount: number): Value => ({ kind: 'money', amount, currency, shown: moneyShown })
  const display: DisplayContent = {
    title: receiptTexts.welcome,
    rows: [
      row('balance-known', money(available)),
      row('balance-usable', money(usable)),
      level ? row('tier', { kind: 'text', text: level.name }) : row('visits', { kind: 'number', number: visits }),
    ],
  }
  return {
    inReplyTo: memberid,
    revision: 1,
    status: 'accepted',
    member: { memberid, number, visits, ...(tier === undefined ? {} : { tier }) },
    balances: [{ unit: 'credit', currency, available, pending: 0, offline: usable }],
    effects: [],
    prompts: [...prompts, lastKnown],
    display,
    decidedBy: 'box',
    programmeVersion: programme.version,
  }
}

const lastKnown: Prompt = {
  audience: 'operator',
  text: {
    fa: 'آفلاین: این‌ها آخرین آگاهی از عضو است و پس از اتصال تأیید می‌شود.',
    en: 'Offline: this is what was last known of the member; it is confirmed when the club is back.',
  },
  ruleid: 'box',
}

/** Who stands here, and what is there to say? */
export const presentedAlone = (regular: Regular, alone: Answering): Reply =>
  replyOf(regular, alone, decide({ ...circumstances(regular, alone), event: { kind: 'presented' } }))

/**
 * What would this basket get? Discounts and gifts are given in the rules' order as far as `atMost` goes; a rule that
 * does not fit into it gives nothing.
 */
export function quotedAlone(
  regular: Regular,
  alone: Answering,
  { total, lines, atMost }: { total: number; lines: BasketLine[]; atMost: number },
): Reply & { quote: NonNullable<Reply['quote']> } {
  const { programme, products, at } = alone
  const basket = { total, currency: programme.currency, lines: withCatalogue(products, lines) }
  const decision = decide({ ...circumstances(regular, alone), event: { kind: 'quote', ...basket } })
  let left = atMost
  const refused = new Set<string>()
  for (const effect of decision.effects) {
    if (effect.kind !== 'discount' || refused.has(effect.ruleid)) continue
    if (effect.granted > left) refused.add(effect.ruleid)
    else left -= effect.granted
  }
  const stays = (effect: Effect) => !(effect.ruleid !== undefined && refused.has(effect.ruleid) && takesWithIt.has(effect.kind))
  const effects = decision.effects.filter(stays)
  const discount = effects.reduce((sum, one) => sum + (one.kind === 'discount' ? one.granted : 0), 0)
  return {
    ...replyOf(regular, alone, { ...decision, gifts: discount }),
    effects,
    // It stands in no books: the sale will not cite it.
    quote: { quoteid: regular.memberid, validuntil: at, total, discount, payable: total - discount },
  }
}

/** What a rule takes for the discount that it gives. */
const takesWithIt: ReadonlySet<Effect['kind']> = new Set(['discount', 'stamps-used', 'coupon-used'])

/** What a sale gives by the member's last known state, and the member as it leaves them. */
export function soldAlone(regular: Regular, alone: Alone, sale: SaleCompleted): { decision: Decision; after: Regular } {
  const { total, currency, lines, applied, redemption, tenders } = sale
  const redeemed = redemption?.amount ?? 0
  const decision = decide({
    ...circumstances(regular, alone),
    event: {
      kind: 'sale',
      ...{ total, currency, applied, redeemed, tenders },
      lines: withCatalogue(alone.products, lines),
    },
  })
  const counters = { ...countersFor(regular, alone) }
  for (const { counter, add } of decision.counters) counters[counter] = (counters[counter] ?? 0) + add
  const { visit } = decision
  const after: Regular = {
    ...regular,
    counters,
    purchases: regular.purchases + 1,
    visits: visit?.number ?? regular.visits,
    lastVisitAt: alone.at,
    credit: regular.credit - redeemed,
    available: regular.available - redeemed,
    units: unitsAfter(regular.units, decision.effects),
    ...(regular.recentVisits && visit?.begins ? { recentVisits: [...regular.recentVisits, alone.at].slice(-1_000) } : {}),
  }
  return { decision, after }
}

/** Stamps that were used are gone at once; what was earned is there when the club has booked it. */
function unitsAfter(units: Regular['units'], effects: readonly Effect[]): Regular['units'] {
  const after = { ...units }
  for (const effect of effects) {
    if (effect.kind !== 'stamps-used') continue
    const unit = `stamps:${effect.name}`
    after[unit] = (after[unit] ?? 0) - effect.amount
  }
  return after
}
