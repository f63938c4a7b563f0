import type { Credential } from '#protocol/credentials.ts'
import type { Effect } from '#protocol/effects.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import type { MessageData, RequestType } from '#protocol/messages.ts'
import type { DisplayContent, ReceiptDocument } from '#protocol/receipt.ts'
import type { Reply } from '#protocol/reply.ts'
import type { OpenSale, PinnedQuote } from './state.ts'

/** What the box's disk knows about the sale that a till's request names. */
export type KnownSale =
  /** Completed, reversed or both: on disk already. `reply`: the club's, where it is there. */
  | { is: 'booked'; orderkey: string; sale?: { reply?: Reply }; reversal?: { reply?: Reply } }
  /** Open when the box went down, with what was quoted. */
  | { is: 'kept'; sale: OpenSale; quote: PinnedQuote }
  | { is: 'unknown' }

type Without<Request, Keys extends string> = Request extends unknown ? Omit<Request, Keys> : never

/**
 * A till's request as the machine gets it: credentials are tokens already (`shown` beside it), and a copy on paper
 * changes no lane.
 */
export type LaneRequest = Without<
  Exclude<TillRequest, { op: 'present' | 'reprint' | 'enrol-finger' | 'forget-finger' }>,
  'credential' | 'credentials'
>

export type LaneInput =
  | { kind: 'credential'; credential: Credential; device: string; re?: string }
  | { kind: 'refused'; key: ErrorKey; reason: string; re?: string }
  /** `fresh`: an id for a sale or a member, should one be made. `businessdate`: the civil date at the store. */
  | { kind: 'till'; request: LaneRequest; device: string; fresh: string; businessdate: string; known: KnownSale }
  | { kind: 'answer'; number: number; reply: Reply }
  | { kind: 'reply'; ref: string; reply: Reply }
  | { kind: 'timer'; timer: string }
  | { kind: 'committed'; ref: string }
  | { kind: 'not-committed'; ref: string; key: ErrorKey; reason: string }
  | { kind: 'decided-alone'; ref: string; receipt?: ReceiptDocument; display?: DisplayContent; effects: Effect[] }
  | { kind: 'not-decided'; ref: string; reason: string }
  | { kind: 'uplink'; state: 'online' | 'offline' }
  /** From the disk, after a restart: a fact whose receipt nobody was given. */
  | { kind: 'recovered'; ref: string; of: 'sale' | 'reversal'; subject: string; orderkey: string; reply?: Reply }
  | { kind: 'not-printed'; reason: string }

/** What the machine wants done. The runner does it, in order, and feeds back what comes of it. */
export type LaneEffect =
  | { kind: 'tell'; response: TillResponse }
  | QuestionEffect
  | CommitEffect
  | {
      kind: 'enrol'
      ref: string
      orderkey: string
      device: string
      memberid: string
      credential: Credential
      request: Extract<TillRequest, { op: 'enrol' }>
    }
  /** The club did not answer in time: decide by the box's own programme, and put the advice in the outbox. */
  | { kind: 'decide-alone'; ref: string; of: 'sale' | 'reversal'; subject: string }
  /** Hand this to the customer on the lane's own printer, then mark the fact. */
  | {
      kind: 'print'
      ref: string
      of: 'sale' | 'reversal'
      subject: string
      receipt: ReceiptDocument
      given: 'provisional' | 'final'
    }
  /** The customer has it otherwise (by the till), or there is nothing to hand over. */
  | { kind: 'handed'; ref: string; given: 'provisional' | 'final' }
  | { kind: 'keep'; sale: OpenSale; quote: PinnedQuote }
  | { kind: 'forget'; saleid: string }
  | { kind: 'timer'; timer: string; ms: number }
  | { kind: 'cancel-timer'; timer: string }
  /** A receipt will be due soon. */
  | { kind: 'warm' }
  /** The lane waited for the club in vain. */
  | { kind: 'doubt' }

type AskedType = Extract<RequestType, 'vafa.credential.presented.v1' | 'vafa.sale.quoted.v1'>
type QuestionEffect = {
  [T in AskedType]: {
    kind: 'ask'
    number: number
    type: T
    data: MessageData<T>
    orderkey: string
    device: string
    expiresMs: number
  }
}[AskedType]

type CommittedType = 'vafa.sale.completed.v1' | 'vafa.sale.reversed.v1'
type CommitEffect = {
  [T in CommittedType]: {
    kind: 'commit'
    ref: string
    type: T
    data: MessageData<T>
    orderkey: string
    device: string
    saleid: string
  }
}[CommittedType]
