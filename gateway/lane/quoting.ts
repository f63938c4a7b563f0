import type { Credential } from '#protocol/credentials.ts'
import { describeError } from '#protocol/errors.ts'
import { receiptTexts } from '#protocol/receipt-fields.ts'
import type { Reply } from '#protocol/reply.ts'
import { basketFault, quoteByBox, quoteIn, withRedemption } from './basket.ts'
import {
  answering,
  type Draft,
  enter,
  isBeingUndone,
  nextNumber,
  nextQuestion,
  operatorOf,
  questionOf,
  refuse,
  saleAtLane,
  seat,
  show,
  showAmounts,
  showError,
  tell,
  tellError,
} from './draft.ts'
import { holdOf } from './holds.ts'
import type { TillInput } from './inputs.ts'
import { heldAnswered, heldUnanswered, release, releaseOf } from './redeeming.ts'
import type { Customer, OpenSale, Phase, PinnedQuote, Question, Requote } from './state.ts'

/** A question's number, and whom it asks: the club, or, while that is away, the box itself. */
export const newQuestion = (draft: Draft): Pick<Question, 'number' | 'alone'> =>
  draft.state.uplink === 'offline' ? { number: nextNumber(draft), alone: true } : { number: nextQuestion(draft) }

/** Who is it, as far as the box knows? */
export function askWhoAlone(
  draft: Draft,
  phase: Extract<Phase, { at: 'presented' }> & { question: NonNullable<Extract<Phase, { at: 'presented' }>['question']> },
) {
  enter(draft, phase)
  const { number } = phase.question
  const { credential } = phase.who
  draft.effects.push({ kind: 'ask-alone', number, type: 'vafa.credential.presented.v1', data: { credential } })
}

export function askQuote(draft: Draft, sale: OpenSale, asked: Question) {
  const { number } = asked
  if (asked.alone) {
    draft.effects.push({ kind: 'ask-alone', number, type: 'vafa.sale.quoted.v1', data: saleData(draft, sale) })
    return
  }
  draft.effects.push({
    kind: 'ask',
    number,
    type: 'vafa.sale.quoted.v1',
    data: saleData(draft, sale),
    orderkey: sale.orderkey,
    device: sale.device,
    expiresMs: draft.setup.budgetMs,
  })
}

/** What a quote and a completed sale have in common. */
export function saleData(draft: Draft, { saleid, basket, member, businessdate }: OpenSale) {
  const { operator, tillreceipt, total, lines } = basket
  const shift = basket.shift ?? draft.state.cashier?.shift
  return {
    saleid,
    ...(member ? { member } : {}),
    ...operatorOf(draft, operator),
    ...(shift === undefined ? {} : { shift }),
    businessdate,
    tillreceipt,
    currency: draft.setup.currency,
    total,
    lines,
    mode: draft.setup.mode,
  }
}

/** The till opens a sale, or says a changed basket for the one that is open. */
export function open(draft: Draft, input: TillInput<'open'>) {
  const { request, fresh, device, known } = input
  const fault = basketFault(request.sale, draft.setup)
  if (fault) return refuse(draft, request.id, 'request.invalid', fault)
  if (known.is === 'booked')
    return known.sale && !known.reversal
      ? refuse(draft, request.id, 'request.invalid', 'the sale is completed: reverse it instead')
      : refuse(draft, request.id, 'sale.undone')
  if (draft.state.bookings.some(({ of, subject }) => of === 'sale' && subject === request.saleid))
    return refuse(draft, request.id, 'request.invalid', 'the sale is being completed')
  if (request.saleid !== undefined && isBeingUndone(draft, request.saleid)) return refuse(draft, request.id, 'sale.undone')
  const { phase } = draft.state
  const before = saleMeant(draft, input)
  const [shown] = input.shown
  const member = shown ?? before?.member ?? standingHere(draft, input)
  const saleid = before?.saleid ?? request.saleid ?? fresh
  const originalid = request.originalid ?? before?.originalid
  // A changed basket is a new price: what was held goes back, and the till asks again.
  releaseOf(draft, saleid)
  const sale: OpenSale = {
    saleid,
    orderkey: before?.orderkey ?? member?.token ?? saleid,
    businessdate: request.sale.businessdate ?? before?.businessdate ?? input.businessdate,
    basket: request.sale,
    ...(member ? { member } : {}),
    ...(before?.stranger && !shown ? { stranger: true } : {}),
    ...(originalid === undefined ? {} : { originalid }),
    device,
  }
  if (!member) seat(draft)
  tell(draft, { op: 'opened', re: request.id, saleid })
  if (draft.setup.receiptVia === 'own') draft.effects.push({ kind: 'warm' })
  if (draft.setup.earnOnly) return tellQuote(draft, sale, quoteByBox(sale.basket), request.id)
  const presents = before || phase.at === 'presented' ? questionOf(phase)?.presents : undefined
  const asked: Question = { ...newQuestion(draft), opened: request.id, presents: shown ? [] : (presents ?? []) }
  enter(draft, { at: 'open', sale, question: asked })
  showAmounts(draft, receiptTexts.welcome, [['total', sale.basket.total]])
  askQuote(draft, sale, asked)
}

