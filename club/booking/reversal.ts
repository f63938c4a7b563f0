import type { Effect } from '#protocol/effects.ts'
import type { Reply } from '#protocol/reply.ts'
import { accounts, balanceAfter, compensate, type PostedTransfer, type TransferDraft } from '../ledger/transfers.ts'
import { reversalDisplay, reversalReceipt, type SaleOnPaper } from '../receipt-of.ts'
import { balancesOf, type MemberState, summaryOf } from './member.ts'
import { plainReply } from './replies.ts'
import type { Shop } from './shop.ts'

export interface ReversalBooking {
  transfers: TransferDraft[]
  member: MemberState | undefined
  reply: Reply
}

/**
 * Undoes a whole sale: each of its transfers gets its mirror image, the purchase no longer counts. A sale that is
 * undone already has nothing left to compensate; the reply then says how things stand.
 */
export function bookReversal(input: {
  /** The reversal's own id. */
  eventid: string
  programmeVersion: number
  /** All transfers of the sale, compensations of earlier reversals included. */
  saleTransfers: readonly PostedTransfer[]
  sale: SaleOnPaper & { reversed: boolean }
  member: MemberState | undefined
  /** The member's visits once this sale is gone. */
  visitsAfter: number
  lastVisitAfter: string | undefined
  shop: Shop
}): ReversalBooking {
  const { sale, member, shop } = input
  const transfers = compensate(input.saleTransfers)
  const after = member && {
    memberid: member.memberid,
    number: member.number,
    purchases: sale.reversed ? member.purchases : Math.max(0, member.purchases - 1),
    visits: input.visitsAfter,
    ...(input.lastVisitAfter === undefined ? {} : { lastVisitAt: input.lastVisitAfter }),
    credit: balanceAfter(member.credit, accounts.memberCredit(member.memberid), transfers),
  }
  const effects = transfers
    .filter((one) => one.kind === 'credit-granted')
    .map(({ ruleid, amount }): Effect => ({ kind: 'credit-revoked', ruleid, amount, currency: sale.currency }))
  const reply: Reply = {
    ...plainReply(input.eventid, input.programmeVersion),
    ...(after ? { member: summaryOf(after), balances: balancesOf(after, sale.currency) } : {}),
    effects,
    receipt: reversalReceipt({ shop, sale, member: after, effects }),
    display: reversalDisplay({ shop, sale, member: after, effects }),
  }
  return { transfers, member: after, reply }
}
