import type { TerminalAnswer } from '#agent/terminal/answers.ts'
import type { Journal } from '#agent/terminal/journal.ts'
import type { Transaction } from '#agent/terminal/requests.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import type { ShownCredential } from '#protocol/lane.ts'
import type { Tender } from '#protocol/messages.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import type { Language, Localised } from '#protocol/text.ts'
import type { MoneyShown } from '#protocol/values.ts'

/** What does not change while the terminal runs. */
export interface Setup {
  /** DE 41. */
  terminal: string
  /** The unit in which amounts are typed and shown. */
  moneyShown: MoneyShown
  timeZone: string
  /** How long an answer is waited for. */
  answerMs: number
  /** Keys can be exchanged: the terminal signs. */
  signs: boolean
}

/** The terminal's clock, as the shell read it: milliseconds since 1970, and how far local time is ahead of UTC. */
export interface Moment {
  now: number
  offsetMinutes: number
}

/** What the terminal keeps. Everything from `desk` on lives with the process; what stands before it is on disk before an effect. */
export interface AgentState {
  journal: Journal
  next: { batch: number; trace: number }
  language: Language
  /** The cashier who signed on. */
  operator?: string
  /** What was printed last, to be printed again. */
  lastReceipt?: ReceiptDocument
  desk: Desk
  inflight: readonly InFlight[]
  line: 'up' | 'down'
  /** What is due waits for a while, because the last try failed. */
  resting: boolean
  devices: readonly DeviceState[]
  /** The journal took nothing the last time: nothing is booked until it does. */
  disk: 'well' | 'full'
}

export interface DeviceState {
  device: string
  status: string
  reason?: string
}

/** A message that is on its way. */
export interface InFlight {
  trace: string
  mti: string
  /** Who waits for it: the cashier, or nobody but the journal. */
  by: 'cashier' | 'journal'
}

/** Somebody who was read before there was an amount. */
export interface Who {
  credential: ShownCredential
  /** The question that is on its way. */
  asked?: string
  known?: TerminalAnswer
  trouble?: Localised
}

/** What is sold, to whom. One basket is booked once at most, whatever happens. */
export interface Basket {
  /** Counted within the journal: the transaction in which the basket was first asked about. */
  id: string
  /** Rials. */
  total: number
  credential?: ShownCredential
}

/** What the box said of a basket. */
export interface Quote {
  total: number
  discount: number
  redeemed: number
  payable: number
  discounts: readonly { amount: number; ruleid: string }[]
  answer: TerminalAnswer
}

/** Why the terminal may approve a sale alone. */
export type Alone =
  /** There was no quote: nothing is given. */
  | { why: 'no-quote' }
  /** It was paid as quoted, and nobody answered: what was given stands. */
  | { why: 'unanswered'; quote: Quote; tender: Tender['kind'] }

/** Where the cashier is. */
export type Desk =
  | { at: 'home'; typed: string; who?: Who; trouble?: Localised; said?: Localised }
  | { at: 'customer'; total: number; typed: string; trouble?: Localised }
  | { at: 'quoting'; basket: Basket; transaction: Transaction }
  | { at: 'quoted'; basket: Basket; transaction: Transaction; quote: Quote; trouble?: Localised }
  | { at: 'credit'; basket: Basket; transaction: Transaction; quote: Quote; typed: string; trouble?: Localised }
  | { at: 'holding'; basket: Basket; transaction: Transaction; quote: Quote }
  | { at: 'paying'; basket: Basket; transaction: Transaction; quote: Quote; tender: Tender['kind'] }
  | { at: 'alone'; basket: Basket; alone: Alone; reason?: Localised }
  | { at: 'outcome'; outcome: Outcome; paper: 'none' | 'printing' | 'printed' | 'failed' }
  | { at: 'notice'; title: Localised; text: Localised; back: 'home' | 'technician' }
  | { at: 'menu' }
  | { at: 'operator'; typed: string; trouble?: Localised }
  | { at: 'signing'; trace: string; operator: string }
  | { at: 'undo'; trace: string }
  | { at: 'undoing'; trace: string }
  | { at: 'totals' }
  | { at: 'close'; trouble?: Localised; again?: IsoMessage }
  | { at: 'closing'; message: IsoMessage }
  | { at: 'pin'; typed: string; trouble?: Localised }
  | { at: 'checking-pin' }
  | { at: 'technician' }
  | { at: 'testing'; trace: string; since: number }
  | { at: 'devices' }
  | { at: 'waiting' }

/** What came of something, as the customer and the cashier hear it. */
export interface Outcome {
  kind: 'sold' | 'sold-alone' | 'undone' | 'day-closed'
  title: Localised
  rows: readonly { label: Localised; value: string | Localised }[]
  prompts: readonly Localised[]
}
