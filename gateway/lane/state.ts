import type { z } from 'zod'
import type { Credential } from '#protocol/credentials.ts'
import type { AppliedEffect, Effect, Offer, Prompt } from '#protocol/effects.ts'
import type { ReplyError } from '#protocol/errors.ts'
import type { LaneTotals, laneKind, TillSale } from '#protocol/lane.ts'
import type { saleMode } from '#protocol/messages.ts'
import type { DisplayContent } from '#protocol/receipt.ts'
import type { Reply } from '#protocol/reply.ts'
import type { MoneyShown } from '#protocol/values.ts'

/** How long a lane waits for people, milliseconds. */
export interface LaneTimeouts {
  /** A tap without a sale is forgotten after this long, so that it never meets the next customer's sale. */
  presentedMs: number
  /** A sale that nobody goes on with leaves the lane; it can still be completed until it is forgotten (a day). */
  saleMs: number
  /** Credit that is held for a sale which is not paid is given back. The club itself lets a hold go after 15 minutes. */
  redemptionMs: number
  /** How long the outcome of a sale stays on the screen. */
  outcomeMs: number
}

/** What a lane is by its configuration. */
export interface LaneSetup {
  lane: string
  /** A kiosk: nobody works there, and who stands there reads more of the own account. */
  kind: z.infer<typeof laneKind>
  mode: z.infer<typeof saleMode>
  /** What a simulator that asks is told: whether it may act here. */
  simulators: 'welcome' | 'refused'
  currency: string
  moneyShown: MoneyShown
  /** How long a customer waits for the club, milliseconds. */
  budgetMs: number
  /** Its till cannot ask before payment: nothing is quoted, the sale only earns. */
  earnOnly: boolean
  receiptVia: 'own' | 'till' | 'terminal'
  timeouts: LaneTimeouts
}

/** A sale from the moment it opens. `orderkey` stays as it was then: the member's token, else the sale's id. */
export interface OpenSale {
  saleid: string
  orderkey: string
  businessdate: string
  basket: TillSale
  member?: Credential
  /** The club said that this card is nobody's: the next one takes its place. */
  stranger?: true
  /** The sale in its origin's own journal. */
  originalid?: string
  /** The till's name as a device. */
  device: string
}

/** What the till was told before payment. `applied`: the discounts in it; `payable`: less what is redeemed, too. */
export interface PinnedQuote {
  total: number
  discount: number
  redemption?: { redemptionid: string; amount: number }
  payable: number
  effects: Effect[]
  applied: AppliedEffect[]
  prompts: Prompt[]
  offers?: Offer[]
  decidedBy: 'club' | 'box'
  quoteid?: string
  programmeVersion?: number
}

/**
 * A question on its way to the club; replies carry the number. `opened`: the till's `open` that waits for the quote;
 * without one a credential made the lane ask. `presents`: the till's `present`s that wait to hear who that is.
 */
export interface Question {
  number: number
  opened?: string
  presents: readonly string[]
  /** Of the box itself, since the club is away. */
  alone?: true
}

/** A quote asked for again after a tap. Where the club does not answer, another member's quote is dropped. */
export type Requote = Question & { onFailure: 'keep the quote' | 'drop the quote' }

/** Who stands at the lane, before or without a sale. */
export interface Presented {
  credential: Credential
  device: string
}

/**
 * Where the lane stands with the customer in front of it. `together`: a second card in this moment may be an accident.
 * `second`: another card that was shown; shown once more, it takes the place of the first. `refused`: the till wanted to
 * complete it, and the disk did not take it.
 */
export type Phase =
  | { at: 'idle' }
  | { at: 'presented'; who: Presented; together: boolean; second?: Credential; question?: Question }
  | { at: 'open'; sale: OpenSale; second?: Credential; question: Question }
  | { at: 'quoted'; sale: OpenSale; quote: PinnedQuote; second?: Credential; requote?: Requote; refused?: true }
  | { at: 'tendering'; sale: OpenSale; quote: PinnedQuote }
  | { at: 'completed'; saleid: string; given: 'nothing yet' | 'provisional' | 'final' }
  | { at: 'cancelled'; saleid?: string }

/** What a lane books. */
export type BookingKind = 'sale' | 'reversal' | 'return' | 'claim' | 'day' | 'enrolment'

/**
 * A fact of this lane that is not through yet. Independent of the phase: the next customer may be here already.
 * `ref` names it (`sale:…`, `reversal:…`); `waiting`: the till's requests that get the answer.
 */
export interface Booking {
  ref: string
  of: BookingKind
  /** The sale's, the return's, the member's id … */
  subject: string
  /** The sale that it is about, where the till named it. */
  saleid?: string
  /** What the till was told of a day's close. */
  day?: { businessdate: string; totals: LaneTotals }
  orderkey: string
  waiting: readonly string[]
  /**
   * `committing`: not on disk, no sign of success yet. `awaiting`: with the club. `deciding`: the club did not answer
   * in time, the box decides alone. `late`: the till was told that it is provisional; the club's answer is still shown.
   */
  stage: 'committing' | 'awaiting' | 'deciding' | 'late'
}

/**
 * Credit that is held, or asked for, for one sale: it ends in that sale (`spending`) or is given back (`dropping`),
 * once. Independent of the phase as bookings are.
 */
export interface Hold {
  redemptionid: string
  saleid: string
  orderkey: string
  device: string
  member: Credential
  /** What is asked for, then what is held. */
  amount: number
  capture: 'whole' | 'up-to'
  /** The till's requests that wait for the quote with it. */
  waiting: readonly string[]
  /**
   * `queued`: an older hold of the sale is on its way back. `intending`: its intent is being written to disk; `unwanted`:
   * so, and nobody wants it any more. `asking`: with the club, by question `number`. `held`. `spending`: the sale that
   * captures it is being written. `dropping`: the fact that gives it back is being written.
   */
  stage: 'queued' | 'intending' | 'unwanted' | 'asking' | 'held' | 'spending' | 'dropping'
  number?: number
  /** Of the box's own allowance for the member, without the club. */
  alone?: true
}

/** Who works at the lane. */
export interface Cashier {
  operator: string
  shift?: string
}

/** What whoever stands at the lane may see. */
export interface Shown {
  display?: DisplayContent
  prompts: readonly Prompt[]
  error?: ReplyError
}

/** Whoever stands at the lane, as far as the club or the box said who it is. */
export interface Customer extends Pick<Reply, 'member' | 'balances' | 'offers' | 'account' | 'decidedBy'> {
  credential: Credential
}

export interface LaneState {
  readonly phase: Phase
  readonly bookings: readonly Booking[]
  readonly holds: readonly Hold[]
  readonly cashier?: Cashier
  readonly uplink: 'online' | 'offline'
  readonly shown: Shown
  readonly customer?: Customer
  readonly questions: number
}

export const initialLane: LaneState = {
  phase: { at: 'idle' },
  bookings: [],
  holds: [],
  uplink: 'offline',
  shown: { prompts: [] },
  questions: 0,
}
