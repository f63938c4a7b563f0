import { allot, proRata } from '#protocol/money.ts'
import type { Reply } from '#protocol/reply.ts'
import { type Overdraft, openPurse } from '../ledger/purse.ts'
import type { PostedTransfer, TransferDraft } from '../ledger/transfers.ts'
import type { SaleOnPaper } from '../receipt-of.ts'
import { returnDisplay, returnReceipt } from '../return-receipt.ts'
import { balancesOf, type MemberState, summaryOf } from './member.ts'
import { plainReply } from './replies.ts'
import { toldOf } from './reversal.ts'
import type { Shop } from './shop.ts'
import { undo } from './undo.ts'

/** Something brought back: lines by their place in the basket, or an amount of the sale's price, or both. */
export interface Brought {
  lines: readonly { line: number; quantity: number }[]
  /** Of the price before discounts; counts instead of the lines' prices where it is given. */
  amount?: number | undefined
}

/** What has been brought back of a sale so far. */
export interface Back {
  /** Of its price before discounts. */
  value: number
  /** By line, in the order of the basket. */
  quantities: readonly number[]
}

interface Sold {
  total: number
  lines: readonly { quantity: number; amount: number }[]
}

/** Quantities are counted in millionths: 0.1 kg and 0.2 kg are 0.3 kg. */
const millionths = (quantity: number) => Math.round(quantity * 1_000_000)

/**
 * What has been brought back after one more return; or why that cannot be. A line's price is its share of the total,
 * so that all lines together are the whole sale.
 */
export function backAfter(
  sale: Sold,
  before: Back | undefined,
  { lines, amount }: Brought,
): Back | { wrong: 'nothing' | 'line' | 'excessive'; detail: string } {
  if (lines.length === 0 && amount === undefined)
    return { wrong: 'nothing', detail: 'lines, amount: neither says what is returned' }
  const worth = allot(
    sale.total,
    sale.lines.map((one) => one.amount),
  )
  const quantities = sale.lines.map((_, index) => before?.quantities[index] ?? 0)
  let ofLines = 0
  for (const { line, quantity } of lines) {
    const sold = sale.lines[line]
    const price = worth[line]
    if (!sold || price === undefined) return { wrong: 'line', detail: `lines: the sale has no line ${line}` }
    const whole = millionths(sold.quantity)
    const was = millionths(quantities[line] ?? 0)
    const is = was + millionths(quantity)
    if (is > whole) return { wrong: 'excessive', detail: `lines: of line ${line} ${is / 1_000_000} of ${sold.quantity}` }
    quantities[line] = is / 1_000_000
    ofLines += whole === 0 ? 0 : proRata(price, is, whole) - proRata(price, was, whole)
  }
  const value = (before?.value ?? 0) + (amount ?? ofLines)
  if (value > sale.total) return { wrong: 'excessive', detail: `amount: ${value} of ${sale.total}` }
  return { value, quantities }
}

/** What stands of a sale when `value` of its price has been brought back. Shares are rounded down. */
export function restOf<S extends SaleOnPaper>(sale: S, value: number): S {
  const { total, discount, redeemed = 0 } = sale
  const off = discount - proRata(discount, value, total)
  const spent = redeemed - proRata(redeemed, value, total)
  return {
    ...sale,
    total: total - value,
    discount: off,
    payable: total - value - off - spent,
    ...(sale.redeemed === undefined ? {} : { redeemed: spent }),
  }
}

export interface ReturnBooking {
  transfers: TransferDraft[]
  member: MemberState | undefined
  reply: Reply
}

/**
 * Books what was brought back, `from` and `to` being what had been before and is now, of the price: earned is taken
 * back and spent credit restored in proportion. What a member keeps, and gets back, is rounded down; the returns of
 * all parts together undo exactly what a reversal would. Used stamps come back with the whole only.
 */
export function bookReturn(input: {
  /** The return's own id. */
  eventid: string
  programmeVersion: number
  /** The journalled instant of the return (ISO 8601). */
  effectiveAt: string
  overdraft: Overdraft
  /** All transfers of the sale, what was undone of them before included. */
  saleTransfers: readonly PostedTransfer[]
  sale: SaleOnPaper
  /** Who took it back. */
  operator: string | undefined
  from: number
  to: number
  member: MemberState | undefined
  shop: Shop
}): ReturnBooking {
  const { sale, from, to, member, shop, effectiveAt, overdraft } = input
  const purse = member && openPurse(member, effectiveAt)
  const share = { part: to, whole: sale.total }
  const { transfers, undone } = undo(input.saleTransfers, { purse, overdraft, share })
  const after = member && purse && { ...member, ...purse.means() }
  const effects = toldOf(undone, sale.currency)
  const [before, left] = [restOf(sale, from), restOf(sale, to)]
  const brought: SaleOnPaper = {
    ...sale,
    at: effectiveAt,
    operator: input.operator,
    total: before.total - left.total,
    discount: before.discount - left.discount,
    payable: before.payable - left.payable,
  }
  const slip = { shop, sale: brought, member: after, at: effectiveAt, effects }
  const reply: Reply = {
    ...plainReply(input.eventid, input.programmeVersion),
    ...(after
      ? { member: summaryOf(after), balances: balancesOf(after, sale.currency, { store: shop.store, at: effectiveAt }) }
      : {}),
    effects,
    receipt: returnReceipt(slip, left.total),
    display: returnDisplay(slip),
  }
  return { transfers, member: after, reply }
}
