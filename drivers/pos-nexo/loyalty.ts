import type { RawCredential } from '#protocol/credentials.ts'
import { quoteDetails } from './bookings.ts'
import { baseOf, book, credentialToPresent, type Desk, defaultCurrency, isFault, told } from './desk.ts'
import { answerOf, type LaneCall } from './lane-line.ts'
import { accountOf, basketOf, type Fault, isAsQuoted, type KnownSale, type Quote, rebateResult, saleIdsOf } from './mapping.ts'
import type { LoyaltyRequest } from './requests.ts'
import { failure, failureOf, partial, type ResponseBody, silent, success } from './responses.ts'
import { refund } from './undoing.ts'

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
