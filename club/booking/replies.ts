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
