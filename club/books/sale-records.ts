import type { BasketLine } from '#protocol/messages.ts'
import type { ActiveDay } from '../booking/activity.ts'
import type { SaleOnPaper } from '../receipt-of.ts'
import type { KeptCoupon } from './member-records.ts'

export interface Sale extends SaleOnPaper {
  saleid: string
  /** The event that completed it. */
  eventid: string
  /** Places in the journal of the events that posted transfers for it, its own first. */
  events: readonly number[]
  store: string
  memberid?: string | undefined
  lines: readonly BasketLine[]
  /** Whether it is the one that counts of its visit. */
  beginsVisit: boolean
  /** The id of the reversal. */
  reversedBy?: string | undefined
  /** The sale of the same member that was booked before this one. */
  previousSale?: string | undefined
  /** What it gave besides money, points and stamps, to be taken back with it. */
  gifts: Gifts
  /** Credit that was taken off it: how much of that each line bears, in the order of the lines. */
  redemption?: { redemptionid: string; lines: readonly number[] } | undefined
  /** The id of the claim that gave it its member later. */
  claimedBy?: string | undefined
}

/** What a sale gave besides money, points and stamps. */
export interface Gifts {
  /** What it added to counters. */
  counted: readonly { counter: string; add: number }[]
  /** Ids of the messages that it scheduled. */
  messages: readonly string[]
  couponsGiven?: readonly string[]
  couponsUsed?: readonly KeptCoupon[]
  activity?: ActiveDay
}

export const noGifts: Gifts = { counted: [], messages: [] }

export interface Quote {
  quoteid: string
  store: string
  saleid: string
  programme: number
  discount: number
  validuntil: string
}

export interface Tombstone {
  event: number
  id: string
  at: string
}

/** A redemption and what came of it. */
export interface Redemption {
  redemptionid: string
  store: string
  /** `voided` also where it was dropped before it was reserved; `captured` also where it never was. */
  state: 'held' | 'captured' | 'voided' | 'lapsed'
  /** Of what is or was held; nobody's where nothing ever was. */
  memberid?: string | undefined
  /** What was held, and until when. */
  amount: number
  lapsesAt?: string | undefined
  /** The event whose transfers set it aside. */
  heldBy?: number | undefined
}

/** What has been brought back of a sale. */
export interface Returned {
  saleid: string
  /** Of its price before discounts. */
  value: number
  /** By line, in the order of the basket. */
  quantities: readonly number[]
  returnids: readonly string[]
  /** How it came to that: after each return, in their order. */
  steps: readonly { event: number; at: string; value: number; quantities: readonly number[] }[]
}

/** A return that waits for its sale. */
export interface WaitingReturn {
  /** The event's. */
  id: string
  at: string
  returnid: string
  lines: readonly { line: number; quantity: number }[]
  amount?: number | undefined
  operator?: string | undefined
}

/** What a till counted on a business day, or what the club has of it; amounts before discounts. */
export interface DayTotals {
  /** Sales that were completed, those that were undone later among them. */
  sales: number
  total: number
  discount: number
  /** How many of them were undone. */
  reversed: number
}

/** One lane's business day: the club's own side, kept up with every sale, and the till's once the day is closed. */
export interface LaneDay extends DayTotals {
  /** `businessdate/store/lane`: days sort first. */
  day: string
  businessdate: string
  store: string
  lane: string
  /** What the till said when it last closed the day. */
  till?: DayTotals | undefined
  /** The event that closed it, and the newest revision of the reply to it. */
  closedBy?: string | undefined
  closedAt?: string | undefined
  revision?: number | undefined
}
