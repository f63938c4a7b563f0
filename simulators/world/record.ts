import type { ReceiptDocument } from '#protocol/receipt.ts'

/** A sale as the cashier and the customer know it. */
export interface SeenSale {
  saleid: string
  store: string
  lane: string
  total: number
  /** Who bought, by their number among the customers; undefined where no card was shown. */
  customer: number | undefined
  /** The card was shown only after the sale was opened. */
  cardLate: boolean
  /** What the till said last that is to be paid, and how much of the price it took from credit. */
  payable: number
  redeemed: number
  discount: number
  /** When a box first said that it gives something by itself, milliseconds of the world. */
  givenAloneAt: number | undefined
  /** The money was given to the till, and it asked the lane to book the sale. */
  paid: boolean
  acknowledged: boolean
  /** When the lane said so, milliseconds of the world. */
  acknowledgedAt: number
  reversal: 'no' | 'asked' | 'acknowledged'
}

export interface SeenReturn {
  returnid: string
  saleid: string
  acknowledged: boolean
}

/** A receipt that somebody holds in their hand. */
export interface Paper {
  store: string
  lane: string
  /** In which run of the box's process it came out of the printer. */
  run: number
  at: number
  document: ReceiptDocument
}

export interface SeenEnrolment {
  memberid: string
  customer: number
  acknowledged: boolean
  /** The club has said yes, and the till has shown it. */
  settled: boolean
}

export interface SeenFact {
  store: string
  boxid: string
  type: string
  sequence: number
  orderkey: string
  /** The sale that it is about, where it is one, and what that used of which allowance. */
  saleid: string | undefined
  allowance: { serial: number; credit: number; gifts: number } | undefined
  /** Credit that a box announced without the club: of an advice. */
  announced: number | undefined
}

/**
 * What people saw, kept outside of everything that can crash. The checker knows the books and this, and nothing of what
 * lies between.
 */
export interface OutsideRecord {
  sales: Map<string, SeenSale>
  returns: Map<string, SeenReturn>
  enrolments: Map<string, SeenEnrolment>
  /** Customers who were told that they are members now. */
  members: Set<number>
  papers: Paper[]
  /** Facts as they passed the wire, by id: their box, their number and their order key. */
  facts: Map<string, SeenFact>
  /** Replies as they passed the wire: event and revision → the first one's text. */
  replies: Map<string, string>
  /** Sales that a terminal approved by itself. */
  alone: Set<string>
  /** Sales of a terminal that went off over them: what its journal says of each when it is back. */
  unsure: Map<string, () => 'stands' | 'gone' | 'open'>
  /** The club's books came from a backup: what it had promised since, and not told a box in writing, it does not know. */
  restored: boolean
  /** What was wrong at the instant when it was seen. */
  faults: string[]
}

export const createRecord = (): OutsideRecord => ({
  sales: new Map(),
  returns: new Map(),
  enrolments: new Map(),
  members: new Set(),
  papers: [],
  facts: new Map(),
  replies: new Map(),
  alone: new Set(),
  unsure: new Map(),
  restored: false,
  faults: [],
})
