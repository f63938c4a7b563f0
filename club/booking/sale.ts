import { unitOf } from '#programme/circumstances.ts'
import { type Decision, type DecisionContext, decide, type MemberHistory } from '#programme/decide.ts'
import type { Programme } from '#programme/schema.ts'
import type { Effect } from '#protocol/effects.ts'
import { describeError, type ErrorKey } from '#protocol/errors.ts'
import type { Fact } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import type { LotKey } from '../ledger/lots.ts'
import { issuedAccount, openPurse, type Purse } from '../ledger/purse.ts'
import { accounts, type TransferDraft } from '../ledger/transfers.ts'
import { type SaleOnPaper, saleDisplay, saleReceipt } from '../receipt-of.ts'
import { balancesOf, type MemberState, summaryOf } from './member.ts'
import { redeem, type Spending } from './redemption.ts'
import { plainReply } from './replies.ts'
import type { Shop } from './shop.ts'

export type SaleFact = Fact<'vafa.sale.completed.v1'>

export interface SaleBooking {
  transfers: TransferDraft[]
  /** The member as the sale leaves them; undefined where nobody is credited. */
  member: MemberState | undefined
  beginsVisit: boolean
  sale: SaleOnPaper
  /** What the rules gave. */
  decision: Decision
  /** What is answered, once the tier is known that the sale leaves the member in. */
  reply(rank: MemberState['rank']): Reply
}

/**
 * Books one completed sale. Discounts stand as the box gave them: up to what the club promises in a quote they are
 * the club's own, the rest is an offline difference. Credit is what the programme decides.
 */
export function bookSale(input: {
  event: SaleFact
  /** The journalled instant of the sale (ISO 8601). */
  effectiveAt: string
  programme: Programme
  member: MemberState | undefined
  /** Why the credential that was shown is nobody's. */
  refused: ErrorKey | undefined
  /** The member's presence nearest to the sale; another than the last where the sale is reported late. */
  nearestVisitAt: string | undefined
  /** What was used of the rules' limits before the sale. */
  counters: DecisionContext['counters']
  /** What the sale's own quote promised; undefined where there is none that holds. */
  quotedDiscount: number | undefined
  /** Credit that was taken off the sale, as the books know it. */
  spending?: Spending | undefined
  reference: string
  shop: Shop
}): SaleBooking {
  const { event, effectiveAt, programme, member, nearestVisitAt, shop } = input
  const { data } = event
  const { total, currency, lines, applied, payable } = data
  const redeemed = data.redemption?.amount ?? 0
  const context = { counters: input.counters }
  const place = { store: shop.store, lane: event.subject }
  const history = member && historyOf(member, nearestVisitAt)
  const decision = decide({
    programme,
    member: history,
    context,
    event: { kind: 'sale', total, currency, lines, applied, redeemed, tenders: data.tenders },
    place,
    effectiveAt,
    reasons: 'limits',
  })
  const promised =
    applied.length === 0
      ? 0
      : (input.quotedDiscount ??
        decide({
          ...{ programme, member: history, context, place, effectiveAt },
          event: { kind: 'quote', total, currency, lines },
          reasons: 'limits',
        }).discount)

  const transfers: TransferDraft[] = []
  let covered = promised
  for (const { ruleid, amount } of applied) {
    const own = Math.min(amount, covered)
    covered -= own
    const credit = accounts.storeDiscounts(shop.store)
    if (own > 0) transfers.push({ debit: accounts.discounts, credit, amount: own, kind: 'discount-given', ruleid })
    if (amount > own)
      transfers.push({ debit: accounts.offlineDifferences, credit, amount: amount - own, kind: 'offline-difference', ruleid })
  }
  const purse = member && openPurse(member, effectiveAt)
  const beside = input.spending ? redeem(purse, input.spending, shop.store) : []
  if (purse) for (const effect of decision.effects) earn(purse, effect, shop.store)
  transfers.push(...(purse?.transfers ?? []), ...beside)

  const after = member &&
    purse &&
    decision.visit && {
      ...member,
      ...purse.means(),
      visits: decision.visit.number,
      purchases: member.purchases + 1,
      lastVisitAt: later(member.lastVisitAt, effectiveAt),
    }
  const { operator, tillreceipt } = data
  const sale = {
    at: effectiveAt,
    currency,
    total,
    discount: decision.discount,
    payable,
    ...(redeemed > 0 ? { redeemed } : {}),
    reference: input.reference,
    operator,
    tillreceipt,
  }
  const effects: Effect[] =
    redeemed > 0
      ? [{ kind: 'credit-redeemed', ruleid: 'redemption', amount: redeemed, currency }, ...decision.effects]
      : decision.effects
  const reply = (rank: MemberState['rank']): Reply => {
    const ranked = after && { ...after, rank }
    const slip = { shop, sale, member: ranked, at: effectiveAt, effects, prompts: decision.prompts, programme }
    return {
      ...plainReply(event.id, programme.version),
      ...(ranked
        ? { member: summaryOf(ranked), balances: balancesOf(ranked, currency, { store: shop.store, at: effectiveAt }) }
        : {}),
      ...(data.member && !ranked ? { error: describeError(input.refused ?? 'credential.unknown') } : {}),
      effects,
      prompts: decision.prompts,
      ...(decision.ruleFailures.length > 0 ? { ruleFailures: decision.ruleFailures } : {}),
      receipt: saleReceipt(slip),
      display: saleDisplay(slip),
    }
  }
  return { transfers, member: after, beginsVisit: decision.visit?.begins ?? false, sale, decision, reply }
}

/** Puts what an effect gives into a member's purse, as issued by a store. Credit, points and stamps never mix. */
export function earn(purse: Purse, effect: Effect, issuedBy: string): void {
  const { ruleid } = effect
  if (effect.kind === 'stamps-used') {
    const unit = unitOf('stamps', effect.name)
    purse.giveWithoutLot(unit, issuedAccount(unit), effect.amount, { kind: 'stamps-used', ruleid })
  }
  if (effect.kind !== 'credit' && effect.kind !== 'points' && effect.kind !== 'stamps') return
  const unit = effect.kind === 'credit' ? 'credit' : unitOf(effect.kind, effect.name)
  const kind = `${effect.kind}-granted` as const
  purse.receive(unit, issuedAccount(unit), { lot: lotOf(effect, issuedBy), amount: effect.granted }, { kind, ruleid })
}

/** The lot that an effect grants into. */
function lotOf(effect: Extract<Effect, { kind: 'credit' | 'points' | 'stamps' }>, issuedBy: string): LotKey {
  if (effect.kind === 'stamps') return { issuedBy }
  const { activeat, expiresat } = effect
  return {
    issuedBy,
    ...(activeat === undefined ? {} : { activeAt: activeat }),
    ...(expiresat === undefined ? {} : { expiresAt: expiresat }),
  }
}

function historyOf(member: MemberState, lastVisitAt: string | undefined): MemberHistory {
  const { lastVisitAt: _, ...history } = member
  return lastVisitAt === undefined ? history : { ...history, lastVisitAt }
}

const later = (a: string | undefined, b: string): string => (a !== undefined && a > b ? a : b)
