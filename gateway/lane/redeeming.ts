import { describeError, type ErrorKey } from '#protocol/errors.ts'
import type { Reply } from '#protocol/reply.ts'
import { withRedemption } from './basket.ts'
import { type Draft, nextQuestion, refuse, show, showError, tellError } from './draft.ts'
import { dropHold, holdById, holdOf, holdTimer, putHold } from './holds.ts'
import type { Intent, LaneInput, TillInput } from './inputs.ts'
import { pin, tellQuote } from './quoting.ts'
import type { Hold } from './state.ts'

/** A fact that gives credit back and finds the disk full is tried again after this long. */
const againMs = 5_000

/** Pay so much of the sale from the credit of its member; or give back what is held. */
export function redeem(draft: Draft, input: TillInput<'redeem'>) {
  const { request, fresh } = input
  const { id, saleid } = request
  const { phase } = draft.state
  if (phase.at !== 'quoted' || phase.sale.saleid !== saleid)
    return refuse(draft, id, 'sale.unknown', 'credit is taken off the sale that stands quoted at this lane')
  const { sale, quote, requote } = phase
  const hold = holdOf(draft, saleid)
  if (request.amount === 0) {
    if (hold) release(draft, hold)
    return tellQuote(draft, sale, withRedemption(quote, undefined), id, { requote })
  }
  if (draft.setup.mode === 'training') return refuse(draft, id, 'sale.training', 'a training lane holds nobody’s credit')
  if (draft.setup.earnOnly) return refuse(draft, id, 'request.invalid', 'this lane only earns')
  if (!sale.member) return refuse(draft, id, 'request.invalid', 'present the card whose credit it is first')
  const { most = Number.MAX_SAFE_INTEGER } = input
  const whole = request.capture !== 'up-to'
  const due = quote.total - quote.discount
  const amount = whole ? request.amount : Math.min(request.amount, due, most)
  if (amount > due) return refuse(draft, id, 'request.invalid', `only ${due} is to be paid`)
  if (amount > most || amount === 0)
    return refuse(draft, id, 'redemption.refused', `the programme lets ${most} of this sale be paid from credit`)

  if (hold && hold.stage !== 'held') {
    if (hold.amount !== amount) return refuse(draft, id, 'request.invalid', `the lane is asking for ${hold.amount} already`)
    const waiting = hold.waiting.includes(id) ? hold.waiting : [...hold.waiting, id]
    return putHold(draft, { ...hold, waiting })
  }
  // Less than is held needs no question: the club gives back what the sale does not take.
  if (hold && amount <= hold.amount)
    return tellQuote(draft, sale, withRedemption(quote, { redemptionid: hold.redemptionid, amount }), id, { requote })
  const wanted: Hold = {
    redemptionid: fresh,
    saleid,
    orderkey: sale.orderkey,
    device: input.device,
    member: sale.member,
    amount,
    capture: request.capture ?? 'whole',
    waiting: [id],
    stage: 'queued',
    ...(draft.state.uplink === 'offline' ? { alone: true as const } : {}),
  }
  if (hold) {
    release(draft, hold)
    pin(draft, sale, withRedemption(quote, undefined), requote)
  }
  putHold(draft, wanted)
  intendNext(draft, saleid)
}

/** The intent goes to disk once nothing older of the sale is on its way back: the club would still count it. */
function intendNext(draft: Draft, saleid: string) {
  const ofSale = draft.state.holds.filter((hold) => hold.saleid === saleid)
  const next = ofSale.find(({ stage }) => stage === 'queued')
  if (!next || ofSale.some(({ stage }) => stage === 'dropping' || stage === 'unwanted')) return
  putHold(draft, { ...next, stage: 'intending' })
  draft.effects.push({ kind: 'intend', intent: intentOf(next) })
}

const intentOf = ({ redemptionid, saleid, orderkey, device, member, amount, capture, alone }: Hold): Intent => ({
  ...(alone ? { alone } : {}),
  redemptionid,
  saleid,
  orderkey,
  device,
  member,
  amount,
  capture,
})

