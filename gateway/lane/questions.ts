import type { ErrorKey } from '#protocol/errors.ts'
import { crashPoint } from '#runtime/crash-point.ts'
import type { AloneEffect, QuestionEffect } from './inputs.ts'
import type { Strangers } from './strangers.ts'
import { answerAlone, withReturned } from './without-the-club.ts'
import type { LaneHands } from './world.ts'

/** What the club says of a card that is nobody’s, or nobody’s any more. */
const nobodys: ReadonlySet<ErrorKey> = new Set(['credential.unknown', 'credential.key-retired', 'card.blocked'])

const timerBegins = 'question:'
const timerOf = (number: number) => `${timerBegins}${number}`

/** What a lane asks while a customer stands there: the club, or the box itself where the club is away. */
export function createQuestions({ setup, world, trace, strangers, take }: LaneHands & { strangers: Strangers }) {
  const { envelopes, uplink, regulars } = world
  return {
    ask(effect: QuestionEffect): void {
      const { number, type, data, orderkey, device, expiresMs } = effect
      const origin = { lane: setup.lane, device, orderkey, traceparent: trace.asked(number, type) }
      const request = envelopes.request(type, withReturned(type, data, world), origin, expiresMs)
      const askedAt = world.now()
      const sent = uplink.ask(request, (reply) => {
        if (reply.hold) crashPoint('gateway.on-hold')
        trace.answered(number, { status: reply.status })
        if (reply.status === 'declined' && 'redemptionid' in data) regulars.keepAfterAll(data.redemptionid)
        const asked = 'credential' in data ? data.credential : data.member
        const { error } = reply
        if (asked && (error?.key === 'credential.unknown' || error?.key === 'credential.unproven'))
          strangers.note(asked.token ?? asked.proof ?? '')
        if (asked && (reply.member || (error && nobodys.has(error.key)))) regulars.learnt(asked, reply.member?.memberid, askedAt)
        take({ kind: 'answer', number, reply })
      })
      if (sent) return
      trace.answered(number, { failed: 'the line is down' })
      take({ kind: 'timer', timer: timerOf(number) })
    },
    askAlone(effect: AloneEffect): void {
      const { number } = effect
      const reply = answerAlone(effect, { setup, world })
      take(reply ? { kind: 'answer', number, reply } : { kind: 'timer', timer: timerOf(number) })
    },
    /** A timer of the lane has run out; it may be a question's. */
    ranOut(timer: string): void {
      if (timer.startsWith(timerBegins)) trace.answered(Number(timer.slice(timerBegins.length)), { failed: 'no answer in time' })
    },
  }
}
