import { describeError, type ErrorKey, type ReplyError } from '#protocol/errors.ts'
import type { TillResponse } from '#protocol/lane.ts'
import { type ReceiptField, receiptFields } from '#protocol/receipt-fields.ts'
import type { Localised } from '#protocol/text.ts'
import type { LabelledValue } from '#protocol/values.ts'
import type { LaneEffect } from './inputs.ts'
import type { Booking, Customer, LaneSetup, LaneState, OpenSale, Phase, Shown } from './state.ts'
import { bookingMoves, checkStage } from './transitions.ts'

/** One step while it is worked out: it begins as the old state and ends as the new one. */
export interface Draft {
  readonly setup: LaneSetup
  state: LaneState
  readonly effects: LaneEffect[]
}

/** The timer of a phase that does not last by itself. */
function lasts({ at }: Phase, { timeouts }: LaneSetup): { timer: 'rest' | 'sale'; ms: number } | undefined {
  if (at === 'presented') return { timer: 'rest', ms: timeouts.presentedMs }
  if (at === 'completed' || at === 'cancelled') return { timer: 'rest', ms: timeouts.outcomeMs }
  return at === 'open' || at === 'quoted' ? { timer: 'sale', ms: timeouts.saleMs } : undefined
}

/** Changes the phase; those that do not last get their timer, and an open question of the old one is dropped. */
export function enter(draft: Draft, phase: Phase) {
  const before = draft.state.phase
  const question = questionOf(before)
  if (question && questionOf(phase)?.number !== question.number)
    draft.effects.push({ kind: 'cancel-timer', timer: `question:${question.number}` })
  const [was, is] = [lasts(before, draft.setup), lasts(phase, draft.setup)]
  if (was && was.timer !== is?.timer) draft.effects.push({ kind: 'cancel-timer', timer: was.timer })
  if (is) draft.effects.push({ kind: 'timer', ...is })
  draft.state = { ...draft.state, phase }
  if (phase.at === 'idle' || phase.at === 'cancelled') seat(draft)
}

export function questionOf(phase: Phase) {
  if (phase.at === 'presented' || phase.at === 'open') return phase.question
  return phase.at === 'quoted' ? phase.requote : undefined
}

/** The sale that stands at the lane and is not paid. */
export const saleAtLane = ({ state: { phase } }: Draft): OpenSale | undefined =>
  phase.at === 'open' || phase.at === 'quoted' ? phase.sale : undefined

/** The next number for a question that is answered at once. */
export function nextNumber(draft: Draft): number {
  const number = draft.state.questions + 1
  draft.state = { ...draft.state, questions: number }
  return number
}

/** The next number for a question to the club, with its time-out running. */
export function nextQuestion(draft: Draft): number {
  const number = nextNumber(draft)
  draft.effects.push({ kind: 'timer', timer: `question:${number}`, ms: draft.setup.budgetMs })
  return number
}

/** Who did it: whom the till names, else whoever has signed on. */
export const operatorOf = ({ state }: Draft, named: string | undefined): { operator?: string } => {
  const operator = named ?? state.cashier?.operator
  return operator === undefined ? {} : { operator }
}

export const tell = (draft: Draft, response: TillResponse) => {
  draft.effects.push({ kind: 'tell', response })
}

/** The field that says which of the till's requests is answered; nothing where the lane speaks first. */
export const answering = (re: string | undefined): { re?: string } => (re === undefined ? {} : { re })

export function tellError(draft: Draft, re: string | undefined, error: ReplyError) {
  tell(draft, { op: 'error', ...answering(re), error })
}

export const refuse = (draft: Draft, re: string | undefined, key: ErrorKey, reason?: string) =>
  tellError(draft, re, describeError(key, reason))

export function show(draft: Draft, shown: Shown) {
  draft.state = { ...draft.state, shown }
}

export const showError = (draft: Draft, error: ReplyError) =>
  show(draft, {
    display: { title: error.title, rows: [] },
    prompts: [{ audience: 'operator', text: error.detail, ruleid: 'box' }],
    error,
  })

/** Who it is that stands here, by what the club or the box answered; nobody known where it is left out. */
export function seat(draft: Draft, customer?: Customer) {
  const { customer: _, ...state } = draft.state
  draft.state = customer ? { ...state, customer } : state
}

/** A display with amounts of the lane's own making. */
export function showAmounts(draft: Draft, title: Localised, amounts: readonly (readonly [ReceiptField, number])[]) {
  const { currency, moneyShown } = draft.setup
  const rows = amounts.map(
    ([field, amount]): LabelledValue => ({
      field,
      label: receiptFields[field],
      value: { kind: 'money', amount, currency, shown: moneyShown },
    }),
  )
  show(draft, { display: { title, rows }, prompts: draft.state.shown.prompts })
}

export const bookingOf = (draft: Draft, ref: string): Booking | undefined => draft.state.bookings.find((b) => b.ref === ref)

/** Its reversal is on its way, to the disk or to the club: nothing may begin anew under its id. */
export const isBeingUndone = (draft: Draft, saleid: string): boolean => bookingOf(draft, `reversal:${saleid}`) !== undefined

export function putBooking(draft: Draft, booking: Booking) {
  checkStage(bookingMoves, bookingOf(draft, booking.ref)?.stage, booking.stage)
  const others = draft.state.bookings.filter((b) => b.ref !== booking.ref)
  draft.state = { ...draft.state, bookings: [...others, booking] }
}

export function dropBooking(draft: Draft, ref: string) {
  checkStage(bookingMoves, bookingOf(draft, ref)?.stage, 'over')
  draft.state = { ...draft.state, bookings: draft.state.bookings.filter((b) => b.ref !== ref) }
}
