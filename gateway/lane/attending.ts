import { type Credential, normaliseMobile } from '#protocol/credentials.ts'
import { describeError, type ErrorKey, type ReplyError } from '#protocol/errors.ts'
import type { TillResponse } from '#protocol/lane.ts'
import type { FactType, MessageData } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { readCode, writeCode } from '#protocol/rotating-code.ts'
import { seal } from '#protocol/sealing.ts'
import { messageOf } from '#runtime/errors.ts'
import { askClub } from './asking.ts'
import type { AttendedRequest } from './inputs.ts'
import type { LaneSetup } from './state.ts'
import type { LaneWorld } from './world.ts'

const attendedOps: readonly string[] = [
  'send-code',
  'prove-mobile',
  'issue-code',
  'react',
  'answer-survey',
] satisfies AttendedRequest['op'][]
export const isAttended = (request: { op: string }): request is AttendedRequest => attendedOps.includes(request.op)

export interface AttendOptions {
  request: AttendedRequest
  device: string
  setup: LaneSetup
  world: LaneWorld
  /** Who stands at the lane, and the sale that is about, if any. */
  who: { credential: Credential; saleid?: string | undefined } | undefined
  /** As whatever is shown at the lane becomes a token. */
  tokenOf(mobile: string): Credential
  /** The mobile is proven: whoever has it stands at the lane now. */
  onProven(mobile: Credential): void
  /** The club has booked something of whoever stands there: it is asked again how they stand. */
  onBooked(): void
}

/** How long a code that was sent to a mobile is good; the club decides, the box only says it. */
const sentCodeMs = 3 * 60_000

class Refused extends Error {
  readonly error: ReplyError
  constructor(error: ReplyError) {
    super(error.key)
    this.error = error
  }
}
const refusal = (key: ErrorKey, reason?: string) => new Refused(describeError(key, reason))

/** The club's answer, where it is a good one. */
function answerOf(reply: Reply | undefined): Reply {
  if (!reply) throw refusal('club.unavailable')
  if (reply.status !== 'accepted') throw new Refused(reply.error ?? describeError('club.failed'))
  return reply
}

/**
 * Does for whoever stands at the lane what is no part of a sale: codes, what the person answers. Undefined where the lane
 * itself will answer the request. Never rejects.
 */
export async function attend(options: AttendOptions): Promise<TillResponse | undefined> {
  const { request, world } = options
  try {
    switch (request.op) {
      case 'send-code':
        return await sendCode(options, request)
      case 'prove-mobile':
        return await proveMobile(options, request)
      case 'issue-code':
        return await issueCode(options, request)
      case 'react':
        return await react(options, request)
      case 'answer-survey':
        return await answerSurvey(options, request)
    }
  } catch (error) {
    if (error instanceof Refused) return { op: 'error', re: request.id, error: error.error }
    world.log.warn({ reason: messageOf(error) }, `“${request.op}” was not done`)
    return { op: 'error', re: request.id, error: describeError('box.unwritable', messageOf(error)) }
  }
}

type Of<Op extends AttendedRequest['op']> = Extract<AttendedRequest, { op: Op }>

function mobileIn(typed: string): string {
  const mobile = normaliseMobile(typed)
  if (mobile === undefined) throw refusal('request.invalid', 'mobile: has the form 09123456789 or +989123456789')
  return mobile
}

async function sendCode(options: AttendOptions, { id: re, mobile: typed, language }: Of<'send-code'>): Promise<TillResponse> {
  const { device, world, setup } = options
  const mobile = mobileIn(typed)
  const key = world.sealingKey()
  if (!key) throw refusal('club.unavailable', 'the club has sent no key yet to seal the number with')
  const member = options.tokenOf(mobile)
  const data = { member, purpose: 'prove-mobile' as const, mobile: seal({ mobile }, key), ...(language ? { language } : {}) }
  const orderkey = member.token ?? setup.lane
  const reply = answerOf(await askClub({ type: 'vafa.code.issued.v1', data, device, orderkey }, options))
  return { op: 'code-sent', re, until: reply.code?.until ?? new Date(world.now() + sentCodeMs).toISOString() }
}

async function proveMobile(options: AttendOptions, { mobile: typed, code }: Of<'prove-mobile'>): Promise<undefined> {
  const { device, setup } = options
  const credential = options.tokenOf(mobileIn(typed))
  const data = { credential, purpose: 'prove-mobile' as const, code }
  const orderkey = credential.token ?? setup.lane
  answerOf(await askClub({ type: 'vafa.code.presented.v1', data, device, orderkey }, options))
  options.onProven(credential)
  return undefined
}

async function issueCode(options: AttendOptions, { id: re, amount }: Of<'issue-code'>): Promise<TillResponse> {
  const { device, setup, who, world } = options
  if (!who) throw refusal('request.invalid', 'present the card first')
  if (setup.mode === 'training') throw refusal('sale.training', 'a training lane gives nobody a code')
  const data = { member: who.credential, purpose: 'redeem' as const, amount }
  const orderkey = who.credential.token ?? setup.lane
  const { code } = answerOf(await askClub({ type: 'vafa.code.issued.v1', data, device, orderkey }, options))
  const read = readCode(code?.code ?? '', '')
  if (!code || !read) throw refusal('club.failed')
  options.onBooked()
  return {
    op: 'code',
    re,
    code: writeCode(read, world.codePrefix),
    digits: `${read.card}${read.digits}`,
    amount,
    until: code.until,
  }
}

function react(options: AttendOptions, { id: re, offerid, reaction, operator }: Of<'react'>): Promise<TillResponse> {
  const { who } = options
  if (!who) throw refusal('request.invalid', 'nobody who is known stands at the lane')
  const { saleid } = who
  const said = { member: who.credential, offerid, reaction }
  return note(options, re, 'vafa.offer.reacted.v1', {
    ...said,
    ...(saleid === undefined ? {} : { saleid }),
    ...(operator === undefined ? {} : { operator }),
  })
}

function answerSurvey(options: AttendOptions, request: Of<'answer-survey'>): Promise<TillResponse> {
  const { who } = options
  const { id: re, surveyid, option, comment } = request
  if (!who) throw refusal('request.invalid', 'nobody who is known stands at the lane')
  const answer = { member: who.credential, surveyid, option, ...(comment === undefined ? {} : { comment }) }
  return note(options, re, 'vafa.survey.answered.v1', answer)
}

/** On the disk of the box before it is said; a training lane notes nothing of anybody. */
async function note<T extends FactType>(
  { device, setup, world, who, onBooked }: AttendOptions,
  re: string,
  type: T,
  data: MessageData<T>,
): Promise<TillResponse> {
  if (setup.mode === 'training') return { op: 'noted', re }
  const orderkey = who?.credential.token ?? setup.lane
  const fact = world.envelopes.fact(type, data, { lane: setup.lane, device, orderkey })
  world.onFactReply(fact.id, ({ status }) => {
    if (status === 'accepted') onBooked()
  })
  await world.outbox.commit([fact])
  return { op: 'noted', re }
}
