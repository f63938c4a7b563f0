import type { Consent } from '#protocol/messages.ts'

export type Purpose = Consent['purpose']
export type ReachChannel = NonNullable<Consent['channel']>

/** Consent as it was given or withdrawn. */
export interface ConsentEntry {
  purpose: string
  /** Every channel, where it is left out. */
  channel?: string | undefined
  given: boolean
}

/** Why a member may not be written to. */
export type Unreachable = 'never-asked' | 'withdrawn' | 'erased'

/**
 * Whether a member may be written to, for a purpose and by a channel. `consents`: the oldest first; what was said last
 * of this purpose and channel, or of this purpose and every channel, counts. Nothing is taken for granted.
 */
export function mayReach(
  consents: readonly ConsentEntry[],
  purpose: Purpose,
  channel: ReachChannel,
): { may: true } | { may: false; why: Unreachable } {
  const last = consents.findLast((one) => one.purpose === purpose && (one.channel === undefined || one.channel === channel))
  if (last?.given) return { may: true }
  return { may: false, why: last ? 'withdrawn' : 'never-asked' }
}
