import { referenceOf } from '#protocol/reference.ts'
import type { Envelopes } from '../envelopes.ts'
import type { FactDraft } from '../outbox.ts'
import type { LaneEffect } from './inputs.ts'

export interface CommittingOptions {
  effect: Extract<LaneEffect, { kind: 'commit' }>
  lane: string
  envelopes: Envelopes
  traceparent?: string | undefined
  /** Milliseconds since 1970, by the corrected clock. */
  now(): number
}

/** Whether change may be due: a sale is paid now, wholly or in part in cash. What happened earlier opens no drawer. */
export const paidInCash = ({ type, data, at }: CommittingOptions['effect']): boolean =>
  type === 'vafa.sale.completed.v1' && at === undefined && data.tenders.some(({ kind, amount }) => kind === 'cash' && amount > 0)

/**
 * What one commit of the lane writes: its fact, and where a terminal approved the sale alone, the advice of what it
 * promised, in the same transaction.
 */
export function factsOf({ effect, lane, envelopes, traceparent, now }: CommittingOptions): [FactDraft, ...FactDraft[]] {
  const { type, data, orderkey, device, subject, originalid, at, advice } = effect
  const origin = { lane, device, orderkey, traceparent }
  const past = { ...(originalid === undefined ? {} : { originalid }), ...(at === undefined ? {} : { at }) }
  const fact = envelopes.fact(type, data, origin, subject, past)
  if (!advice) return [fact]
  const decidedat = new Date(at === undefined ? now() : Math.min(Date.parse(at), now())).toISOString()
  const { effects } = advice
  return [fact, envelopes.adviceOn(fact, { effects, programmeVersion: 0, decidedat, reference: referenceOf(subject) }, origin)]
}
