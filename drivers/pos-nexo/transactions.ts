import type { RawCredential } from '#protocol/credentials.ts'
import type { TillResponse } from '#protocol/lane.ts'
import type { Language } from '#protocol/text.ts'
import { type Booking, bookedBody, quoteDetails } from './bookings.ts'
import type { NexoRequest } from './codec.ts'
import type { KnownSales } from './known-sales.ts'
import { answerOf, type LaneCall, type LaneLine } from './lane-line.ts'
import {
  accountOf,
  basketOf,
  closeIdOf,
  credentialOf,
  creditOf,
  type Fault,
  isAsQuoted,
  type KnownSale,
  type Quote,
  rebateResult,
  returnedPart,
  returnIdOf,
  type SaleOrigin,
  saleIdsOf,
  saleNamed,
} from './mapping.ts'
import type { LoyaltyAccountId, LoyaltyData, LoyaltyRequest, RequestBody, TransactionIdentification } from './requests.ts'
import { errorDetails, failure, failureOf, partial, poiData, type ResponseBody, silent, success } from './responses.ts'
import type { Tap, Taps } from './taps.ts'

/** What a transaction of one till works with. */
export interface Desk {
  line: LaneLine
  taps: Taps
  sales: KnownSales
  origin: SaleOrigin
  brand: string
  cardPrefixes: readonly string[]
  waitSeconds: number
  language: Language
  /** ISO 8601. */
  now(): string
  /** A UUID. */
  fresh(): string
  /** The members whom this box's card acquisitions found, by their `TransactionID`. */
  acquired: { find(transaction: string): string | undefined; keep(transaction: string, number: string): void }
  /** Keeps what is about to move money where a restart finds it. */
  remember(booking: Booking): void
}

const defaultCurrency = 'IRR'
const isFault = (value: object): value is Fault => 'fault' in value

/** Waits for a card: the tap-first message. `abort` ends the wait. */
export async function acquireCard(body: RequestBody<'CardAcquisition'>, desk: Desk, abort: AbortSignal): Promise<ResponseBody> {
  const seconds = body.MaxWaitingTime ?? body.CardAcquisitionTransaction.MaxWaitingTime ?? desk.waitSeconds
  const TransactionID = `card-${desk.fresh()}`
  const base = { SaleData: body.SaleData, ...poiData({ TransactionID, TimeStamp: desk.now() }) }
  const tap = await desk.taps.next({ ms: seconds * 1_000, signal: abort })
  if (tap === 'aborted') return { ...base, Response: failure('Aborted') }
  if (tap === 'late') return { ...base, Response: failure('Cancel', `nobody showed a card in ${seconds} s`) }
  const unknown = tap.is === 'member' ? undefined : refusedTap(tap, desk)
  if (unknown) return { ...base, ...unknown }
  if (tap.is !== 'member') return { ...base, Response: silent() }
  const { member, balances, prompts } = tap.word
  if (member) desk.acquired.keep(TransactionID, member.number)
  const account = accountOf({ member, kind: tap.kind, brand: desk.brand })
  const details = { credit: creditOf(balances)?.CurrentBalance, prompt: prompts.map(({ text }) => text[desk.language]) }
  return { ...base, Response: success(details), LoyaltyAccount: [account] }
}

/** A card that is nobody’s; or one whose owner the club cannot name now, which earns all the same. */
function refusedTap({ error, kind }: Tap & { is: 'refused' }, desk: Desk): ResponseBody {
  if (error.key !== 'club.unavailable') return { Response: failureOf(error, desk.language) }
  return {
    Response: partial(errorDetails(error, desk.language)),
    LoyaltyAccount: [accountOf({ kind, brand: desk.brand })],
  }
}

export async function inquireBalance(body: RequestBody<'BalanceInquiry'>, desk: Desk, abort: AbortSignal): Promise<ResponseBody> {
  const { LoyaltyAccountID, CardAcquisitionReference } = body.LoyaltyAccountReq
  const who = credentialToPresent(desk, { LoyaltyAccountID, CardAcquisitionReference })
  if (who && isFault(who)) return { Response: failure('InvalidCard', who.fault) }
  if (!who) {
    const tap = await desk.taps.next({ ms: desk.waitSeconds * 1_000, signal: abort })
    if (tap === 'aborted') return { Response: failure('Aborted') }
    if (tap === 'late') return { Response: failure('Cancel', `nobody showed a card in ${desk.waitSeconds} s`) }
    return tap.is === 'member' ? balanceBody(tap.word, desk) : { Response: failureOf(tap.error, desk.language) }
  }
  const answers = await desk.line.ask({ op: 'present', credential: who }, 'member')
  const word = answerOf(answers, 'member')
  // Whoever only asked is gone: the next sale is not theirs.
  await desk.line.ask({ op: 'cancel' }, 'cancelled')
  if (word) return balanceBody(word, desk)
  const error = answerOf(answers, 'error')?.error
  return { Response: error ? failureOf(error, desk.language) : silent() }
}

