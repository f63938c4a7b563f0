import type { Booking } from './bookings.ts'
import { baseOf, book, type Desk, defaultCurrency, isFault, told } from './desk.ts'
import { answerOf } from './lane-line.ts'
import { closeIdOf, returnedPart, returnIdOf, saleNamed } from './mapping.ts'
import type { LoyaltyRequest, RequestBody, TransactionIdentification } from './requests.ts'
import { failure, poiData, type ResponseBody, success } from './responses.ts'

/** Each of the three refunds of one sale transaction names the same return: the first books it, the others tell their part. */
export async function refund(request: LoyaltyRequest, desk: Desk): Promise<ResponseBody> {
  const { SaleData, LoyaltyTransaction } = request
  const { LoyaltyTransactionType: type, OriginalPOITransaction, Currency } = LoyaltyTransaction
  const original = OriginalPOITransaction?.POITransactionID
  const returnid = returnIdOf(desk.origin, SaleData.SaleTransactionID)
  const base = baseOf(request, returnid, desk)
  if (!original) return { ...base, Response: failure('MessageFormat', 'OriginalPOITransaction.POITransactionID: of which sale?') }
  const saleid = saleNamed(original)
  if (saleid === undefined) return { ...base, Response: failure('NotFound', 'no transaction of this box') }
  const known = desk.sales.find(saleid)
  const booking = {
    of: 'loyalty' as const,
    type,
    saleid,
    currency: Currency ?? defaultCurrency,
    SaleData,
    transaction: { TransactionID: returnid, TimeStamp: desk.now() },
  }
  if (known && !known.paid) {
    // Not paid yet: the hold on the credit is given back; a rebate or an award is nothing yet.
    if (type !== 'RedemptionRefund') return { ...base, Response: failure('NotAllowed', 'the sale is not paid: reverse it') }
    const { body, answers } = await book({ ...booking, call: { op: 'redeem', saleid, amount: 0 }, until: 'quote' }, desk)
    const quote = answerOf(answers, 'quote')
    if (quote) told(desk.sales, quote)
    return body
  }
  const part = returnedPart(request, known)
  if (isFault(part)) return { ...base, Response: failure('MessageFormat', part.fault) }
  const operator = SaleData.OperatorID === undefined ? {} : { operator: SaleData.OperatorID }
  return (await book({ ...booking, call: { op: 'return', returnid, saleid, ...part, ...operator }, until: 'result' }, desk)).body
}

const reasons = { CustCancel: 'operator', MerchantCancel: 'operator', Malfunction: 'terminal', Unable2Compl: 'terminal' } as const

/** Undoes a sale as a whole; one that is not paid yet is cancelled, and its credit given back. */
export async function reverse(body: RequestBody<'Reversal'>, desk: Desk): Promise<ResponseBody> {
  const { OriginalPOITransaction, ReversalReason, ReversedAmount, SaleData } = body
  const original = OriginalPOITransaction.POITransactionID as TransactionIdentification
  const transaction = { TransactionID: desk.fresh(), TimeStamp: desk.now() }
  const base = poiData(transaction)
  if (original.TransactionID.startsWith('card-')) {
    desk.taps.forget()
    await desk.line.ask({ op: 'cancel' }, 'cancelled')
    return { ...base, Response: success() }
  }
  const saleid = saleNamed(original)
  if (saleid === undefined) return { ...base, Response: failure('NotFound', 'no transaction of this box') }
  const known = desk.sales.find(saleid)
  const whole = ReversedAmount === undefined || ReversedAmount === known?.basket.total || ReversedAmount === known?.payable
  if (!whole) return { ...base, Response: failure('NotAllowed', 'a part of a sale comes back by AwardRefund') }
  const operator = SaleData?.OperatorID === undefined ? {} : { operator: SaleData.OperatorID }
  const booking: Booking = {
    of: 'reversal',
    saleid,
    transaction,
    ...(ReversedAmount === undefined ? {} : { amount: ReversedAmount }),
    ...(known && !known.paid
      ? { call: { op: 'cancel', saleid }, until: 'cancelled' }
      : { call: { op: 'reverse', saleid, reason: reasons[ReversalReason], ...operator }, until: 'result' }),
  }
  const { body: told } = await book(booking, desk)
  if (known && !known.paid) desk.taps.forget()
  return told
}

/** Closes the day at the till. A request sent again closes it once; what the till itself counted, nexo does not carry. */
export async function reconcile(body: RequestBody<'Reconciliation'>, desk: Desk, serviceid: string): Promise<ResponseBody> {
  const { ReconciliationType: type } = body
  if (type !== 'SaleReconciliation' && type !== 'AcquirerReconciliation')
    return { ReconciliationType: type, Response: failure('UnavailableService', `the box does not do ${type}`) }
  const closeid = closeIdOf(desk.origin, serviceid, desk.now().slice(0, 10))
  return (await book({ of: 'reconciliation', type, closeid, call: { op: 'close-day', closeid }, until: 'result' }, desk)).body
}
