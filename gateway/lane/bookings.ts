import { describeError, type ErrorKey } from '#protocol/errors.ts'
import type { TillResponse } from '#protocol/lane.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import type { Reply } from '#protocol/reply.ts'
import { answering, bookingOf, type Draft, dropBooking, enter, putBooking, refuse, seat, show, showError, tell } from './draft.ts'
import type { Known, LaneInput } from './inputs.ts'
import { askAgain } from './presenting.ts'
import { notSpent, notVoided, spent, voided } from './redeeming.ts'
import type { Booking, BookingKind } from './state.ts'

/** After a restart the line needs a moment: so long a receipt waits for the club before the box decides alone. */
export const recoveryMs = 5_000

/** What a result says that the box gives without the club. */
const provisional = { status: 'provisional' as const, balances: [], effects: [], prompts: [] }

/** Each request that waits hears of it; where none does (a restart came between), the lane says it once by itself. */
function tellWaiting({ waiting }: Booking, say: (re: string | undefined) => void) {
  if (waiting.length === 0) return say(undefined)
  for (const re of waiting) say(re)
}

const voidRef = 'void:'

const timerOf = (booking: Booking) => `booking:${booking.ref}`

/** The fact is on disk: now, and not before, success may be said. */
export function committed(draft: Draft, ref: string) {
  if (ref.startsWith(voidRef)) return voided(draft, ref.slice(voidRef.length))
  const booking = bookingOf(draft, ref)
  if (booking?.stage !== 'committing') return
  for (const re of booking.waiting) tell(draft, successOf(booking, re))
  if (booking.of === 'sale') {
    spent(draft, booking.subject)
    draft.effects.push({ kind: 'forget', saleid: booking.subject })
    const { phase } = draft.state
    if (phase.at === 'tendering' && phase.sale.saleid === booking.subject)
      enter(draft, { at: 'completed', saleid: booking.subject, given: 'nothing yet' })
  }
  if (draft.state.uplink === 'offline') return giveUpOnClub(draft, booking)
  putBooking(draft, { ...booking, stage: 'awaiting' })
  draft.effects.push({ kind: 'timer', timer: timerOf(booking), ms: draft.setup.budgetMs })
}

type Told = Pick<Booking, 'of' | 'subject' | 'saleid' | 'day'>

/** The sign of success, for a fact that is on disk. */
function successOf({ of, subject, saleid, day }: Told, re: string): TillResponse {
  switch (of) {
    case 'sale':
      return { op: 'completed', re, saleid: subject }
    case 'reversal':
      return { op: 'reversed', re, saleid: subject }
    case 'return':
      return { op: 'returned', re, returnid: subject, ...(saleid === undefined ? {} : { saleid }) }
    case 'claim':
      return { op: 'claimed', re, claimid: subject }
    case 'enrolment':
      return { op: 'enrolled', re, memberid: subject }
    case 'day': {
      if (!day) throw new Error(`the close ${subject} has no day`)
      return { op: 'day-closed', re, closeid: subject, ...day }
    }
  }
}

/** A repeat of a request whose fact is on its way: true where it now waits for the same answer. */
export function joinBooking(draft: Draft, ref: string, request: string): boolean {
  const booking = bookingOf(draft, ref)
  if (!booking) return false
  const { stage, waiting } = booking
  if (stage !== 'late' && !waiting.includes(request)) putBooking(draft, { ...booking, waiting: [...waiting, request] })
  if (stage !== 'committing') tell(draft, successOf(booking, request))
  if (stage === 'late') tell(draft, { op: 'result', re: request, ...saleOf(booking), ...provisional })
  return true
}

/** A repeat of a request whose fact is on disk and through: true where it is answered with what came of it. */
export function tellFiled(
  draft: Draft,
  { id, of, subject, known }: { id: string; of: BookingKind; subject: string; known: Known },
): boolean {
  if (known.is !== 'filed') return false
  const { saleid, day, reply } = known
  const told: Told = { of, subject, ...(saleid === undefined ? {} : { saleid }), ...(day ? { day } : {}) }
  tell(draft, successOf(told, id))
  tellAgain(draft, id, told, reply)
  return true
}

/** The disk refused it: nothing was taken, the till may try again. */
export function notCommitted(draft: Draft, ref: string, key: ErrorKey, reason: string) {
  if (ref.startsWith(voidRef)) return notVoided(draft, ref.slice(voidRef.length))
  const booking = bookingOf(draft, ref)
  if (booking?.stage !== 'committing') return
  dropBooking(draft, ref)
  if (booking.of === 'sale') notSpent(draft, booking.subject)
  for (const re of booking.waiting) refuse(draft, re, key, reason)
  const { phase } = draft.state
  if (phase.at === 'tendering' && phase.sale.saleid === booking.subject)
    enter(draft, { at: 'quoted', sale: phase.sale, quote: phase.quote, refused: true })
  showError(draft, describeError(key))
}

/** The lane's budget for this fact is used up. */
export function overdue(draft: Draft, ref: string) {
  const booking = bookingOf(draft, ref)
  if (booking?.stage !== 'awaiting') return
  draft.effects.push({ kind: 'doubt' })
  giveUpOnClub(draft, booking)
}

