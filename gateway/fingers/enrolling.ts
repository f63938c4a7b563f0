import type { FingerStep } from '#drivers/contract.ts'
import { type Credential, type TokenKey, tokenise } from '#protocol/credentials.ts'
import { describeError, type ErrorKey, errorKeys, type ReplyError } from '#protocol/errors.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import type { Request } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { Envelopes } from '../envelopes.ts'
import type { Outbox } from '../outbox.ts'
import type { Fingers } from './fingers.ts'
import { stepTexts } from './sentences.ts'

export type FingerRequest = Extract<TillRequest, { op: 'enrol-finger' | 'forget-finger' }>

export interface FingerDeskOptions {
  fingers: Fingers
  envelopes: Envelopes
  outbox: Outbox
  tokenKey(): TokenKey
  uplink: { ask(request: Request, onReply: (reply: Reply) => void): boolean }
  runtime: Runtime
  log: Logger
}

export interface FingerVisit {
  request: FingerRequest
  lane: string
  /** Who stands at the lane, and the device that said so. */
  who: { credential: Credential; device: string } | undefined
  tell(response: TillResponse): void
  /** For the customer's display. */
  show(step: FingerStep): void
}

export type FingerDesk = ReturnType<typeof createFingerDesk>

/** How long the club is asked who stands there. */
const askMs = 5_000

class Refused extends Error {
  readonly error: ReplyError
  constructor(error: ReplyError) {
    super(error.key)
    this.error = error
  }
}
const refusal = (key: ErrorKey, reason?: string) => new Refused(describeError(key, reason))

/**
 * Stores a finger of whoever stands at a lane, or takes it back. In this order, each step on disk before the next: the
 * club says who it is, the consent becomes a fact, the slot is noted, the sensor takes the finger, the club is told of
 * the new credential. Whatever ends it in between leaves no finger that is somebody's.
 */
export function createFingerDesk(options: FingerDeskOptions) {
  const { fingers, envelopes, outbox, uplink, runtime, log } = options
  const { library } = fingers
  const busy = new Set<string>()

  const memberAt = ({ who, lane }: FingerVisit): Promise<string> =>
    new Promise((resolve, reject) => {
      if (!who) return reject(refusal('request.invalid', 'present the member’s card or mobile first'))
      const { credential, device } = who
      const origin = { lane, device, orderkey: credential.token ?? runtime.uuid() }
      const question = envelopes.request('vafa.credential.presented.v1', { credential }, origin, askMs)
      const cancel = runtime.after(askMs, () => reject(refusal('club.unavailable')))
      const sent = uplink.ask(question, ({ member, error }) => {
        cancel()
        if (error) reject(new Refused(error))
        else if (member) resolve(member.memberid)
        else reject(refusal('credential.unknown'))
      })
      if (sent) return
      cancel()
      reject(refusal('club.unavailable'))
    })

  const consented = async (visit: FingerVisit, memberid: string, given: 'given' | 'withdrawn') => {
    const consents = [{ purpose: 'fingerprint' as const, given: given === 'given' }]
    const origin = { lane: visit.lane, device: visit.who?.device ?? visit.lane, orderkey: memberid }
    await outbox.commit([envelopes.fact('vafa.member.updated.v1', { memberid, consents }, origin)])
  }

  const enrol = async (visit: FingerVisit & { request: { op: 'enrol-finger' } }): Promise<TillResponse> => {
    const { request, lane, tell, show } = visit
    const at = fingers.readyAt(lane)
    const { epoch } = at ?? {}
    if (!at || epoch === undefined) throw refusal('finger.absent')
    const memberid = await memberAt(visit)
    const taken = new Set(library.of(epoch).map(({ slot }) => slot))
    let slot = 0
    while (taken.has(slot)) slot += 1
    if (slot >= at.sensor.capacity) throw refusal('finger.full')
    await consented(visit, memberid, 'given')

    const enrolmentid = runtime.uuid()
    library.begin({ epoch, slot, enrolmentid, memberid, operator: request.operator })
    try {
      await fingers.inTurn(at.device, async () => {
        if (at.state !== 'ready' || at.epoch !== epoch) throw refusal('finger.absent', at.reason)
        await at.sensor.enrol({
          slot,
          onStep(step) {
            tell({ op: 'finger', step, text: stepTexts[step] })
            show(step)
          },
        })
      })
      const credential = tokenise({ kind: 'fingerprint', value: `${epoch}|${slot}|${enrolmentid}` }, options.tokenKey())
      const fact = envelopes.fact(
        'vafa.card.linked.v1',
        { memberid, credential },
        { lane, device: at.device, orderkey: memberid },
      )
      fingers.awaits(fact.id)
      await outbox.commit([fact])
      library.stored(epoch, slot, fact.id)
    } catch (error) {
      // Perhaps it is in the sensor, perhaps not: it is nobody's, and goes.
      const left = library.find(epoch, slot)
      if (left) fingers.discard([left], 'the enrolment was not finished')
      throw error
    }
    // The club may have said in between that the member asked to be forgotten.
    fingers.erased()
    log.info({ device: at.device, slot, lane }, 'a finger was stored')
    return { op: 'finger-enrolled', re: request.id, memberid }
  }

  const forget = async (visit: FingerVisit): Promise<TillResponse> => {
    const memberid = await memberAt(visit)
    await consented(visit, memberid, 'withdrawn')
    const theirs = library.all().filter((one) => one.memberid === memberid && one.state === 'stored')
    fingers.discard(theirs, 'the member took the consent back')
    return { op: 'finger-forgotten', re: visit.request.id, fingers: theirs.length }
  }

  const attend = async (visit: FingerVisit): Promise<TillResponse> => {
    const { request, lane } = visit
    if (busy.has(lane)) throw refusal('request.invalid', 'a finger is being stored at this lane already')
    busy.add(lane)
    try {
      if (request.op === 'forget-finger') return await forget(visit)
      return await enrol({ ...visit, request })
    } finally {
      busy.delete(lane)
    }
  }

  /** Resolves to what the till hears in the end; never rejects. */
  return (visit: FingerVisit): Promise<TillResponse> =>
    attend(visit).catch((error: unknown) => {
      if (!(error instanceof Refused))
        log.warn({ lane: visit.lane, reason: messageOf(error) }, 'the finger was not stored, or not forgotten')
      return { op: 'error', re: visit.request.id, error: errorOf(error) }
    })
}

function errorOf(error: unknown): ReplyError {
  if (error instanceof Refused) return error.error
  if (!(error instanceof VafaError)) return describeError('finger.absent', messageOf(error))
  const key = errorKeys.find((one) => one === error.key)
  return describeError(key ?? (error.key.startsWith('device.') ? 'finger.absent' : 'box.unwritable'), error.message)
}