function balanceBody({ member, balances }: Extract<TillResponse, { op: 'member' }>, desk: Desk): ResponseBody {
  const credit = creditOf(balances)
  return {
    Response: success(),
    LoyaltyAccountStatus: {
      LoyaltyAccount: accountOf({ member, brand: desk.brand }),
      CurrentBalance: credit?.CurrentBalance ?? 0,
      LoyaltyUnit: 'Monetary',
      Currency: credit?.Currency ?? defaultCurrency,
    },
  }
}

/**
 * Whom the till names that does not stand at the lane already. A card acquisition whose customer the lane has forgotten
 * meanwhile is known by the member’s number.
 */
function credentialToPresent(
  { taps, acquired, cardPrefixes }: Desk,
  { LoyaltyAccountID, CardAcquisitionReference }: Pick<LoyaltyData, 'LoyaltyAccountID' | 'CardAcquisitionReference'>,
): RawCredential | Fault | undefined {
  const standing = taps.standing()?.word.member?.number
  const named = namedBy(LoyaltyAccountID) ?? (CardAcquisitionReference && acquired.find(CardAcquisitionReference.TransactionID))
  if (named !== undefined) return named === standing ? undefined : { kind: 'member-number', value: named }
  if (LoyaltyAccountID?.LoyaltyID !== undefined) return credentialOf(LoyaltyAccountID, cardPrefixes)
  return undefined
}

const namedBy = (account: LoyaltyAccountId | undefined): string | undefined =>
  account?.IdentificationType === 'AccountNumber' ? account.LoyaltyID : undefined

export function loyalty(request: LoyaltyRequest, desk: Desk): Promise<ResponseBody> {
  switch (request.LoyaltyTransaction.LoyaltyTransactionType) {
    case 'Rebate':
      return rebate(request, desk)
    case 'Redemption':
      return redeem(request, desk)
    case 'Award':
      return award(request, desk)
    default:
      return refund(request, desk)
  }
}

const baseOf = (request: LoyaltyRequest, saleid: string, desk: Desk) => ({
  SaleData: request.SaleData,
  ...poiData({ TransactionID: saleid, TimeStamp: desk.now() }),
})

async function rebate(request: LoyaltyRequest, desk: Desk): Promise<ResponseBody> {
  const opened = await openSale(request, desk)
  const { saleid } = saleIdsOf(desk.origin, request.SaleData.SaleTransactionID)
  const base = baseOf(request, saleid, desk)
  if (!('quote' in opened)) return { ...base, ...opened }
  const { quote } = opened
  const account = accountOf({ member: quote.member ?? desk.taps.standing()?.word.member, brand: desk.brand })
  const details = quoteDetails(quote, desk.language)
  return {
    ...base,
    Response: quote.error ? partial(details) : success(details),
    LoyaltyResult: [rebateResult(quote, { account, items: request.LoyaltyTransaction.SaleItem })],
  }
}

/** The quote for the basket of a Loyalty request, or why there is none. */
async function openSale(
  request: LoyaltyRequest,
  desk: Desk,
): Promise<{ quote: Quote } | { Response: ReturnType<typeof failure> }> {
  const sale = basketOf(request)
  if (isFault(sale)) return { Response: failure('MessageFormat', sale.fault) }
  const who = whoIn(request, desk)
  if (who && isFault(who)) return { Response: failure('InvalidCard', who.fault) }
  const ids = saleIdsOf(desk.origin, request.SaleData.SaleTransactionID)
  const known = desk.sales.find(ids.saleid)
  if (known?.paid) return { Response: failure('NotAllowed', 'this sale is paid: begin another SaleTransactionID') }
  const answers = await desk.line.ask({ op: 'open', sale, ...ids, ...(who ? { credential: who } : {}) }, 'quote')
  const quote = answerOf(answers, 'quote')
  if (!quote) {
    const error = answerOf(answers, 'error')?.error
    return { Response: error ? failureOf(error, desk.language) : silent() }
  }
  const items = request.LoyaltyTransaction.SaleItem.map(({ ItemID }) => ItemID)
  const { payable, redeemed = 0 } = quote
  desk.sales.keep(ids.saleid, { basket: sale, payable, redeemed, told: payable, items, paid: false })
  return { quote }
}

function whoIn({ LoyaltyData }: LoyaltyRequest, desk: Desk): RawCredential | Fault | undefined {
  for (const data of LoyaltyData) {
    const who = credentialToPresent(desk, data)
    if (who) return who
  }
  return undefined
}

/** Remembers a booking, asks the lane, and says what came of it. */
async function book(booking: Booking, desk: Desk): Promise<{ body: ResponseBody; answers: TillResponse[] }> {
  desk.remember(booking)
  const answers = await desk.line.ask(booking.call, booking.until)
  return { answers, body: bookedBody(booking, answers, tellingOf(desk)) }
}

