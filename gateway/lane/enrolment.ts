import { type SealingPublicKey, seal } from '#protocol/sealing.ts'
import type { Envelopes } from '../envelopes.ts'
import type { FactDraft } from '../outbox.ts'
import type { LaneEffect } from './inputs.ts'

export interface EnrolmentOptions {
  effect: Extract<LaneEffect, { kind: 'enrol' }>
  lane: string
  envelopes: Envelopes
  sealingKey: SealingPublicKey | undefined
  traceparent?: string | undefined
}

/**
 * A sign-up as a fact. The profile leaves the box only sealed to the club's key: undefined where there is one to
 * seal and no key to seal it to.
 */
export function enrolmentFact(options: EnrolmentOptions): FactDraft | undefined {
  const { effect, lane, envelopes, sealingKey, traceparent } = options
  const { memberid, credentials, request, device, orderkey, operator, mode } = effect
  // What is typed in for practice stays here: nobody is signed up, so nobody's name or consent is to be kept.
  const { profile, consents, referredBy } = mode === 'training' ? { profile: {}, consents: [], referredBy: undefined } : request
  const bare = Object.keys(profile).length === 0
  if (!bare && !sealingKey) return undefined
  return envelopes.fact(
    'vafa.member.enrolled.v1',
    {
      memberid,
      credentials: credentials.slice(0, 10),
      ...(bare || !sealingKey ? {} : { profile: seal(profile, sealingKey) }),
      consents,
      ...(operator === undefined ? {} : { operator }),
      ...(referredBy === undefined ? {} : { referredBy }),
      ...(mode === 'training' ? { mode } : {}),
    },
    { lane, device, orderkey, traceparent },
    memberid,
  )
}