/** The intent is on disk: only now the club is asked. Where the box holds the credit itself, it does so now: `held`. */
export function intended(draft: Draft, redemptionid: string, held: number | undefined) {
  const hold = holdById(draft, redemptionid)
  if (!hold) return draft.effects.push({ kind: 'forget-intent', redemptionid })
  if (hold.stage === 'unwanted') return forget(draft, hold)
  if (hold.stage !== 'intending') return
  if (hold.alone) return held === undefined ? forget(draft, hold) : nowHeld(draft, hold, held, {})
  const number = nextQuestion(draft)
  putHold(draft, { ...hold, stage: 'asking', number })
  const { member, amount, capture, saleid, orderkey, device } = hold
  draft.effects.push({
    kind: 'ask',
    number,
    type: 'vafa.redemption.reserved.v1',
    data: { redemptionid, saleid, member, amount, currency: draft.setup.currency, capture },
    orderkey,
    device,
    expiresMs: draft.setup.budgetMs,
  })
}

export function notIntended(draft: Draft, { redemptionid, key, reason }: Extract<LaneInput, { kind: 'not-intended' }>) {
  const hold = holdById(draft, redemptionid)
  if (hold?.stage !== 'intending' && hold?.stage !== 'unwanted') return
  dropHold(draft, redemptionid)
  for (const re of hold.waiting) refuse(draft, re, key, reason)
  intendNext(draft, hold.saleid)
}

const askingBy = ({ state }: Draft, number: number): Hold | undefined =>
  state.holds.find((hold) => hold.stage === 'asking' && hold.number === number)

/** The club's answer to a hold; false where the question was another one. */
export function heldAnswered(draft: Draft, number: number, reply: Reply): boolean {
  const hold = askingBy(draft, number)
  if (!hold) return false
  const { redemptionid, saleid, waiting } = hold
  const { phase } = draft.state
  const amount = reply.status === 'accepted' && reply.hold?.redemptionid === redemptionid ? reply.hold.amount : undefined
  if (amount === undefined || phase.at !== 'quoted' || phase.sale.saleid !== saleid) {
    const error = reply.error ?? describeError('club.failed')
    // Declined means that nothing is held; after anything else nobody knows.
    if (reply.status === 'declined') forget(draft, hold)
    else release(draft, { ...hold, waiting: [] })
    for (const re of waiting) tellError(draft, re, error)
    showError(draft, error)
    return true
  }
  nowHeld(draft, hold, amount, reply)
  return true
}

/** So much is held for the sale at the lane: its price is that much lower. */
function nowHeld(draft: Draft, hold: Hold, amount: number, { member, balances }: Pick<Reply, 'member' | 'balances'>) {
  const { redemptionid, saleid, waiting } = hold
  const { phase } = draft.state
  const held: Hold = { ...hold, stage: 'held', amount, waiting: [] }
  if (phase.at !== 'quoted' || phase.sale.saleid !== saleid) {
    release(draft, held)
    for (const re of waiting) refuse(draft, re, 'request.expired', 'the lane went on before the credit was held')
    return
  }
  const { sale, quote, requote } = phase
  if (amount > quote.total - quote.discount) {
    release(draft, held)
    for (const re of waiting) refuse(draft, re, 'redemption.refused', 'the price has changed meanwhile')
    return
  }
  putHold(draft, held)
  draft.effects.push({ kind: 'timer', timer: holdTimer(held), ms: draft.setup.timeouts.redemptionMs })
  const lower = withRedemption(quote, { redemptionid, amount })
  for (const re of waiting)
    tellQuote(draft, sale, lower, re, { ...(member ? { member } : {}), ...(balances ? { balances } : {}), requote })
}

/** The club did not answer in time: whether it holds anything nobody knows, so what it may hold is given back. */
export function heldUnanswered(draft: Draft, number: number): boolean {
  const hold = askingBy(draft, number)
  if (!hold) return false
  draft.effects.push({ kind: 'doubt' })
  release(draft, { ...hold, waiting: [] })
  for (const re of hold.waiting) refuse(draft, re, 'redemption.offline')
  showError(draft, describeError('redemption.offline'))
  return true
}

/** Nothing was held: the intent is forgotten. */
function forget(draft: Draft, { redemptionid, saleid, alone }: Hold) {
  dropHold(draft, redemptionid)
  draft.effects.push({ kind: 'forget-intent', redemptionid, ...(alone ? { alone: saleid } : {}) })
  intendNext(draft, saleid)
}