export const tellingOf = ({ language, brand, taps }: Desk) => ({
  language,
  brand,
  account: accountOf({ member: taps.standing()?.word.member, brand }),
})

async function redeem(request: LoyaltyRequest, desk: Desk): Promise<ResponseBody> {
  const { SaleData, LoyaltyTransaction } = request
  const { saleid } = saleIdsOf(desk.origin, SaleData.SaleTransactionID)
  const base = baseOf(request, saleid, desk)
  const wanted = request.LoyaltyData.find(({ LoyaltyAmount }) => LoyaltyAmount !== undefined)?.LoyaltyAmount
  if (!wanted) return { ...base, Response: failure('MessageFormat', 'LoyaltyData.LoyaltyAmount: how much of the credit?') }
  if (wanted.LoyaltyUnit !== 'Monetary')
    return { ...base, Response: failure('NotAllowed', 'credit is money: LoyaltyUnit Monetary') }
  if (!desk.sales.find(saleid)) {
    const opened = await openSale(request, desk)
    if (!('quote' in opened)) return { ...base, ...opened }
  }
  const { body, answers } = await book(
    {
      of: 'loyalty',
      type: 'Redemption',
      saleid,
      call: { op: 'redeem', saleid, amount: wanted.Value },
      until: 'quote',
      currency: LoyaltyTransaction.Currency ?? defaultCurrency,
      SaleData,
      transaction: { TransactionID: saleid, TimeStamp: desk.now() },
    },
    desk,
  )
  const quote = answerOf(answers, 'quote')
  if (quote) told(desk.sales, quote)
  return body
}

/** The till hears of a new price of the sale in hand. */
function told(sales: KnownSales, { saleid, payable, redeemed = 0 }: Quote): void {
  const known = sales.find(saleid)
  if (known) sales.keep(saleid, { ...known, payable, redeemed, told: payable })
}

/** The lane has quoted a sale in hand anew by itself: there was a tap in the middle, of which the till does not know. */
export function requoted(sales: KnownSales, { saleid, payable, redeemed = 0 }: Quote): void {
  const known = sales.find(saleid)
  if (known && !known.paid) sales.keep(saleid, { ...known, payable, redeemed })
}

async function award(request: LoyaltyRequest, desk: Desk): Promise<ResponseBody> {
  const { SaleData, LoyaltyTransaction } = request
  const ids = saleIdsOf(desk.origin, SaleData.SaleTransactionID)
  const { saleid } = ids
  const base = baseOf(request, saleid, desk)
  const sale = basketOf(request)
  const known = desk.sales.find(saleid)
  if (isFault(sale) && !known) return { ...base, Response: failure('MessageFormat', sale.fault) }
  if (known && !known.paid && (known.told !== known.payable || (!isFault(sale) && !isAsQuoted(known, sale.total)))) {
    const details = {
      message: 'the sale was quoted otherwise: send Rebate again',
      total: known.basket.total,
      payable: known.payable,
    }
    return { ...base, Response: failure('NotAllowed', details) }
  }
  let call: LaneCall
  if (known) call = { op: 'complete', saleid, tenders: [{ kind: 'other', amount: known.payable }], sale: known.basket }
  else if (isFault(sale)) return { ...base, Response: failure('MessageFormat', sale.fault) }
  else {
    const who = whoIn(request, desk)
    if (who && isFault(who)) return { ...base, Response: failure('InvalidCard', who.fault) }
    // Shown to the lane first, so that what is remembered of the sale names nobody.
    if (who) await desk.line.ask({ op: 'present', credential: who }, 'member')
    call = { op: 'record', sale, ...ids }
  }
  const { body, answers } = await book(
    {
      of: 'loyalty',
      type: 'Award',
      saleid,
      call,
      until: 'result',
      currency: LoyaltyTransaction.Currency ?? defaultCurrency,
      SaleData,
      transaction: { TransactionID: saleid, TimeStamp: desk.now() },
    },
    desk,
  )
  if (!answerOf(answers, 'completed')) return body
  desk.taps.forget()
  const items = LoyaltyTransaction.SaleItem.map(({ ItemID }) => ItemID)
  const paid: KnownSale | undefined =
    known ?? (isFault(sale) ? undefined : { basket: sale, payable: sale.total, redeemed: 0, told: sale.total, items, paid: true })
  if (paid) desk.sales.keep(saleid, { ...paid, paid: true })
  return body
}

/** Each of the three refunds of one sale transaction names the same return: the first books it, the others tell their part. */
async function refund(request: LoyaltyRequest, desk: Desk): Promise<ResponseBody> {
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

export type Transaction = Extract<
  NexoRequest,
  { category: 'CardAcquisition' | 'Loyalty' | 'BalanceInquiry' | 'Reversal' | 'Reconciliation' }
>
