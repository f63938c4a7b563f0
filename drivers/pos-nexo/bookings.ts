import type { TillResponse } from '#protocol/lane.ts'
import type { Language } from '#protocol/text.ts'
import { answerOf, type LaneCall } from './lane-line.ts'
import { type Account, accountOf, loyaltyResult, type Quote, redemptionResult } from './mapping.ts'
import type { SaleData, TransactionIdentification } from './requests.ts'
import {
  type Details,
  errorDetails,
  failure,
  failureOf,
  poiData,
  type ResponseBody,
  silent,
  success,
  type Verdict,
} from './responses.ts'
import type { LoyaltyType } from './vocabulary.ts'

/**
 * A request that moves money, as it goes to the lane and stands in the device's memory: enough to find out after a restart
 * what became of it. It names the sale, and nobody.
 */
export type Booking =
  | {
      of: 'loyalty'
      type: LoyaltyType
      saleid: string
      call: LaneCall
      until: 'result' | 'quote'
      currency: string
      SaleData: SaleData
      transaction: TransactionIdentification
    }
  | { of: 'reconciliation'; type: string; closeid: string; call: LaneCall; until: 'result' }
  | {
      of: 'reversal'
      saleid: string
      call: LaneCall
      until: 'result' | 'cancelled'
      transaction: TransactionIdentification
      amount?: number
    }

export interface Telling {
  language: Language
  brand: string
  account?: Account
}

type ResultWord = Extract<TillResponse, { op: 'result' }>

/** What is on disk is a success, whatever the club makes of it later; the till's log says how it stands. */
function verdictOf(result: ResultWord | undefined, language: Language, more: Details = {}): Verdict {
  if (!result) return success({ ...more, status: 'provisional' })
  const { status, error, prompts } = result
  return success({
    ...more,
    status,
    ...(error ? errorDetails(error, language) : {}),
    prompt: prompts.map(({ text }) => text[language]),
  })
}

export const quoteDetails = (quote: Quote, language: Language) => ({
  payable: quote.payable,
  ...(quote.redeemed ? { redeemed: quote.redeemed } : {}),
  decidedBy: quote.decidedBy,
  ...(quote.error ? errorDetails(quote.error, language) : {}),
  prompt: quote.prompts.map(({ text }) => text[language]),
})

/** The signs of the lane that a thing is on its disk. */
const onDisk: readonly TillResponse['op'][] = ['completed', 'reversed', 'returned', 'cancelled', 'quote', 'day-closed']

/** The response's body, out of what the lane answered. */
export function bookedBody(booking: Booking, answers: readonly TillResponse[], telling: Telling): ResponseBody {
  const { language, brand } = telling
  if (booking.of === 'reconciliation') return reconciledBody(booking, answers, language)
  const { transaction } = booking
  const base = booking.of === 'loyalty' ? { SaleData: booking.SaleData, ...poiData(transaction) } : poiData(transaction)
  const error = answerOf(answers, 'error')?.error
  if (!answers.some(({ op }) => onDisk.includes(op))) return { ...base, Response: error ? failureOf(error, language) : silent() }
  const result = answerOf(answers, 'result')
  if (booking.of === 'reversal')
    return {
      ...base,
      Response: verdictOf(result, language),
      ...(booking.amount === undefined ? {} : { ReversedAmount: booking.amount }),
      OriginalPOITransaction: { POITransactionID: { ...transaction, TransactionID: booking.saleid } },
    }
  const { type, currency } = booking
  const quote = answerOf(answers, 'quote')
  const account = accountOf({ member: quote?.member ?? result?.member, brand })
  const named = account.LoyaltyAccountID.LoyaltyID === undefined ? (telling.account ?? account) : account
  if (quote) {
    if (quote.error) return { ...base, Response: failure('Refusal', quoteDetails(quote, language)) }
    return {
      ...base,
      Response: success(quoteDetails(quote, language)),
      LoyaltyResult: [redemptionResult(quote, { account: named, currency })],
    }
  }
  return {
    ...base,
    Response: verdictOf(result, language),
    LoyaltyResult: [
      loyaltyResult({ type, account: named, currency, effects: result?.effects ?? [], balances: result?.balances }),
    ],
  }
}

/** The day's totals as the box has them: the till compares them with its own. */
function reconciledBody(
  { type, closeid }: Booking & { of: 'reconciliation' },
  answers: readonly TillResponse[],
  language: Language,
): ResponseBody {
  const base = { ReconciliationType: type, POIReconciliationID: closeid }
  const closed = answerOf(answers, 'day-closed')
  if (!closed) {
    const error = answerOf(answers, 'error')?.error
    return { ...base, Response: error ? failureOf(error, language) : silent() }
  }
  const { sales, total, discount, reversed } = closed.totals
  const part = (TransactionType: string, TransactionCount: number, TransactionAmount: number) => ({
    TransactionType,
    TransactionCount,
    TransactionAmount,
  })
  return {
    ...base,
    Response: verdictOf(answerOf(answers, 'result'), language, { businessdate: closed.businessdate }),
    TransactionTotals: [
      {
        PaymentInstrumentType: 'Card',
        LoyaltyUnit: 'Monetary',
        LoyaltyCurrency: 'IRR',
        // What was bought, what came off its price, and how many sales were undone: the box keeps no sum of those.
        LoyaltyTotals: [part('Award', sales, total), part('Rebate', sales, discount), part('ReverseAward', reversed, 0)],
      },
    ],
  }
}
