import type { ScheduledMessage } from '#programme/decide.ts'
import type { Balance } from '#protocol/effects.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import type { SealingPrivateKey } from '#protocol/sealing.ts'
import type { Localised } from '#protocol/text.ts'
import type { Arrival } from '../booking/arrival.ts'
import type { Shop } from '../booking/shop.ts'
import type { DayTotals } from '../books/records.ts'
import type { Transfer } from '../ledger/transfers.ts'
import type { Schedule } from '../programmes/schedule.ts'

/** One reply to publish to `store`. `body` is the stored JSON, byte for byte; the name is added beside it. */
export interface Answer {
  store: string
  inReplyTo: string
  body: string
  displayName?: string
}

/** Something that could not be booked or answered, for the log. */
export interface Notice {
  store: string
  id: string
  key: ErrorKey
  reason: string
}

export interface Outcome {
  answers: Answer[]
  notices: Notice[]
}

/**
 * The club's books. One implementation an engine; `tests/databases/` holds what each must do.
 */
export interface ClubStore {
  /**
   * Takes facts, in order, in ONE transaction; resolves after the commit with what is to be published: a reply for
   * each arrival that can be answered, and revisions of earlier ones. A repeat gets its stored reply. One that
   * cannot be booked is quarantined and stops none of the others. Rejects (nothing is kept) where the engine fails.
   */
  commitBatch(arrivals: readonly Arrival[]): Promise<Outcome>
  /** Answers requests. Quotes are stored; nothing else changes. */
  answer(arrivals: readonly Arrival[]): Promise<Outcome>
  /** Goes by another schedule of programmes from now on. Rejects where a version of it has decided with other rules. */
  follow(schedule: Schedule): Promise<void>

  /**
   * What can be used, and what is pending, at an instant (ISO 8601); where none is given, at the latest of which the
   * books know.
   */
  balances(memberid: string, at?: string): Promise<Balance[]>
  transfers(filter: { memberid?: string; saleid?: string }): Promise<Transfer[]>
  /** Messages that are due until an instant (ISO 8601), the earliest first. */
  dueMessages(until: string): Promise<DueMessage[]>
  memberByNumber(number: string): Promise<MemberRecord | undefined>
  members(): Promise<MemberRecord[]>
  sales(filter: { store?: string; limit?: number }): Promise<SaleRecord[]>
  /** Balances of the house's and the stores' accounts, and how much there is of everything. */
  totals(): Promise<Totals>
  quarantine(): Promise<QuarantineEntry[]>
  /** Lanes' business days from one date to another (both `YYYY-MM-DD`, both included), also those not closed yet. */
  dayCloses(filter: { from: string; to: string }): Promise<DayCloseRecord[]>
  /** What a member answered: to offers and to surveys, the newest first. */
  responses(memberid: string): Promise<ResponseRecords>
  /** What was received of each box's numbered facts, and what is missing. */
  sequences(): Promise<SequenceRecord[]>
  /** Derives every balance anew from the transfers; what differs. Empty where the books are right. */
  audit(): Promise<AuditDifference[]>
  close(): Promise<void>
}

/** A message that a rule scheduled. Who sends it fills in the fields in braces: no name is stored with it. */
export interface DueMessage {
  messageid: string
  memberid: string
  ruleid: string
  saleid: string
  channel: ScheduledMessage['channel']
  text: Localised
  due: string
}

export interface MemberRecord {
  memberid: string
  number: string
  visits: number
  purchases: number
  lastVisitAt?: string
  credit: number
  /** Balances of points and stamps by unit (`points:club`). */
  units: Readonly<Record<string, number>>
  credentials: number
}

export interface SaleRecord {
  saleid: string
  eventid: string
  store: string
  memberid?: string
  at: string
  currency: string
  total: number
  discount: number
  payable: number
  reference: string
  tillreceipt?: string
  reversed: boolean
}

export interface Totals {
  accounts: Record<string, number>
  members: number
  sales: number
  transfers: number
  quarantined: number
  training: number
}

export interface QuarantineEntry {
  store: string
  eventid: string
  type?: string
  key: ErrorKey
  reason: string
  receivedat: string
}

/** A lane's business day: the club's own totals, the till's where it has closed the day, and what differs. */
export interface DayCloseRecord {
  store: string
  lane: string
  businessdate: string
  club: DayTotals
  till?: DayTotals
  /** The till's less the club's, by what differs; empty where they agree, and where the day is not closed. */
  difference: Partial<DayTotals>
  closedAt?: string
}

export interface ResponseRecords {
  reactions: { offerid: string; saleid?: string; answer: string; operator?: string; store: string; at: string }[]
  surveys: { surveyid: string; option: number; comment?: string; store: string; at: string }[]
}

export interface SequenceRecord {
  store: string
  boxid: string
  received: [first: number, last: number][]
  missing: [first: number, last: number][]
}

export interface AuditDifference {
  account: string
  balance: number
  derived: number
}

/** What every implementation needs; plain data, so that it can go to a worker thread. */
export interface StoreSettings {
  club: string
  shops: readonly Shop[]
  programmes: Schedule
  /** The secret itself. */
  pepper: string
  sealingKey: SealingPrivateKey
}