/** Whoever has just shown a card; not whom the till itself only asked about, where it names the customer with the sale. */
export function standingHere(
  { state: { phase } }: Draft,
  { request, device }: { request: Pick<TillInput<'open'>['request'], 'named'>; device: string },
) {
  if (phase.at !== 'presented' || (request.named && phase.who.device === device)) return undefined
  return phase.who.credential
}

/** The sale at the lane that this basket is of; another one is given up. Also one from before a restart. */
function saleMeant(draft: Draft, { request, known }: TillInput<'open'>): OpenSale | undefined {
  const sale = saleAtLane(draft)
  const same =
    request.saleid === undefined ? sale?.basket.tillreceipt === request.sale.tillreceipt : sale?.saleid === request.saleid
  if (sale && same) return sale
  if (sale) abandon(draft, sale.saleid)
  return known.is === 'kept' ? known.sale : undefined
}

/** The till went on to another sale without a word about this one. */
function abandon(draft: Draft, saleid: string) {
  releaseOf(draft, saleid)
  draft.effects.push({ kind: 'forget', saleid })
  tell(draft, { op: 'cancelled', saleid })
}

/** `requote`: a question that is still on its way stays so. */
export function pin(draft: Draft, sale: OpenSale, quote: PinnedQuote, requote?: Requote) {
  enter(draft, { at: 'quoted', sale, quote, ...(requote ? { requote } : {}) })
  draft.effects.push({ kind: 'keep', sale, quote })
}

/** Pins a quote and tells it, with what the club says besides. */
export function tellQuote(
  draft: Draft,
  sale: OpenSale,
  quote: PinnedQuote,
  re: string | undefined,
  { requote, ...also }: Pick<Reply, 'member' | 'balances' | 'error'> & { requote?: Requote | undefined } = {},
) {
  pin(draft, sale, quote, requote)
  const { total, discount, redemption, payable, effects, prompts, offers, decidedBy } = quote
  const { saleid } = sale
  const redeemed = redemption ? { redeemed: redemption.amount } : {}
  const free = offers ? { offers } : {}
  tell(draft, {
    op: 'quote',
    ...answering(re),
    saleid,
    total,
    discount,
    ...redeemed,
    payable,
    effects,
    prompts,
    ...free,
    ...also,
    decidedBy,
  })
  if (discount === 0 && !redemption) return showAmounts(draft, receiptTexts.welcome, [['payable', payable]])
  showAmounts(draft, receiptTexts.welcome, [
    ['total', total],
    ...(discount > 0 ? ([['discount', discount]] as const) : []),
    ...(redemption ? ([['credit-redeemed', redemption.amount]] as const) : []),
    ['payable', payable],
  ])
}

