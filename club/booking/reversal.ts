import type { Effect } from '#protocol/effects.ts'
import type { Reply } from '#protocol/reply.ts'
import { type Overdraft, openPurse } from '../ledger/purse.ts'
import type { PostedTransfer, TransferDraft } from '../ledger/transfers.ts'
import { reversalDisplay, reversalReceipt, type SaleOnPaper } from '../receipt-of.ts'
import { balancesOf, type MemberState, partsOfUnit, summaryOf } from './member.ts'
import { plainReply } from './replies.ts'
import type { Shop } from './shop.ts'
import { type Undone, undo } from './undo.ts'

export interface ReversalBooking {
  transfers: TransferDraft[]
  member: MemberState | undefined
  reply: Reply
}

/**
 * Undoes what stands of a sale: its transfers are compensated, the purchase no longer counts. A sale that is undone
 * already has nothing left to compensate; the reply then says how things stand.
 */
export function bookReversal(input: {
  /** The reversal's own id. */
  eventid: string
  programmeVersion: number
  /** The journalled instant of the reversal (ISO 8601). */
  effectiveAt: string
  overdraft: Overdraft
  /** All transfers of the sale, compensations of earlier reversals included. */
  saleTransfers: readonly PostedTransfer[]
  sale: SaleOnPaper & { reversed: boolean }
  member: MemberState | undefined
  /** The member's visits once this sale is gone. */
  visitsAfter: number
  lastVisitAfter: string | undefined
  shop: Shop
}): ReversalBooking {
  const { sale, member, shop, effectiveAt, overdraft } = input
  const purse = member && openPurse(member, effectiveAt)
  const { transfers, undone } = undo(input.saleTransfers, { purse, overdraft })
  const after = member &&
    purse && {
      ...withoutLastVisit(member),
      ...purse.means(),
      purchases: sale.reversed ? member.purchases : Math.max(0, member.purchases - 1),
      visits: input.visitsAfter,
      ...(input.lastVisitAfter === undefined ? {} : { lastVisitAt: input.lastVisitAfter }),
    }
  const effects = toldOf(undone, sale.currency)
  const slip = { shop, sale, member: after, at: effectiveAt, effects }
  const reply: Reply = {
    ...plainReply(input.eventid, input.programmeVersion),
    ...(after
      ? { member: summaryOf(after), balances: balancesOf(after, sale.currency, { store: shop.store, at: effectiveAt }) }
      : {}),
    effects,
    receipt: reversalReceipt(slip),
    display: reversalDisplay(slip),
  }
  return { transfers, member: after, reply }
}

function withoutLastVisit({ lastVisitAt: _, ...rest }: MemberState): Omit<MemberState, 'lastVisitAt'> {
  return rest
}

const undoneAs = {
  'points-granted': 'points-revoked',
  'stamps-granted': 'stamps-revoked',
  'stamps-used': 'stamps-restored',
} as const

/** What a member is told of what was undone: by rule and by kind, whatever lots it came from. */
export function toldOf(undone: readonly Undone[], currency: string): Effect[] {
  const sums = new Map<string, Undone>()
  for (const one of undone) {
    const key = `${one.kind} ${one.ruleid} ${one.unit}`
    const before = sums.get(key)
    sums.set(key, before ? { ...before, amount: before.amount + one.amount } : one)
  }
  return [...sums.values()].map((one) => effectOf(one, currency))
}

function effectOf({ kind, ruleid, amount, unit }: Undone, currency: string): Effect {
  if (kind === 'credit-granted') return { kind: 'credit-revoked', ruleid, amount, currency }
  if (kind === 'credit-redeemed') return { kind: 'credit-restored', ruleid, amount, currency }
  return { kind: undoneAs[kind], ruleid, name: partsOfUnit(unit).name, amount }
}
