import type { Credential } from '#protocol/credentials.ts'
import { describeError } from '#protocol/errors.ts'
import { receiptTexts } from '#protocol/receipt-fields.ts'
import type { Reply } from '#protocol/reply.ts'
import { basketFault, quoteByBox, quoteByClub } from './basket.ts'
import { answering, type Draft, enter, questionOf, refuse, show, showAmounts, showError, tell, tellError } from './draft.ts'
import type { LaneInput } from './inputs.ts'
import type { OpenSale, PinnedQuote, Presented, Question } from './state.ts'

type TillInput = Extract<LaneInput, { kind: 'till' }>

/** The next number for a question, with its time-out running. */
function question(draft: Draft, waiting: Omit<Question, 'number'>): Question {
  const number = draft.state.questions + 1
  draft.state = { ...draft.state, questions: number }
  draft.effects.push({ kind: 'timer', timer: `question:${number}`, ms: draft.setup.budgetMs })
  return { number, ...waiting }
}

const listOf = (re: string | undefined): readonly string[] => (re === undefined ? [] : [re])

/** A card, a code or a phone was shown: who is it, or, with a sale open, what does the basket get now? */
export function present(draft: Draft, who: Presented, re: string | undefined) {
  const { phase } = draft.state
  if (phase.at === 'open' || phase.at === 'quoted') return presentInSale(draft, phase, who.credential, re)
  if (draft.state.uplink === 'offline') {
    enter(draft, { at: 'presented', who })
    refuse(draft, re, 'club.unavailable')
    return showError(draft, describeError('club.unavailable'))
  }
  const asked = question(draft, { presents: listOf(re) })
  enter(draft, { at: 'presented', who, question: asked })
  draft.effects.push({
    kind: 'ask',
    number: asked.number,
    type: 'vafa.credential.presented.v1',
    data: { credential: who.credential },
    orderkey: who.credential.token ?? draft.setup.lane,
    device: who.device,
    expiresMs: draft.setup.budgetMs,
  })
}

function presentInSale(
  draft: Draft,
  phase: Extract<Draft['state']['phase'], { at: 'open' | 'quoted' }>,
  credential: Credential,
  re: string | undefined,
) {
  const same = phase.sale.member?.token !== undefined && phase.sale.member.token === credential.token
  const sale = { ...phase.sale, member: credential }
  if (draft.setup.earnOnly || draft.state.uplink === 'offline') {
    if (draft.setup.earnOnly) tell(draft, { op: 'member', ...answering(re), balances: [], prompts: [] })
    else refuse(draft, re, 'club.unavailable')
    const quote = phase.at === 'quoted' ? phase.quote : quoteByBox(sale.basket)
    return same || quote.discount === 0 ? pin(draft, sale, quote) : tellQuote(draft, sale, quoteByBox(sale.basket), undefined)
  }
  // Whoever waits for the question that this one replaces is answered by this one, but for another card's `present`s.
  const { opened, presents = [] } = questionOf(phase) ?? {}
  const asked = question(draft, {
    ...(opened === undefined ? {} : { opened }),
    presents: [...(same ? presents : []), ...listOf(re)],
  })
  askQuote(draft, sale, asked)
  if (phase.at === 'open') return enter(draft, { at: 'open', sale, question: asked })
  const onFailure = same ? 'keep the quote' : 'drop the quote'
  enter(draft, { at: 'quoted', sale, quote: phase.quote, requote: { ...asked, onFailure } })
}

function askQuote(draft: Draft, sale: OpenSale, asked: Question) {
  draft.effects.push({
    kind: 'ask',
    number: asked.number,
    type: 'vafa.sale.quoted.v1',
    data: saleData(draft, sale),
    orderkey: sale.orderkey,
    device: sale.device,
    expiresMs: draft.setup.budgetMs,
  })
}

