import { describeError } from '#protocol/errors.ts'
import { claim, closeDay, enrol, reverse, takeReturn } from './afterwards.ts'
import { committed, decidedAlone, notCommitted, notDecided, overdue, recovered, replied } from './bookings.ts'
import { cancel, rested, saleOverdue } from './cancelling.ts'
import { complete, record } from './completing.ts'
import { type Draft, questionOf, refuse, show, showError, tell } from './draft.ts'
import type { LaneEffect, LaneInput, TillInput } from './inputs.ts'
import { askAgain, forgetSecond, present } from './presenting.ts'
import { answered, open, unanswered } from './quoting.ts'
import { holdOverdue, intended, notIntended, recoveredHold, redeem } from './redeeming.ts'
import { signOff, signOn } from './signing-on.ts'
import type { LaneSetup, LaneState } from './state.ts'
import { checkMove } from './transitions.ts'

/**
 * A lane as a pure function: what happens, and what is to be done about it. The effects are done in their order. Which
 * way it can go stands in transitions.ts, and is drawn in docs/lanes.md.
 *
 * What the club says of a fact is no phase: the next customer may stand here by then. It is a booking, and goes
 * `committing → awaiting → (deciding) → through`; credit that is held is a hold.
 */
export function step(setup: LaneSetup, state: LaneState, input: LaneInput): { state: LaneState; effects: LaneEffect[] } {
  const draft: Draft = { setup, state, effects: [] }
  take(draft, input)
  checkMove(state.phase.at, input, draft.state.phase.at)
  answerDropped(draft, state)
  return { state: draft.state, effects: draft.effects }
}

/** A `present` whose question was dropped on the way (another card, a sale that was paid) is not left without an answer. */
function answerDropped(draft: Draft, before: LaneState) {
  const waiting = questionOf(draft.state.phase)?.presents ?? []
  for (const re of questionOf(before.phase)?.presents ?? [])
    if (!waiting.includes(re) && !draft.effects.some((effect) => effect.kind === 'tell' && effect.response.re === re))
      refuse(draft, re, 'request.expired', 'the lane went on before the club had answered')
}

function take(draft: Draft, input: LaneInput) {
  switch (input.kind) {
    case 'credential':
      return present(draft, { credential: input.credential, device: input.device }, input.re)
    case 'refused':
      refuse(draft, input.re, input.key, input.reason)
      return showError(draft, describeError(input.key))
    case 'till':
      return takeRequest(draft, input)
    case 'answer':
      draft.effects.push({ kind: 'cancel-timer', timer: `question:${input.number}` })
      return answered(draft, input.number, input.reply)
    case 'reply':
      return replied(draft, input.ref, input.reply)
    case 'timer':
      return takeTimer(draft, input.timer)
    case 'committed':
      return committed(draft, input.ref)
    case 'not-committed':
      return notCommitted(draft, input.ref, input.key, input.reason)
    case 'decided-alone':
      return decidedAlone(draft, input)
    case 'not-decided':
      return notDecided(draft, input.ref, input.reason)
    case 'recovered':
      return recovered(draft, input)
    case 'intended':
      intended(draft, input.redemptionid, input.held)
      return
    case 'not-intended':
      return notIntended(draft, input)
    case 'recovered-hold':
      return recoveredHold(draft, input)
    case 'uplink':
      draft.state = { ...draft.state, uplink: input.state }
      return
    case 'changed':
      return askAgain(draft)
    case 'not-printed':
      return show(draft, { ...draft.state.shown, prompts: [...draft.state.shown.prompts, notPrinted] })
  }
}

function takeRequest(draft: Draft, input: TillInput) {
  const { request } = input
  switch (request.op) {
    case 'open':
      return open(draft, { ...input, request })
    case 'redeem':
      return redeem(draft, { ...input, request })
    case 'complete':
      return complete(draft, { ...input, request })
    case 'record':
      return record(draft, { ...input, request })
    case 'cancel':
      return cancel(draft, { ...input, request })
    case 'reverse':
      return reverse(draft, { ...input, request })
    case 'return':
      return takeReturn(draft, { ...input, request })
    case 'claim':
      return claim(draft, { ...input, request })
    case 'close-day':
      return closeDay(draft, { ...input, request })
    case 'enrol':
      return enrol(draft, { ...input, request })
    case 'sign-on':
      return signOn(draft, { ...input, request })
    case 'sign-off':
      return signOff(draft, { ...input, request })
    case 'ping':
      return tell(draft, {
        op: 'pong',
        re: request.id,
        uplink: draft.state.uplink,
        mode: draft.setup.mode,
        simulators: draft.setup.simulators,
      })
  }
}

function takeTimer(draft: Draft, timer: string) {
  if (timer === 'rest') return rested(draft)
  if (timer === 'sale') return saleOverdue(draft)
  if (timer === 'second' || timer === 'together') return forgetSecond(draft, timer)
  const [kind, rest] = [timer.slice(0, timer.indexOf(':')), timer.slice(timer.indexOf(':') + 1)]
  if (kind === 'question') unanswered(draft, Number(rest))
  else if (kind === 'booking') overdue(draft, rest)
  else if (kind === 'hold') holdOverdue(draft, rest)
}

const notPrinted = {
  audience: 'operator' as const,
  text: { fa: 'رسید چاپ نشد؛ چاپگر را بررسی کنید.', en: 'The receipt was not printed: check the printer.' },
  ruleid: 'box',
}