function giveUpOnClub(draft: Draft, booking: Booking) {
  const { ref, of, subject } = booking
  if (of === 'sale' || of === 'reversal') {
    putBooking(draft, { ...booking, stage: 'deciding' })
    draft.effects.push({ kind: 'decide-alone', ref, of, subject })
    return
  }
  // Only the club knows what it comes to: its slip is printed when it answers, the till goes on.
  tellWaiting(booking, (re) => tell(draft, { op: 'result', ...answering(re), ...saleOf(booking), ...provisional }))
  if (of === 'enrolment') return dropBooking(draft, ref)
  putBooking(draft, { ...booking, waiting: [], stage: 'late' })
}

/** The club's reply to a fact. One that comes after the customer was given a provisional receipt corrects the display only. */
export function replied(draft: Draft, ref: string, reply: Reply) {
  const booking = bookingOf(draft, ref)
  if (!booking) {
    const { phase } = draft.state
    if (phase.at === 'completed' && ref === `sale:${phase.saleid}` && reply.display)
      show(draft, { display: reply.display, prompts: reply.prompts })
    return
  }
  if (booking.stage === 'committing') return
  draft.effects.push({ kind: 'cancel-timer', timer: timerOf(booking) })
  dropBooking(draft, ref)
  // Of what the till was told provisionally, it hears the outcome once, without having asked.
  tellWaiting(booking, (re) => tell(draft, resultOf(re, booking, reply)))
  if (booking.of === 'enrolment') return askAgain(draft)
  handOver(draft, booking, reply.receipt, 'final')
  finish(draft, booking, 'final', reply.display, reply)
}

/** What the box decided by itself; too late where the club's reply came meanwhile. */
export function decidedAlone(draft: Draft, input: Extract<LaneInput, { kind: 'decided-alone' }>) {
  const booking = bookingOf(draft, input.ref)
  if (booking?.stage !== 'deciding') return
  const { receipt, display, effects } = input
  dropBooking(draft, booking.ref)
  tellWaiting(booking, (re) =>
    tell(draft, {
      op: 'result',
      ...answering(re),
      saleid: booking.subject,
      ...provisional,
      effects,
      ...(receipt ? { receipt } : {}),
    }),
  )
  handOver(draft, booking, receipt, 'provisional')
  finish(draft, booking, 'provisional', display)
}

/** The advice could not be written: nothing provisional is given, the receipt comes with the club's reply. */
export function notDecided(draft: Draft, ref: string, reason: string) {
  const booking = bookingOf(draft, ref)
  if (booking?.stage !== 'deciding') return
  putBooking(draft, { ...booking, stage: 'awaiting' })
  tellWaiting(booking, (re) => refuse(draft, re, 'club.unavailable', reason))
}

/** A fact of a former run whose receipt nobody was given. */
export function recovered(draft: Draft, input: Extract<LaneInput, { kind: 'recovered' }>) {
  const { kind: _, reply, ...about } = input
  const { ref, of } = about
  const booking: Booking = { ...about, waiting: [], stage: of === 'sale' || of === 'reversal' ? 'awaiting' : 'late' }
  putBooking(draft, booking)
  if (reply) return replied(draft, ref, reply)
  // Of a return, a claim and a day the box can say nothing by itself: its slip waits for the club.
  if (booking.stage === 'awaiting')
    draft.effects.push({ kind: 'timer', timer: timerOf(booking), ms: Math.max(recoveryMs, draft.setup.budgetMs) })
}

/** Says once more what was made of what is through; without the club's reply it is what the box decided. */
export function tellAgain(draft: Draft, re: string, of: Told, reply: Reply | undefined) {
  if (reply) return tell(draft, resultOf(re, of, reply))
  tell(draft, { op: 'result', re, ...saleOf(of), ...provisional })
}

/** The sale that something is about, where the till can know it. */
const saleOf = ({ of, subject, saleid }: Told): { saleid?: string } => {
  const about = of === 'sale' || of === 'reversal' ? subject : saleid
  return about === undefined ? {} : { saleid: about }
}

function resultOf(re: string | undefined, booking: Told, reply: Reply): TillResponse {
  const { status, member, balances = [], effects, prompts, receipt, error } = reply
  if (status === 'declined' || status === 'failed')
    return { op: 'error', ...answering(re), error: error ?? describeError('club.failed') }
  return {
    op: 'result',
    ...answering(re),
    ...saleOf(booking),
    status,
    ...(member ? { member } : {}),
    balances,
    effects,
    prompts,
    ...(receipt ? { receipt } : {}),
    ...(error ? { error } : {}),
  }
}

function handOver(draft: Draft, booking: Booking, receipt: ReceiptDocument | undefined, given: 'provisional' | 'final') {
  const { ref, of, subject } = booking
  if (of === 'enrolment') return
  draft.effects.push(
    receipt && draft.setup.receiptVia === 'own'
      ? { kind: 'print', ref, of, subject, receipt, given }
      : { kind: 'handed', ref, given },
  )
}

/** Shows the outcome where the customer still stands there. */
function finish(
  draft: Draft,
  booking: Booking,
  given: 'provisional' | 'final',
  display: Reply['display'],
  { prompts = [], error, member, balances }: Partial<Reply> = {},
) {
  const { phase } = draft.state
  const here = phase.at === 'completed' ? phase.saleid === booking.subject : phase.at === 'idle' || phase.at === 'cancelled'
  if (!here) return
  if (phase.at === 'completed') enter(draft, { ...phase, given })
  const { customer } = draft.state
  if (phase.at === 'completed' && customer && balances) seat(draft, { ...customer, ...(member ? { member } : {}), balances })
  if (display) show(draft, { display, prompts })
  else if (error) showError(draft, error)
}