/** What a quote and a completed sale have in common. */
export function saleData(draft: Draft, { saleid, basket, member, businessdate }: OpenSale) {
  const { operator, shift, tillreceipt, total, lines } = basket
  return {
    saleid,
    ...(member ? { member } : {}),
    ...(operator === undefined ? {} : { operator }),
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
export function open(draft: Draft, input: TillInput & { request: { op: 'open' } }) {
  const { request, fresh, device, businessdate } = input
  const fault = basketFault(request.sale, draft.setup)
  if (fault) return refuse(draft, request.id, 'request.invalid', fault)
  const { phase } = draft.state
  let before: OpenSale | undefined
  if (phase.at === 'open' || phase.at === 'quoted') {
    if (phase.sale.basket.tillreceipt === request.sale.tillreceipt) before = phase.sale
    else abandon(draft, phase.sale.saleid)
  }
  const member = before?.member ?? (phase.at === 'presented' ? phase.who.credential : undefined)
  const saleid = before?.saleid ?? fresh
  const sale: OpenSale = {
    saleid,
    orderkey: before?.orderkey ?? member?.token ?? saleid,
    businessdate: before?.businessdate ?? businessdate,
    basket: request.sale,
    ...(member ? { member } : {}),
    device,
  }
  tell(draft, { op: 'opened', re: request.id, saleid })
  if (draft.setup.receiptVia === 'own') draft.effects.push({ kind: 'warm' })
  if (draft.setup.earnOnly || draft.state.uplink === 'offline') return tellQuote(draft, sale, quoteByBox(sale.basket), request.id)
  const presents = before || phase.at === 'presented' ? questionOf(phase)?.presents : undefined
  const asked = question(draft, { opened: request.id, presents: presents ?? [] })
  enter(draft, { at: 'open', sale, question: asked })
  showAmounts(draft, receiptTexts.welcome, [['total', sale.basket.total]])
  askQuote(draft, sale, asked)
}

/** The till went on to another sale without a word about this one. */
function abandon(draft: Draft, saleid: string) {
  draft.effects.push({ kind: 'forget', saleid })
  tell(draft, { op: 'cancelled', saleid })
}

function pin(draft: Draft, sale: OpenSale, quote: PinnedQuote) {
  enter(draft, { at: 'quoted', sale, quote })
  draft.effects.push({ kind: 'keep', sale, quote })
}

function tellQuote(draft: Draft, sale: OpenSale, quote: PinnedQuote, re: string | undefined) {
  pin(draft, sale, quote)
  const { total, discount, payable, effects, prompts, decidedBy } = quote
  const { saleid } = sale
  tell(draft, { op: 'quote', ...answering(re), saleid, total, discount, payable, effects, prompts, decidedBy })
  if (discount === 0) showAmounts(draft, receiptTexts.welcome, [['payable', payable]])
  else
    showAmounts(draft, receiptTexts.welcome, [
      ['total', total],
      ['discount', discount],
      ['payable', payable],
    ])
}

/** The club answered a question of this lane; one that nobody waits for any more changes nothing. */
export function answered(draft: Draft, number: number, reply: Reply) {
  const { phase } = draft.state
  const accepted = reply.status === 'accepted'
  const error = reply.error ?? describeError('club.failed')
  if (phase.at === 'presented' && phase.question?.number === number) {
    enter(draft, { at: 'presented', who: phase.who })
    if (!accepted) {
      for (const re of hearersOf(phase.question)) tellError(draft, re, error)
      return showError(draft, error)
    }
    for (const re of hearersOf(phase.question)) tellMember(draft, reply, re)
    return show(draft, { ...(reply.display ? { display: reply.display } : {}), prompts: reply.prompts })
  }
  const asked = phase.at === 'open' ? phase.question : phase.at === 'quoted' ? phase.requote : undefined
  if ((phase.at !== 'open' && phase.at !== 'quoted') || asked?.number !== number) return
  const quote = quoteByClub(reply, phase.sale.basket)
  if (!quote) {
    for (const re of hearersOf(asked)) tellError(draft, re, error)
    return unquoted(draft)
  }
  if (reply.member || asksWho(asked))
    for (const re of hearersOf(asked))
      if (reply.member || !reply.error) tellMember(draft, reply, re)
      else tellError(draft, re, reply.error)
  show(draft, { prompts: quote.prompts })
  tellQuote(draft, phase.sale, quote, asked.opened)
  if (reply.display) show(draft, { display: reply.display, prompts: quote.prompts })
}

/** Whether somebody showed a card and wants to know who it is; a till's `open` by itself wants the quote only. */
const asksWho = ({ opened, presents }: Question): boolean => opened === undefined || presents.length > 0

/** Which `present`s hear who it is; where a reader's tap asked, the lane speaks by itself. */
const hearersOf = ({ presents }: Question): readonly (string | undefined)[] => (presents.length > 0 ? presents : [undefined])

function tellMember(draft: Draft, { member, balances = [], prompts }: Reply, re: string | undefined) {
  tell(draft, { op: 'member', ...answering(re), ...(member ? { member } : {}), balances, prompts })
}

/** The club did not answer in time. */
export function unanswered(draft: Draft, number: number) {
  const { phase } = draft.state
  const asked = questionOf(phase)
  if (asked?.number !== number) return
  draft.effects.push({ kind: 'doubt' })
  if (phase.at === 'presented') {
    enter(draft, { at: 'presented', who: phase.who })
    showError(draft, describeError('club.unavailable'))
  }
  if (asksWho(asked)) for (const re of hearersOf(asked)) refuse(draft, re, 'club.unavailable')
  if (phase.at === 'open' || phase.at === 'quoted') unquoted(draft)
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

/** Someone has just signed up: ask again for whoever stands here. */
export function askAgain(draft: Draft) {
  const { phase } = draft.state
  if (phase.at === 'presented') present(draft, phase.who, undefined)
  else if ((phase.at === 'open' || phase.at === 'quoted') && phase.sale.member)
    present(draft, { credential: phase.sale.member, device: phase.sale.device }, undefined)
}
