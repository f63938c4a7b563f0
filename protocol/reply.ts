import { z } from 'zod'
import { account } from './account.ts'
import { compiledSchema } from './compiled-schema.ts'
import { balance, effect, offer, prompt, ruleFailure } from './effects.ts'
import { replyError } from './errors.ts'
import { id, instant } from './ids.ts'
import { amount } from './money.ts'
import { displayContent, receiptDocument } from './receipt.ts'

/**
 * `accepted`, `declined` (requests only), `quarantined` and `pending-original` are stored and sent again on a
 * repeat, and settle the outbox; `failed` is retryable and never stored.
 */
export const replyStatus = z.enum(['accepted', 'declined', 'quarantined', 'pending-original', 'failed'])
export type ReplyStatus = z.infer<typeof replyStatus>

export const memberSummary = z.object({
  memberid: id,
  number: z.string().meta({ description: "the member's number; receipts show its last four digits" }),
  visits: z.int().min(0),
  displayName: z.string().optional().meta({ description: 'added when the reply is published, never stored' }),
  tier: z.string().optional(),
})
export type MemberSummary = z.infer<typeof memberSummary>

export const quote = z.object({
  quoteid: id,
  validuntil: instant,
  total: amount,
  discount: amount,
  payable: amount,
})
export type Quote = z.infer<typeof quote>

/** Credit that is set aside for a redemption. */
export const hold = z.object({
  redemptionid: id,
  amount: amount.meta({ description: 'what is held; with `up-to` it may be less than was asked for' }),
  lapsesat: instant.meta({ description: 'from then on it is held no longer' }),
})
export type ReplyHold = z.infer<typeof hold>

/** The club's answer to one event, by the event's id. */
export const reply = z.object({
  inReplyTo: id,
  revision: z.int().min(1).meta({ description: 'rises when a quarantined event is released or a missing original arrives' }),
  status: replyStatus,
  error: replyError.optional(),
  member: memberSummary.optional(),
  balances: z.array(balance).optional(),
  quote: quote.optional(),
  hold: hold.optional().meta({ description: 'answers `redemption.reserved`' }),
  effects: z.array(effect),
  prompts: z.array(prompt),
  offers: z.array(offer).optional(),
  ruleFailures: z.array(ruleFailure).optional(),
  receipt: receiptDocument.optional(),
  display: displayContent.optional(),
  decidedBy: z.enum(['club', 'box']),
  programmeVersion: z.int().min(0),
  account: account.optional().meta({ description: 'answers `credential.presented` with `detail: account`' }),
  code: z.object({ code: z.string().optional(), until: instant }).optional().meta({
    description: 'answers `code.issued`: until when it is good; of a redemption also what a till reads or is told, once',
  }),
  clubTime: instant.optional().meta({ description: 'answers `box.heartbeat`: when the club read the request' }),
})
export type Reply = z.infer<typeof reply>
export const compiledReply = compiledSchema(reply)

/** Whether a status ends the wait of an outbox row. */
export const settles = (status: ReplyStatus): boolean => status !== 'failed'
