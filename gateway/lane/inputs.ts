import type { Credential } from '#protocol/credentials.ts'
import type { Effect } from '#protocol/effects.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import type { LaneTotals, TillRequest, TillResponse } from '#protocol/lane.ts'
import type { FactType, MessageData, RequestType } from '#protocol/messages.ts'
import type { DisplayContent, ReceiptDocument } from '#protocol/receipt.ts'
import type { Reply } from '#protocol/reply.ts'
import type { FingerRequest } from '../fingers/enrolling.ts'
import type { BookingKind, Cashier, Hold, OpenSale, PinnedQuote } from './state.ts'

/** What the box's disk knows of what a till's request names. */
export type Known =
  /** A sale that is completed, reversed or both: on disk already. `reply`: the club's, where it is there. */
  | { is: 'booked'; orderkey: string; sale?: { reply?: Reply }; reversal?: { reply?: Reply } }
  /** A sale that was open when the box went down, with what was quoted. */
  | { is: 'kept'; sale: OpenSale; quote: PinnedQuote }
  /** A return, a claim, a sign-up or a day's close with this id is on disk. */
  | { is: 'filed'; saleid?: string; day?: DayClosed; reply?: Reply }
  | { is: 'unknown' }

/** What a receipt or a slip can be of. */
export type SlipKind = Exclude<BookingKind, 'enrolment'>

/** What a return or a day's close is about, as the till was told. */
export interface About {
  saleid?: string
  day?: DayClosed
}

export interface DayClosed {
  businessdate: string
  totals: LaneTotals
}

type Without<Request, Keys extends string> = Request extends unknown ? Omit<Request, Keys> : never

/** What the runner answers itself, since it changes no lane. */
export type AsideRequest = Extract<
  TillRequest,
  { op: 'reprint' | 'look-up' | 'totals' | 'print' | 'show' | 'receipts' | 'staff' }
>

/** What is done with whoever stands at the lane, beside what the lane does. */
export type AttendedRequest = Extract<
  TillRequest,
  { op: 'send-code' | 'prove-mobile' | 'issue-code' | 'react' | 'answer-survey' }
>

/** A till's request as the machine gets it: credentials are tokens already (`shown`, beside it). */
export type LaneRequest = Without<
  Exclude<TillRequest, { op: 'present' } | AsideRequest | AttendedRequest | FingerRequest>,
  'credential' | 'credentials'
>

/**
 * A request with what the machine must know for it. `fresh`: an id for what may be made. `businessdate`: the civil date at
 * the store. `saleKey`: the order key of the sale that it names, where the disk knows it. `most`: what the programme
 * lets be redeemed of the sale. `totals`: the box's own, for a day's close.
 */
export interface TillInput<Op extends LaneRequest['op'] = LaneRequest['op']> {
  kind: 'till'
  request: Extract<LaneRequest, { op: Op }>
  device: string
  fresh: string
  businessdate: string
  known: Known
  shown: readonly Credential[]
  saleKey?: string
  most?: number
  totals?: LaneTotals
}

export type LaneInput =
  | { kind: 'credential'; credential: Credential; device: string; re?: string }
  | { kind: 'refused'; key: ErrorKey; reason: string; re?: string }
  | TillInput
  | { kind: 'answer'; number: number; reply: Reply }
  | { kind: 'reply'; ref: string; reply: Reply }
  | { kind: 'timer'; timer: string }
  | { kind: 'committed'; ref: string }
  | { kind: 'not-committed'; ref: string; key: ErrorKey; reason: string }
  /** The intent to hold credit is on disk; or is not. */
  | {
      kind: 'intended'
      redemptionid: string
      /** Where the box held it itself: how much. */
      held?: number
    }
  | { kind: 'not-intended'; redemptionid: string; key: ErrorKey; reason: string }
  | { kind: 'decided-alone'; ref: string; receipt?: ReceiptDocument; display?: DisplayContent; effects: Effect[] }
  | { kind: 'not-decided'; ref: string; reason: string }
  | { kind: 'uplink'; state: 'online' | 'offline' }
  /** From the disk, after a restart: a fact whose receipt nobody was given. */
  | ({ kind: 'recovered'; ref: string; of: SlipKind; subject: string; orderkey: string; reply?: Reply } & About)
  /** From the disk, after a restart: credit that may be held for a sale. `pinned`: the till was told so. */
  | { kind: 'recovered-hold'; intent: Intent; pinned: boolean }
  | { kind: 'not-printed'; reason: string }
  /** Something of whoever stands here has changed: the club is asked once more. */
  | { kind: 'changed' }

