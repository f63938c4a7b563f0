import type { Credential } from '#protocol/credentials.ts'
import { describeError } from '#protocol/errors.ts'
import { quoteByBox } from './basket.ts'
import { answering, type Draft, enter, nextNumber, nextQuestion, questionOf, refuse, seat, showError, tell } from './draft.ts'
import { holdOf } from './holds.ts'
import { askQuote, askWhoAlone, newQuestion, pin, tellQuote } from './quoting.ts'
import type { Phase, Presented, Question } from './state.ts'

/** Two cards within this long are one moment: a purse on the reader, or two readers of a lane. */
export const togetherMs = 2_000
/** So long a second card that is shown once more takes the place of the first. */
export const secondMs = 15_000

/** Whether it is the same card for sure; what only the club can verify differs at each tap. */
export const sameCredential = (one: Credential | undefined, other: Credential): boolean =>
  one !== undefined && (one.token === undefined ? one.proof === other.proof : one.token === other.token)

/** Shown again, or one that cannot be known again, of which the operator was asked before. */
const confirms = (second: Credential | undefined, shown: Credential): boolean =>
  second !== undefined && (sameCredential(second, shown) || (second.token === undefined && second.kind === shown.kind))

const listOf = (re: string | undefined): readonly string[] => (re === undefined ? [] : [re])

/** A card, a code or a phone was shown: who is it, or, with a sale open, what does the basket get now? */
export function present(draft: Draft, who: Presented, re: string | undefined) {
  const { phase } = draft.state
  // What the disk refused is over for the cashier, though the till may still complete it by its id: this is the next customer.
  const over = phase.at === 'quoted' && phase.refused && !holdOf(draft, phase.sale.saleid)
  if ((phase.at === 'open' || phase.at === 'quoted') && !over) return presentInSale(draft, phase, who.credential, re)
  const first = phase.at === 'presented' ? phase : undefined
  if (first && !sameCredential(first.who.credential, who.credential)) {
    if (first.together && !confirms(first.second, who.credential)) return askOperator(draft, first, who.credential, re)
  }
  askWho(draft, who, re)
}

/** Asks the club who it is, again too: what was asked before is dropped. */
export function askWho(draft: Draft, who: Presented, re: string | undefined) {
  const { customer } = draft.state
  if (customer && !sameCredential(customer.credential, who.credential)) seat(draft)
  draft.effects.push({ kind: 'cancel-timer', timer: 'second' }, { kind: 'timer', timer: 'together', ms: togetherMs })
  if (draft.state.uplink === 'offline') {
    const question: Question = { number: nextNumber(draft), presents: listOf(re), alone: true }
    return askWhoAlone(draft, { at: 'presented', who, together: true, question })
  }
  const number = nextQuestion(draft)
  enter(draft, { at: 'presented', who, together: true, question: { number, presents: listOf(re) } })
  draft.effects.push({
    kind: 'ask',
    number,
    type: 'vafa.credential.presented.v1',
    data: { credential: who.credential, ...(draft.setup.kind === 'kiosk' ? { detail: 'account' as const } : {}) },
    orderkey: who.credential.token ?? draft.setup.lane,
    device: who.device,
    expiresMs: draft.setup.budgetMs,
  })
}

/** Another card than the one that is bound: that one stays, and the operator is asked. */
function askOperator(
  draft: Draft,
  phase: Extract<Phase, { at: 'presented' | 'open' | 'quoted' }>,
  second: Credential,
  re: string | undefined,
  reason?: string,
) {
  draft.effects.push({ kind: 'timer', timer: 'second', ms: secondMs })
  draft.state = { ...draft.state, phase: { ...phase, second } }
  refuse(draft, re, 'card.second', reason)
  showError(draft, describeError('card.second'))
}

/** Nobody showed the second card again in time; or the moment of the first is over. */
export function forgetSecond(draft: Draft, timer: 'second' | 'together') {
  const { phase } = draft.state
  if (phase.at === 'presented' && timer === 'together') draft.state = { ...draft.state, phase: { ...phase, together: false } }
  if (timer !== 'second' || !('second' in phase)) return
  const { second: _, ...first } = phase
  draft.state = { ...draft.state, phase: first as Phase }
}

function presentInSale(
  draft: Draft,
  phase: Extract<Phase, { at: 'open' | 'quoted' }>,
  credential: Credential,
  re: string | undefined,
) {
  const { stranger, ...bound } = phase.sale
  const { member } = bound
  const same = sameCredential(member, credential)
  if (member && !same && !stranger) {
    const hold = holdOf(draft, phase.sale.saleid)
    if (hold)
      return askOperator(draft, phase, credential, re, 'credit of the first is held for this sale: redeem 0, to give it back')
    if (!confirms(phase.second, credential)) return askOperator(draft, phase, credential, re)
    draft.effects.push({ kind: 'cancel-timer', timer: 'second' })
  }
  // What proves a card is good for one presentation: the first.
  const sale = { ...bound, member: same && member ? member : credential }
  if (draft.setup.earnOnly) {
    tell(draft, { op: 'member', ...answering(re), balances: [], prompts: [] })
    return phase.at === 'quoted' ? pin(draft, sale, phase.quote) : tellQuote(draft, sale, quoteByBox(sale.basket), undefined)
  }
  // Whoever waits for the question that this one replaces is answered by this one, but for another card's `present`s.
  const { opened, presents = [] } = questionOf(phase) ?? {}
  const asked = {
    ...newQuestion(draft),
    ...(opened === undefined ? {} : { opened }),
    presents: [...(same ? presents : []), ...listOf(re)],
  }
  askQuote(draft, sale, asked)
  if (phase.at === 'open') return enter(draft, { at: 'open', sale, question: asked })
  const onFailure = same ? 'keep the quote' : 'drop the quote'
  enter(draft, { at: 'quoted', sale, quote: phase.quote, requote: { ...asked, onFailure } })
}

/** Someone has just signed up: ask again for whoever stands here. */
export function askAgain(draft: Draft) {
  const { phase } = draft.state
  if (phase.at === 'presented') askWho(draft, phase.who, undefined)
  else if ((phase.at === 'open' || phase.at === 'quoted') && phase.sale.member)
    presentInSale(draft, phase, phase.sale.member, undefined)
}
