import type { Effect } from '#protocol/effects.ts'
import type { Reply } from '#protocol/reply.ts'
import { accounts, balanceAfter, compensate, type PostedTransfer, type TransferDraft } from '../ledger/transfers.ts'
import { reversalDisplay, reversalReceipt, type SaleOnPaper } from '../receipt-of.ts'
import { balancesOf, type MemberState, partsOfUnit, summaryOf, unitsAfter } from './member.ts'
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
    ...withoutLastVisit(member),
    purchases: sale.reversed ? member.purchases : Math.max(0, member.purchases - 1),
    visits: input.visitsAfter,
    ...(input.lastVisitAfter === undefined ? {} : { lastVisitAt: input.lastVisitAfter }),
    credit: balanceAfter(member.credit, accounts.memberCredit(member.memberid), transfers),
    units: unitsAfter(member, transfers),
  }
  const effects = transfers.flatMap((one) => undone(one, sale.currency))
  const reply: Reply = {
    ...plainReply(input.eventid, input.programmeVersion),
    ...(after ? { member: summaryOf(after), balances: balancesOf(after, sale.currency) } : {}),
    effects,
    receipt: reversalReceipt({ shop, sale, member: after, effects }),
    display: reversalDisplay({ shop, sale, member: after, effects }),
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

const isUnitKind = (kind: string): kind is keyof typeof undoneAs => Object.hasOwn(undoneAs, kind)

/** What a member is told of a transfer that undoes another. */
function undone({ kind, ruleid, amount, unit }: TransferDraft, currency: string): Effect[] {
  if (kind === 'credit-granted') return [{ kind: 'credit-revoked', ruleid, amount, currency }]
  if (!isUnitKind(kind) || unit === undefined) return []
  return [{ kind: undoneAs[kind], ruleid, name: partsOfUnit(unit).name, amount }]
}
