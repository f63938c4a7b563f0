import { readAnswer } from '#agent/terminal/answers.ts'
import * as requests from '#agent/terminal/requests.ts'
import { normaliseMobile } from '#protocol/credentials.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import type { ShownCredential } from '#protocol/lane.ts'
import { ask, begin, codeOf, type Draft, enter, goHome, isFinal } from './draft.ts'
import type { Key } from './inputs.ts'
import { pay, payAlone } from './paying.ts'
import type { Alone, Basket, Desk, Quote, Who } from './state.ts'
import { amountWith, rialsOf, typedWith } from './typing.ts'
import { reasonOf, words } from './words.ts'

type At<Place extends Desk['at']> = Extract<Desk, { at: Place }>

export function homeKey(draft: Draft, desk: At<'home'>, key: Key) {
  const { typed, who } = desk
  const longer = amountWith(typed, key, draft.setup)
  if (longer !== undefined) return enter(draft, { at: 'home', typed: longer, ...(who ? { who } : {}) })
  if (key === 'cancel') return goHome(draft)
  if (key === 'menu') return enter(draft, { at: 'menu' })
  if (key !== 'enter' || typed === '') return
  const total = rialsOf(typed, draft.setup)
  if (who) askQuote(draft, { total, credential: who.credential })
  else enter(draft, { at: 'customer', total, typed: '' })
}

/** A card at the reader. It names the customer wherever that can still change something. */
export function shown(draft: Draft, credential: ShownCredential) {
  const { desk } = draft.state
  switch (desk.at) {
    case 'home':
      return lookUp(draft, desk.typed, credential)
    case 'outcome':
    case 'notice':
      return lookUp(draft, '', credential)
    case 'customer':
      draft.effects.push({ kind: 'signal', outcome: 'accepted' })
      return askQuote(draft, { total: desk.total, credential })
    case 'quoted':
    case 'credit':
      draft.effects.push({ kind: 'signal', outcome: 'accepted' })
      return askQuote(draft, { total: desk.basket.total, credential })
    default:
      draft.effects.push({ kind: 'signal', outcome: 'refused' })
  }
}

function lookUp(draft: Draft, typed: string, credential: ShownCredential) {
  const transaction = begin(draft)
  draft.effects.push({ kind: 'signal', outcome: 'accepted' })
  enter(draft, { at: 'home', typed, who: { credential, asked: transaction.trace } })
  ask(draft, requests.whoIsThis(transaction, credential))
}

export function lookedUp(draft: Draft, desk: At<'home'>, message: IsoMessage | undefined) {
  const { typed, who } = desk
  if (!who) return
  const { asked: _, ...rest } = who
  const answer = message && readAnswer(message)
  const known: Who = answer?.code === '00' ? { ...rest, known: answer } : { ...rest, trouble: reasonOf(answer) }
  // Nobody's card is forgotten; one that nobody could be asked about goes with the sale.
  const nobody = answer !== undefined && answer.code !== '00' && isFinal(answer.code)
  if (nobody) {
    draft.effects.push({ kind: 'signal', outcome: 'refused' })
    return enter(draft, { at: 'home', typed, trouble: reasonOf(answer) })
  }
  enter(draft, { at: 'home', typed, who: known })
}

export function customerKey(draft: Draft, desk: At<'customer'>, key: Key) {
  const { total, typed } = desk
  const longer = typedWith(typed, key, 11)
  if (longer !== undefined) return enter(draft, { at: 'customer', total, typed: longer })
  if (key === 'cancel') return goHome(draft)
  if (key !== 'enter') return
  if (typed === '') return askQuote(draft, { total })
  if (normaliseMobile(typed) === undefined) return enter(draft, { ...desk, trouble: words.noMobile })
  askQuote(draft, { total, credential: { kind: 'phone', value: typed } })
}

/** Each question has a number of its own: the lane gives up the quote before, and what was held for it. */
export function askQuote(draft: Draft, { total, credential }: Omit<Basket, 'id'>) {
  const transaction = begin(draft)
  const basket: Basket = {
    id: `${transaction.batch}/${transaction.trace}/${transaction.local}`,
    total,
    ...(credential ? { credential } : {}),
  }
  enter(draft, { at: 'quoting', basket, transaction })
  const { operator } = draft.state
  ask(draft, requests.quoteOf(transaction, { total, ...(credential ? { credential } : {}), ...(operator ? { operator } : {}) }))
}

