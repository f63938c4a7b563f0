import { readAnswer } from '#agent/terminal/answers.ts'
import type { About } from '#agent/terminal/journal.ts'
import * as requests from '#agent/terminal/requests.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import type { Tender } from '#protocol/messages.ts'
import { receiptOfLines } from '../receipt/receipt-of-lines.ts'
import { aloneSlip } from '../receipt/slips.ts'
import { ask, begin, codeOf, type Draft, enter, isFinal, note } from './draft.ts'
import { balanceRows, saleRows } from './outcome-rows.ts'
import { print } from './printing.ts'
import { noteAnswer, rest, sendDue } from './sending.ts'
import type { Alone, Basket, Desk, Outcome, Quote } from './state.ts'
import { reasonOf, told, words } from './words.ts'

type At<Place extends Desk['at']> = Extract<Desk, { at: Place }>

const aboutOf = (basket: Basket, quote: Pick<Quote, 'total' | 'discount' | 'redeemed' | 'payable'>, at: number): About => ({
  basket: basket.id,
  at,
  total: quote.total,
  discount: quote.discount,
  redeemed: quote.redeemed,
  paid: quote.payable,
})

const tendersOf = (kind: Tender['kind'], amount: number): Tender[] => (amount > 0 ? [{ kind, amount }] : [])

/** Paid as quoted: into the journal, then on its way. The box knows the customer by the quote. */
export function pay(draft: Draft, desk: At<'quoted'>, tender: Tender['kind']) {
  const { basket, transaction, quote } = desk
  const { operator } = draft.state
  const message = requests.saleOf(transaction, {
    total: quote.total,
    paid: quote.payable,
    tenders: tendersOf(tender, quote.payable),
    ...(operator ? { operator } : {}),
  })
  note(draft, { kind: 'send', message, about: aboutOf(basket, quote, draft.moment.now) })
  enter(draft, { at: 'paying', basket, transaction, quote, tender })
  ask(draft, message)
}

export function paid(draft: Draft, desk: At<'paying'>, message: IsoMessage) {
  const { basket, quote, tender } = desk
  noteAnswer(draft, message)
  const code = codeOf(message)
  if (code === '00') return booked(draft, desk, message)
  const answer = readAnswer(message)
  if (isFinal(code)) return enter(draft, { at: 'notice', title: words.notSold, text: reasonOf(answer), back: 'home' })
  enter(draft, { at: 'alone', basket, alone: { why: 'unanswered', quote, tender }, reason: reasonOf(answer) })
  sendDue(draft)
}

/** Nobody answered: the sale is undone. Where the customer has paid already, the cashier may let it stand (see `payAlone`). */
export function unpaid(draft: Draft, { basket, transaction, quote, tender }: At<'paying'>) {
  note(draft, { kind: 'silence', trace: transaction.trace })
  rest(draft)
  enter(draft, { at: 'alone', basket, alone: { why: 'unanswered', quote, tender }, reason: reasonOf(undefined) })
}

function booked(draft: Draft, { quote }: At<'paying'>, message: IsoMessage) {
  const answer = readAnswer(message)
  const outcome: Outcome = {
    kind: 'sold',
    title: answer.status === 'P' ? words.soldProvisionally : words.sold,
    rows: [...saleRows(quote, draft), ...balanceRows(answer, draft)],
    prompts: [...answer.operatorPrompts, ...answer.customerPrompts].map(told),
  }
  const receipt =
    answer.receipt.length > 0
      ? receiptOfLines(answer.receipt, { reference: answer.reference ?? '-', provisional: answer.status === 'P' })
      : undefined
  print(draft, outcome, receipt)
}

/**
 * The terminal approves by itself. Its number is a new one: the sale before, if there was one, is undone by its own
 * number, and late news of it changes nothing.
 */
export function payAlone(draft: Draft, { basket, alone }: At<'alone'>, tender: Tender['kind']) {
  const transaction = begin(draft)
  const given = givenOf(basket, alone)
  const { operator } = draft.state
  const message = requests.adviceOf(
    transaction,
    {
      total: given.total,
      paid: given.payable,
      tenders: tendersOf(tender, given.payable),
      ...(basket.credential ? { credential: basket.credential } : {}),
      ...(operator ? { operator } : {}),
    },
    { discounts: given.discounts, redeemed: given.redeemed },
  )
  note(draft, { kind: 'send', message, about: aboutOf(basket, given, draft.moment.now) })
  const outcome: Outcome = {
    kind: 'sold-alone',
    title: words.soldAlone,
    rows: saleRows(given, draft),
    prompts: [words.clubHearsLater],
  }
  print(draft, outcome, aloneSlip({ ...given, batch: transaction.batch, trace: transaction.trace, ...draft }))
  sendDue(draft)
}

const givenOf = ({ total }: Basket, alone: Alone): Pick<Quote, 'total' | 'discount' | 'redeemed' | 'payable' | 'discounts'> =>
  alone.why === 'unanswered' ? alone.quote : { total, discount: 0, redeemed: 0, payable: total, discounts: [] }
