import type { FingerStep } from '#drivers/contract.ts'
import { type Credential, credentialFault, presentCredential, type RawCredential } from '#protocol/credentials.ts'
import { describeError } from '#protocol/errors.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import type { FingerRequest } from '../fingers/enrolling.ts'
import { stepTexts } from '../fingers/sentences.ts'
import { answerAside, isAside } from './aside.ts'
import { attend, isAttended } from './attending.ts'
import { answering } from './draft.ts'
import type { AttendedRequest } from './inputs.ts'
import { guardKiosk } from './kiosk-guard.ts'
import type { Showing } from './showing.ts'
import { isFree, isStrangersCard, personAt, whoStandsAt } from './standing.ts'
import type { LaneState } from './state.ts'
import type { Strangers } from './strangers.ts'
import { makesSomething, rawCredentialsOf, tillInput, withoutCredentials } from './till-input.ts'
import type { LaneHands } from './world.ts'

export interface RequestsOptions extends LaneHands {
  strangers: Strangers
  showing: Showing
  /** The lane as it is now. */
  state(): LaneState
  tell(response: TillResponse): void
}

/** What tills ask and customers show: to the machine, or answered beside it where it changes no lane. */
export function createRequests({ strangers, showing, state, tell, ...lane }: RequestsOptions) {
  const { setup, hardware, world, log, trace, take, isClosed } = lane
  const { runtime } = world
  const place = { lane: setup.lane, hardware, world, log }
  /** The id of the next sale or member; made ahead of need, since nobody should wait for it. */
  let fresh = runtime.uuid()

  const credentialOf = (raw: RawCredential): Credential => {
    const { tokenKey, codePrefix } = world
    return presentCredential(raw, { key: tokenKey(), codePrefix, presentationid: runtime.uuid(), at: world.now() })
  }
  const tokenOf = (mobile: string) => credentialOf({ kind: 'phone', value: mobile })
  const guard = guardKiosk({ setup, now: runtime.monotonic, tokenOf })

  /** Somebody tries cards here: for a while nobody learns whose they are. What is sold without one goes on. */
  const refuseStrangers = (device: string, re?: string) => {
    log.warn({ device }, 'too many unknown cards in a row; the club is asked about nobody for a few seconds')
    take({ kind: 'refused', key: 'credential.too-many', reason: 'too many unknown ones in a row', ...answering(re) })
  }

  const presented = (raw: RawCredential, device: string, re?: string) => {
    const reason = credentialFault(raw)
    if (reason !== undefined) return take({ kind: 'refused', key: 'request.invalid', reason, ...answering(re) })
    if (strangers.tooMany()) return refuseStrangers(device, re)
    const made = trace.input('tap', { free: isFree(state()), via: raw.kind })
    take({ kind: 'credential', credential: credentialOf(raw), device, ...answering(re) })
    made()
  }

  const attendFinger = async (request: FingerRequest) => {
    if (setup.mode === 'training') {
      const error = describeError('sale.training', 'a training lane stores and forgets nobody’s finger')
      return tell({ op: 'error', re: request.id, error })
    }
    const show = (step: FingerStep) => showing.onDisplays({ title: stepTexts[step], rows: [] })
    tell(await world.fingerDesk({ request, lane: setup.lane, who: personAt(state()), tell, show }))
    if (!isClosed()) showing.displayOf(state())
  }

  const attendTo = async (request: AttendedRequest, device: string) => {
    const { id: re } = request
    const response = await attend({
      ...{ request, device, setup, world, tokenOf, who: whoStandsAt(state()) },
      onProven(credential) {
        guard.proved(credential)
        if (isClosed()) return
        // Whoever has shown a new card signs up with that card: the mobile does not take its place.
        if (setup.kind === 'kiosk' && isStrangersCard(state()))
          return take({ kind: 'refused', key: 'credential.unknown', reason: 'a new card', re })
        take({ kind: 'credential', credential, device, re })
      },
      onBooked() {
        if (!isClosed()) take({ kind: 'changed' })
      },
    })
    if (response) tell(response)
  }

  return {
    presented,
    /** Whoever stood at a kiosk has gone. */
    left: guard.left,
    take(till: TillRequest, device: string) {
      const unwelcome = guard.refuses(till)
      if (unwelcome) return take({ kind: 'refused', key: unwelcome.key, reason: unwelcome.reason, re: till.id })
      if (isAttended(till)) return void attendTo(till, device)
      if (till.op === 'enrol-finger' || till.op === 'forget-finger') return void attendFinger(till)
      if (till.op === 'present') return presented(till.credential, device, till.id)
      if (isAside(till)) return void answerAside({ request: till, device, setup, world, place }).then(tell)
      const raw = rawCredentialsOf(till)
      const reason = raw.map(credentialFault).find((fault) => fault !== undefined)
      if (reason !== undefined) return take({ kind: 'refused', key: 'request.invalid', reason, re: till.id })
      // Only what asks: a fact is never refused.
      if (till.op === 'open' && raw.length > 0 && strangers.tooMany()) return refuseStrangers(device, till.id)
      const shown = raw.map(credentialOf)
      const made = trace.input(`till ${till.op}`, { free: isFree(state()), via: device })
      take(tillInput({ request: withoutCredentials(till), shown, device, fresh, state: state(), setup, world }))
      made()
      if (makesSomething.has(till.op)) fresh = runtime.uuid()
    },
  }
}
