import type { RuleFailure } from '#protocol/effects.ts'
import { describeError, type ErrorKey } from '#protocol/errors.ts'
import type { Reply, ReplyStatus } from '#protocol/reply.ts'

/** A reply that says no more than that the event was taken. */
export const plainReply = (inReplyTo: string, programmeVersion: number): Reply => ({
  inReplyTo,
  revision: 1,
  status: 'accepted',
  effects: [],
  prompts: [],
  decidedBy: 'club',
  programmeVersion,
})

/** Conditions about what a person told the club: what was found stays between the two. */
const personal = new Set(['age', 'sex', 'area', 'education', 'birthday', 'custom', 'profile'])

/** Conditions that are made of others name those in what they found. */
const tells = ({ condition, expected }: RuleFailure): boolean =>
  personal.has(condition) || ((condition === 'any' || condition === 'not') && [...personal].some((one) => expected.includes(one)))

/**
 * Why rules did not fire, as it may leave the club and stand in stored replies: nothing of it tells what a person told
 * of himself or herself, so that forgetting the person leaves no trace there.
 */
export const discreet = (failures: readonly RuleFailure[]): RuleFailure[] =>
  failures.map((one) => (tells(one) ? { ...one, found: 'not told here' } : one))

/** A reply that says what is wrong. `reason` is for technicians. */
export const errorReply = (options: {
  inReplyTo: string
  programmeVersion: number
  status: ReplyStatus
  key: ErrorKey
  reason?: string
}): Reply => ({
  ...plainReply(options.inReplyTo, options.programmeVersion),
  status: options.status,
  error: describeError(options.key, options.reason),
})