/** Gives back what is held, or may be. Whoever waits for it hears that the lane went on. */
export function release(draft: Draft, hold: Hold, key: ErrorKey = 'request.expired') {
  const { redemptionid, stage, waiting, number } = hold
  for (const re of waiting) refuse(draft, re, key, 'the lane went on before the credit was held')
  const ended = { ...hold, waiting: [] }
  if (stage === 'queued') return dropHold(draft, redemptionid)
  if (stage === 'intending') return putHold(draft, { ...ended, stage: 'unwanted' })
  if (stage !== 'asking' && stage !== 'held') return
  if (number !== undefined && stage === 'asking') draft.effects.push({ kind: 'cancel-timer', timer: `question:${number}` })
  if (stage === 'held') draft.effects.push({ kind: 'cancel-timer', timer: holdTimer(hold) })
  // The club never knew of it.
  if (hold.alone) return forget(draft, ended)
  putHold(draft, { ...ended, stage: 'dropping' })
  commitVoid(draft, hold)
}

/** As `release`, for whatever a sale holds. */
export function releaseOf(draft: Draft, saleid: string) {
  for (const hold of draft.state.holds) if (hold.saleid === saleid) release(draft, hold)
}

function commitVoid(draft: Draft, { redemptionid, orderkey, device }: Hold) {
  draft.effects.push({
    kind: 'commit',
    ref: `void:${redemptionid}`,
    type: 'vafa.redemption.voided.v1',
    data: { redemptionid },
    orderkey,
    device,
    subject: redemptionid,
  })
}

/** The fact that gives credit back is on disk: from here on the outbox sees to it. */
export function voided(draft: Draft, redemptionid: string) {
  const hold = holdById(draft, redemptionid)
  if (hold?.stage === 'dropping') forget(draft, hold)
}

export function notVoided(draft: Draft, redemptionid: string) {
  if (holdById(draft, redemptionid)?.stage !== 'dropping') return
  draft.effects.push({ kind: 'timer', timer: holdTimer({ redemptionid }), ms: againMs })
}

/** A hold has stood long enough; or one that could not be given back is tried again. */
export function holdOverdue(draft: Draft, redemptionid: string) {
  const hold = holdById(draft, redemptionid)
  if (hold?.stage === 'dropping') return commitVoid(draft, hold)
  if (hold?.stage !== 'held') return
  release(draft, hold)
  const { phase } = draft.state
  if (phase.at !== 'quoted' || phase.sale.saleid !== hold.saleid) return
  tellQuote(draft, phase.sale, withRedemption(phase.quote, undefined), undefined, { requote: phase.requote })
  show(draft, { ...draft.state.shown, prompts: [...draft.state.shown.prompts, givenBack] })
}

const givenBack = {
  audience: 'operator' as const,
  text: {
    fa: 'اعتباری که نگه داشته شده بود برگشت؛ همهٔ مبلغ را بگیرید.',
    en: 'The credit that was held went back: take the whole amount.',
  },
  ruleid: 'box',
}

/** The sale that takes it is on its way to disk; is there; or could not be written. */
export function spend(draft: Draft, redemptionid: string) {
  const hold = holdById(draft, redemptionid)
  if (hold?.stage !== 'held') return
  draft.effects.push({ kind: 'cancel-timer', timer: holdTimer(hold) })
  putHold(draft, { ...hold, stage: 'spending' })
}

export function spent(draft: Draft, saleid: string) {
  for (const hold of draft.state.holds) if (hold.saleid === saleid && hold.stage === 'spending') forget(draft, hold)
}

export function notSpent(draft: Draft, saleid: string) {
  for (const hold of draft.state.holds) {
    if (hold.saleid !== saleid || hold.stage !== 'spending') continue
    putHold(draft, { ...hold, stage: 'held' })
    draft.effects.push({ kind: 'timer', timer: holdTimer(hold), ms: draft.setup.timeouts.redemptionMs })
  }
}

/** After a restart: what the till was told of is still held for a while; what it was not goes back at once. */
export function recoveredHold(draft: Draft, { intent, pinned }: Extract<LaneInput, { kind: 'recovered-hold' }>) {
  const hold: Hold = { ...intent, waiting: [], stage: 'held' }
  putHold(draft, hold)
  if (!pinned) return release(draft, hold)
  draft.effects.push({ kind: 'timer', timer: holdTimer(hold), ms: draft.setup.timeouts.redemptionMs })
}