/** The club answered a question of this lane; one that nobody waits for any more changes nothing. */
export function answered(draft: Draft, number: number, reply: Reply) {
  if (heldAnswered(draft, number, reply)) return
  const { phase } = draft.state
  const accepted = reply.status === 'accepted'
  const error = reply.error ?? describeError('club.failed')
  if (phase.at === 'presented' && phase.question?.number === number) {
    const { question: asked, ...stays } = phase
    // A card that is nobody's keeps no other one away.
    enter(draft, accepted ? stays : { ...stays, together: false })
    if (!accepted) {
      for (const re of hearersOf(asked)) tellError(draft, re, error)
      return showError(draft, error)
    }
    for (const re of hearersOf(asked)) tellMember(draft, reply, re)
    seat(draft, customerIn(reply, stays.who.credential))
    return show(draft, { ...(reply.display ? { display: reply.display } : {}), prompts: reply.prompts })
  }
  const asked = phase.at === 'open' ? phase.question : phase.at === 'quoted' ? phase.requote : undefined
  if ((phase.at !== 'open' && phase.at !== 'quoted') || asked?.number !== number) return
  const quote = quoteIn(reply, phase.sale.basket)
  if (!quote) {
    for (const re of hearersOf(asked)) tellError(draft, re, error)
    return unquoted(draft)
  }
  if (reply.member || asksWho(asked))
    for (const re of hearersOf(asked))
      if (reply.member || !reply.error) tellMember(draft, reply, re)
      else tellError(draft, re, reply.error)
  show(draft, { prompts: quote.prompts })
  const { member, balances } = reply
  seat(draft, phase.sale.member && customerIn(reply, phase.sale.member))
  const sale: OpenSale = member || !reply.error ? phase.sale : { ...phase.sale, stranger: true }
  tellQuote(draft, sale, withHeld(draft, phase.sale, quote), asked.opened, {
    ...(member ? { member } : {}),
    ...(balances ? { balances } : {}),
    ...(reply.error ? { error: reply.error } : {}),
  })
  if (reply.display) show(draft, { display: reply.display, prompts: quote.prompts })
}

const customerIn = (reply: Reply, credential: Credential): Customer | undefined =>
  reply.member && {
    credential,
    member: reply.member,
    balances: reply.balances ?? [],
    decidedBy: reply.decidedBy,
    ...(reply.offers ? { offers: reply.offers } : {}),
    ...(reply.account ? { account: reply.account } : {}),
  }

/** What is held for the sale stays with a new quote, where that is still so much. */
function withHeld(draft: Draft, { saleid }: OpenSale, quote: PinnedQuote): PinnedQuote {
  const hold = holdOf(draft, saleid)
  if (hold?.stage !== 'held') return quote
  const { phase } = draft.state
  const before = phase.at === 'quoted' ? phase.quote.redemption : undefined
  if (before && before.amount <= quote.payable) return withRedemption(quote, before)
  release(draft, hold)
  return quote
}

/** Whether somebody showed a card and wants to know who it is; a till's `open` by itself wants the quote only. */
const asksWho = ({ opened, presents }: Question): boolean => opened === undefined || presents.length > 0

/** Which `present`s hear who it is; where a reader's tap asked, the lane speaks by itself. */
const hearersOf = ({ presents }: Question): readonly (string | undefined)[] => (presents.length > 0 ? presents : [undefined])

function tellMember(draft: Draft, { member, balances = [], prompts, offers }: Reply, re: string | undefined) {
  const free = offers?.length ? { offers } : {}
  tell(draft, { op: 'member', ...answering(re), ...(member ? { member } : {}), balances, prompts, ...free })
}

/** The club did not answer in time. */
export function unanswered(draft: Draft, number: number) {
  if (heldUnanswered(draft, number)) return
  const { phase } = draft.state
  const asked = questionOf(phase)
  if (asked?.number !== number) return
  if (!asked.alone) {
    draft.effects.push({ kind: 'doubt' })
    return askAlone(draft, { ...asked, number: nextNumber(draft), alone: true })
  }
  if (phase.at === 'presented') {
    const { question: _, ...stays } = phase
    enter(draft, stays)
    showError(draft, describeError('club.unavailable'))
  }
  if (asksWho(asked)) for (const re of hearersOf(asked)) refuse(draft, re, 'club.unavailable')
  if (phase.at === 'open' || phase.at === 'quoted') unquoted(draft)
}

/** The club did not answer: the box asks itself. */
function askAlone(draft: Draft, asked: Question & { alone: true }) {
  const { phase } = draft.state
  if (phase.at === 'presented') return askWhoAlone(draft, { ...phase, question: asked })
  if (phase.at !== 'open' && phase.at !== 'quoted') return
  askQuote(draft, phase.sale, asked)
  if (phase.at === 'open') return enter(draft, { ...phase, question: asked })
  if (phase.requote) enter(draft, { ...phase, requote: { ...phase.requote, ...asked } })
}

/** No quote from the club: the box quotes the price as it is, or the till keeps what it has. */
function unquoted(draft: Draft) {
  const { phase } = draft.state
  if (phase.at === 'open') return tellQuote(draft, phase.sale, quoteByBox(phase.sale.basket), phase.question.opened)
  if (phase.at !== 'quoted') return
  if (phase.requote?.onFailure === 'drop the quote' && phase.quote.discount > 0)
    return tellQuote(draft, phase.sale, quoteByBox(phase.sale.basket), undefined)
  pin(draft, phase.sale, phase.quote)
}