export function quoted(draft: Draft, desk: At<'quoting'>, message: IsoMessage | undefined) {
  const { basket, transaction } = desk
  const answer = message && readAnswer(message)
  if (answer?.code === '00') {
    const quote = quoteOf(basket, answer)
    showPayable(draft, quote)
    const trouble = answer.reason ? { trouble: reasonOf(answer) } : {}
    return enter(draft, { at: 'quoted', basket, transaction, quote, ...trouble })
  }
  if (answer && isFinal(answer.code))
    return enter(draft, { at: 'notice', title: words.notSold, text: reasonOf(answer), back: 'home' })
  enter(draft, { at: 'alone', basket, alone: { why: 'no-quote' }, reason: reasonOf(answer) })
}

function quoteOf(basket: Basket, answer: Quote['answer']): Quote {
  const { amount = basket.total, discount = 0, redeemed = 0, effects } = answer
  const discounts = effects.flatMap(({ kind, amount, ruleid }) => (kind === 'discount' ? [{ amount, ruleid }] : []))
  return { total: basket.total, discount, redeemed, payable: amount, discounts, answer }
}

function showPayable(draft: Draft, { payable }: Quote) {
  const shown = draft.setup.moneyShown === 'toman' ? `${Math.floor(payable / 10)} T` : `${payable} R`
  draft.effects.push({ kind: 'display', lines: ['To pay', shown.padStart(20)] })
}

export function quotedKey(draft: Draft, desk: At<'quoted'>, key: Key) {
  const { basket, transaction, quote } = desk
  if (key === 'cancel') return giveUp(draft, desk)
  if (key === 'credit') {
    if (creditLeft(quote) > 0) enter(draft, { at: 'credit', basket, transaction, quote, typed: '' })
    return
  }
  const tender = tenderOf(key)
  if (tender) pay(draft, desk, tender)
}

/** 1 is cash; 2, and the green key, a card. */
const tenderOf = (key: Key) => (key === '1' ? 'cash' : key === '2' || key === 'enter' ? 'card' : undefined)

/** What of the member's credit could pay a part of this sale, rials. */
export function creditLeft({ answer, payable, redeemed }: Quote): number {
  const available = answer.balances.find(({ unit, kind }) => unit === 'credit' && kind === 'available')?.amount ?? 0
  return Math.max(0, Math.min(available, payable + redeemed))
}

/** The customer goes: what was held is given back at once, and by itself should the box not hear of it. */
function giveUp(draft: Draft, { transaction, quote }: At<'quoted'>) {
  if (quote.redeemed > 0) ask(draft, requests.holdOf(transaction, 0))
  goHome(draft)
}

export function creditKey(draft: Draft, desk: At<'credit'>, key: Key) {
  const { basket, transaction, quote, typed } = desk
  const longer = amountWith(typed, key, draft.setup)
  if (longer !== undefined) return enter(draft, { at: 'credit', basket, transaction, quote, typed: longer })
  if (key === 'cancel') return enter(draft, { at: 'quoted', basket, transaction, quote })
  if (key !== 'enter') return
  const most = creditLeft(quote)
  const amount = typed === '' ? most : rialsOf(typed, draft.setup)
  if (amount > most) return enter(draft, { ...desk, trouble: words.notSoMuchCredit })
  enter(draft, { at: 'holding', basket, transaction, quote })
  ask(draft, requests.holdOf(transaction, amount))
}

export function held(draft: Draft, desk: At<'holding'>, message: IsoMessage | undefined) {
  const { basket, transaction, quote } = desk
  // Nobody knows what is held now: a new question gives it back.
  if (!message || !isFinal(codeOf(message))) return askQuote(draft, basket)
  const answer = readAnswer(message)
  if (answer.code !== '00') return enter(draft, { at: 'quoted', basket, transaction, quote, trouble: reasonOf(answer) })
  const { member = quote.answer.member, balances } = answer
  const standing = { ...answer, balances: balances.length > 0 ? balances : quote.answer.balances }
  const next = quoteOf(basket, { ...standing, ...(member ? { member } : {}) })
  showPayable(draft, next)
  enter(draft, { at: 'quoted', basket, transaction, quote: next })
}

export function aloneKey(draft: Draft, desk: At<'alone'>, key: Key) {
  const { basket, alone } = desk
  if (key === 'cancel') return goHome(draft, said(alone))
  if (key === 'enter') return askQuote(draft, basket)
  if (key === '1' || key === '2') payAlone(draft, desk, alone.why === 'unanswered' ? alone.tender : (tenderOf(key) ?? 'card'))
}

const said = (alone: Alone) => (alone.why === 'unanswered' ? words.willBeUndone : words.notSold)
