import type { z } from 'zod'
import type { Credential } from '#protocol/credentials.ts'
import type { AppliedEffect, Effect, Prompt } from '#protocol/effects.ts'
import type { TillSale } from '#protocol/lane.ts'
import type { saleMode } from '#protocol/messages.ts'
import type { DisplayContent } from '#protocol/receipt.ts'
import type { MoneyShown } from '#protocol/values.ts'

/** What a lane is by its configuration. */
export interface LaneSetup {
  lane: string
  mode: z.infer<typeof saleMode>
  currency: string
  moneyShown: MoneyShown
  /** How long a customer waits for the club, milliseconds. */
  budgetMs: number
  /** Its till cannot ask before payment: nothing is quoted, the sale only earns. */
  earnOnly: boolean
  receiptVia: 'own' | 'till' | 'terminal'
}

/** A sale from the moment it opens. `orderkey` stays as it was then: the member's token, else the sale's id. */
export interface OpenSale {
  saleid: string
  orderkey: string
  businessdate: string
  basket: TillSale
  member?: Credential
  /** The till's name as a device. */
  device: string
}

/** What the till was told before payment. `applied`: the discounts in it. */
export interface PinnedQuote {
  total: number
  discount: number
  payable: number
  effects: Effect[]
  applied: AppliedEffect[]
  prompts: Prompt[]
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
}

/** A quote asked for again after a tap. Where the club does not answer, another member's quote is dropped. */
export type Requote = Question & { onFailure: 'keep the quote' | 'drop the quote' }

/** Who stands at the lane, before or without a sale. */
export interface Presented {
  credential: Credential
  device: string
}

/** Where the lane stands with the customer in front of it. */
export type Phase =
  | { at: 'idle' }
  | { at: 'presented'; who: Presented; question?: Question }
  | { at: 'open'; sale: OpenSale; question: Question }
  | { at: 'quoted'; sale: OpenSale; quote: PinnedQuote; requote?: Requote }
  | { at: 'tendering'; sale: OpenSale; quote: PinnedQuote }
  | { at: 'completed'; saleid: string; given: 'nothing yet' | 'provisional' | 'final' }
  | { at: 'cancelled'; saleid?: string }

/**
 * A fact of this lane that is not through yet. Independent of the phase: the next customer may be here already.
 * `ref` names it (`sale:…`, `reversal:…`, `enrolment:…`); `waiting`: the till's requests that get the answer.
 */
export interface Booking {
  ref: string
  of: 'sale' | 'reversal' | 'enrolment'
  /** The sale's or the member's id. */
  subject: string
  orderkey: string
  waiting: readonly string[]
  /**
   * `committing`: not on disk, no sign of success yet. `awaiting`: with the club. `deciding`: the club did not answer
   * in time, the box decides alone.
   */
  stage: 'committing' | 'awaiting' | 'deciding'
}

/** What whoever stands at the lane may see. */
export interface Shown {
  display?: DisplayContent
  prompts: readonly Prompt[]
}

export interface LaneState {
  readonly phase: Phase
  readonly bookings: readonly Booking[]
  readonly uplink: 'online' | 'offline'
  readonly shown: Shown
  readonly questions: number
}

export const initialLane: LaneState = {
  phase: { at: 'idle' },
  bookings: [],
  uplink: 'offline',
  shown: { prompts: [] },
  questions: 0,
}