/** What is on disk before the club is asked to hold credit. `alone`: it is not asked, the box itself holds it. */
export type Intent = Pick<Hold, 'redemptionid' | 'saleid' | 'orderkey' | 'device' | 'member' | 'amount' | 'capture' | 'alone'>

/** What the machine wants done. The runner does it, in order, and feeds back what comes of it. */
export type LaneEffect =
  | { kind: 'tell'; response: TillResponse }
  | QuestionEffect
  /** The same question for the box itself: it answers at once, or says that the time is over. */
  | AloneEffect
  | CommitEffect
  | {
      kind: 'enrol'
      ref: string
      orderkey: string
      device: string
      memberid: string
      credentials: readonly Credential[]
      request: Extract<LaneRequest, { op: 'enrol' }>
      operator?: string
      mode: 'live' | 'training'
    }
  /** The club did not answer in time: decide by the box's own programme, and put the advice in the outbox. */
  | { kind: 'decide-alone'; ref: string; of: 'sale' | 'reversal'; subject: string }
  /** Hand this to the customer on the lane's own printer, then mark the fact. */
  | {
      kind: 'print'
      ref: string
      of: BookingKind
      subject: string
      receipt: ReceiptDocument
      given: 'provisional' | 'final'
    }
  /** The customer has it otherwise (by the till), or there is nothing to hand over. */
  | { kind: 'handed'; ref: string; given: 'provisional' | 'final' }
  | { kind: 'keep'; sale: OpenSale; quote: PinnedQuote }
  | { kind: 'forget'; saleid: string }
  /** Write down durably that credit is about to be held; and that nothing is any more. */
  | { kind: 'intend'; intent: Intent }
  /** `alone`: the sale for which the box held it. */
  | { kind: 'forget-intent'; redemptionid: string; alone?: string }
  | { kind: 'keep-cashier'; cashier: Cashier | undefined }
  | { kind: 'timer'; timer: string; ms: number }
  | { kind: 'cancel-timer'; timer: string }
  /** A receipt will be due soon. */
  | { kind: 'warm' }
  /** The lane waited for the club in vain. */
  | { kind: 'doubt' }

type AskedType = Extract<RequestType, 'vafa.credential.presented.v1' | 'vafa.sale.quoted.v1' | 'vafa.redemption.reserved.v1'>
export type QuestionEffect = {
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

type AloneType = Exclude<AskedType, 'vafa.redemption.reserved.v1'>
export type AloneEffect = { [T in AloneType]: { kind: 'ask-alone'; number: number; type: T; data: MessageData<T> } }[AloneType]

type CommittedType = Extract<
  FactType,
  | 'vafa.sale.completed.v1'
  | 'vafa.sale.reversed.v1'
  | 'vafa.sale.returned.v1'
  | 'vafa.receipt.claimed.v1'
  | 'vafa.day.closed.v1'
  | 'vafa.redemption.voided.v1'
>
export type CommitEffect = {
  [T in CommittedType]: {
    kind: 'commit'
    ref: string
    type: T
    data: MessageData<T>
    orderkey: string
    device: string
    /** By which the disk finds it: the sale's id, or its own. */
    subject: string
    originalid?: string
    /** When it happened, where that was not just now. */
    at?: string
    /** What a terminal promised that approved the sale alone: advice goes to disk in the same commit. */
    advice?: { effects: Effect[] }
  }
}[CommittedType]
