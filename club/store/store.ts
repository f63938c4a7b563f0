import type { ScheduledMessage } from '#programme/decide.ts'
import type { Balance } from '#protocol/effects.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import type { MemberProfile } from '#protocol/messages.ts'
import type { RegularsDown } from '#protocol/regulars.ts'
import type { Reply, ReplyStatus } from '#protocol/reply.ts'
import type { SealingPrivateKey } from '#protocol/sealing.ts'
import type { Localised } from '#protocol/text.ts'
import type { Arrival } from '../booking/arrival.ts'
import type { Shop } from '../booking/shop.ts'
import type { Act } from '../books/acts.ts'
import type { AlertRecord, Candidate, Consents, CredentialRecord, Member, Product } from '../books/member-records.ts'
import type { Decided } from '../books/quarantine.ts'
import type { DayTotals } from '../books/sale-records.ts'
import type { Fed } from '../fraud/feed.ts'
import type { Transfer } from '../ledger/transfers.ts'
import type { OfflineTerms } from '../offline-terms.ts'
import type { Purpose, Unreachable } from '../people/may-reach.ts'
import type { MobileCode } from '../people/mobile-codes.ts'
import type { Schedule } from '../programmes/schedule.ts'
import type { RoundAsked } from './outlets.ts'

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
  /** How long it took to read and decide, milliseconds; what comes after is the commit. */
  decideMs?: number
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
  /**
   * Answers requests. Quotes are stored; credit that is held is on disk when it resolves; nothing else changes.
   */
  answer(arrivals: readonly Arrival[]): Promise<Outcome>
  /** Goes by another schedule of programmes from now on. Rejects where a version of it has decided with other rules. */
  follow(schedule: Schedule): Promise<void>

  /**
   * Does what head office asks, in order and in one transaction; resolves after the commit with a reply for each. One
   * that cannot be done is `declined` with its reason, leaves nothing behind and stops none of the others.
   */
  act(acts: readonly Act[]): Promise<Reply[]>

  /**
   * Does what is due by an instant (ISO 8601): holds lapse, lots expire. Each is an event of the club's own with an id of
   * its own, so that it happens once. Resolves with how many there were.
   */
  tick(now: string): Promise<number>
  /** What stores owe one another for credit that one granted and another took, of an interval; `to` is not in it. */
  clearing(interval: { from: string; to: string }): Promise<ClearingRecord[]>
  /**
   * What can be used, and what is pending, at an instant (ISO 8601); where none is given, at the latest of which the
   * books know.
   */
  balances(memberid: string, at?: string): Promise<Balance[]>
  transfers(filter: { memberid?: string; saleid?: string }): Promise<Transfer[]>
  /** Messages that are due until an instant (ISO 8601) and that their members want to get, the earliest first. */
  dueMessages(until: string): Promise<DueMessage[]>
  /** One-time codes that are good at an instant (ISO 8601), for whoever sends them. */
  codesToSend(at: string): Promise<MobileCode[]>
  /** Those that are due and may not be sent, and why. */
  withheldMessages(until: string): Promise<WithheldMessage[]>
  /** Everything that the club has of one person, personal fields opened. */
  person(number: string): Promise<PersonRecord | undefined>
  /** Pairs of members who may be one person. */
  candidates(): Promise<Candidate[]>
  /** What the members of a household have together, by the number of any of them. */
  household(number: string): Promise<Household | undefined>
  /** The club's cards by batch and store, and how many of them are a member's. */
  stock(): Promise<StockBatch[]>
  products(): Promise<{ version: number; products: Product[] }>
  /** Ids of members who asked to be forgotten, with those that were joined with them, in the order in which they did. */
  erased(): Promise<string[]>
  /** What happened behind a place of the journal that alarms go by; at most so many places are read. */
  happenedAfter(place: { after: number; most: number }): Promise<Fed>
  /** Where the journal stood so long before its last event was received. */
  placeBefore(back: { backMs: number }): Promise<number>
  /** What rules and alarms told head office, the newest first. */
  alerts(filter: { limit?: number }): Promise<AlertRecord[]>
  memberByNumber(number: string): Promise<MemberRecord | undefined>
  members(): Promise<MemberRecord[]>
  /** The newest first: of all stores or one, or of one member (whatever other ids that member had). */
  sales(filter: { store?: string; memberid?: string; limit?: number }): Promise<SaleRecord[]>
  /**
   * Members by their whole number, their whole mobile number or a part of their name, the newest first. Names stand under
   * each person's own key: they are opened one by one, and no more of them than `searched`.
   */
  findMembers(given: { find: string; most: number }): Promise<{ members: FoundMember[]; whole: boolean }>
  /** What was sold and given on a business day, by store, as far as it is counted (`counting`). */
  storesOn(day: string): Promise<StoreDay[]>
  /** Balances of the house's and the stores' accounts, and how much there is of everything. */
  totals(): Promise<Totals>
  /** What is in quarantine and waits for a decision, the earliest first. */
  quarantine(): Promise<QuarantineEntry[]>
  /** One event in quarantine with its contents, unsealed. Rejects with `quarantine.unknown` or `quarantine.ambiguous`. */
  quarantined(name: QuarantineName): Promise<QuarantinedEvent>
  /**
   * Books an event that is in quarantine, as it is or as `correction` (its whole JSON) has it. Its box gets a reply of
   * a higher revision at its next heartbeat. Rejects with `quarantine.unbookable`; then it stays as it was.
   */
  release(name: QuarantineName, how: Decided & { correction?: string }): Promise<Released>
  /** Decides that an event in quarantine is never booked. What came is kept. */
  dropQuarantined(name: QuarantineName, how: Decided & { why: string }): Promise<void>
  /** Lanes' business days from one date to another (both `YYYY-MM-DD`, both included), also those not closed yet. */
  dayCloses(filter: { from: string; to: string }): Promise<DayCloseRecord[]>
  /** What a member answered: to offers and to surveys, the newest first. */
  responses(memberid: string): Promise<ResponseRecords>
  /** What was received of each box's numbered facts, and what is missing. */
  sequences(): Promise<SequenceRecord[]>
  /** How far measures and insight have come; they follow the journal by a moment. */
  counting(): Promise<Counting>
  /** Derives every balance anew from the transfers; what differs. Empty where the books are right. */
  audit(): Promise<AuditDifference[]>
  /** The numbers that came from an installation. */
  received(store: string, boxid: string): Promise<[number, number][]>
  /**
   * What a store's box is to be told of its regulars, and what it may give them while the club is away; nothing where the
   * club's configuration has no `offline`. Durable when it resolves.
   */
  regulars(asked: RoundAsked): Promise<RegularsDown[]>
  /**
   * A box will never tell again: what it was lent and has not told of is the members' and the house's again. Resolves with
   * how many allowances ended.
   */
  writeOffBox(given: { store: string; boxid: string; actor: string; why: string; at: string }): Promise<number>
  /** What boxes may still give, or have given and not told of, by box. */
  exposure(): Promise<ExposureReport>
  /** The same in two sums, for who asks often: it reads a few rows a store, and no allowance. */
  exposed(): Promise<Pick<ExposureReport, 'total' | 'offlineDifferences'>>
  /** Commits something that means nothing: whether the database takes what it is given. `at`: ISO 8601. */
  pulse(at: string): Promise<void>
  close(): Promise<void>
}

/** A message that a rule scheduled. Who sends it fills in the fields in braces: no name is stored with it. */
export interface DueMessage {
  messageid: string
  memberid: string
  ruleid: string
  saleid: string
  channel: ScheduledMessage['channel']
  /** What the member must have agreed to. */
  purpose: Purpose
  text: Localised
  due: string
}

/** `debtor` owes `creditor` so much for the credit that it granted; what goes the other way is taken off. */
export interface ClearingRecord {
  debtor: string
  creditor: string
  amount: number
  currency: string
}

export interface WithheldMessage extends DueMessage {
  why: Unreachable
}

/** A message about a member as it came in, tokens peppered. */
export interface JournalledMessage {
  eventid: string
  type: string
  /** Empty where it came from head office. */
  store: string
  at: string
  data: Record<string, unknown>
}

export interface PersonRecord
  extends Omit<Member, 'member' | 'lastSale' | 'credit' | 'units' | 'lots' | 'holds' | 'due' | 'activity'> {
  profile: MemberProfile
  balances: Balance[]
  consents: Consents['history']
  /** Cards, phones, fingers: what they are and whether they are good; never what was read. */
  credentials: Omit<CredentialRecord, 'token' | 'memberid' | 'secret'>[]
  /** Ids of members that turned out to be this one. */
  mergedMembers: readonly string[]
  messages: JournalledMessage[]
}

export interface Household {
  /** Numbers. */
  head: string
  members: { number: string; credit: number }[]
  credit: number
  units: Readonly<Record<string, number>>
}

export interface StockBatch {
  batch: string
  store?: string
  at: string
  cards: number
  handedout: number
}

export interface MemberRecord {
  memberid: string
  number: string
  visits: number
  purchases: number
  lastVisitAt?: string
  tier?: string
  /** The balance, with what is pending and without what is held. */
  credit: number
  held: number
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
  /** Credit that was taken instead of money. */
  redeemed: number
  reference: string
  tillreceipt?: string
  reversed: boolean
  /** How much of its price was brought back. */
  returned: number
}

/** What head office sees of a member in a list. */
export interface FoundMember extends MemberRecord {
  displayName?: string
  /** Its last four digits. */
  mobile?: string
  erased: boolean
}

export interface StoreDay {
  store: string
  sales: number
  /** What was paid less what was paid back. */
  paid: number
  creditIssued: number
  creditUsed: number
}

export interface Totals {
  accounts: Record<string, number>
  members: number
  sales: number
  transfers: number
  quarantined: number
  training: number
}

/** An event in quarantine: `store` and the beginning of its `hash` where the id alone names several. */
export interface QuarantineName {
  id: string
  store?: string
  hash?: string
}

export interface QuarantinedEvent extends QuarantineEntry {
  /** As it came. */
  text: string
}

/** What became of an event that was released. */
export interface Released {
  /** That it was booked under. */
  id: string
  status: ReplyStatus
  error?: ErrorKey
}

export interface QuarantineEntry {
  store: string
  eventid: string
  hash: string
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

export interface Counting {
  /** Events in the journal, and how many of them are counted. */
  journal: number
  counted: number
  /** Why counting does not get on; it is tried again by itself. */
  trouble: string | undefined
}

/** Of one box: the most that it can have given, and can give, of which the books do not know yet. */
export interface Exposure {
  store: string
  boxid: string
  /** How many members it is lent something for. */
  allowances: number
  credit: number
  gifts: number
  total: number
  /** When the last of it runs out. */
  until: string
  /** What of it has run out: the box gives it no more, and has not told yet what it gave. */
  over: number
}

export interface ExposureReport {
  at: string
  currency: string
  boxes: Exposure[]
  /** The club’s worst case. */
  total: number
  /** What boxes have given, ever, beyond what the club would have given. */
  offlineDifferences: number
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
  /** Which cards can become a member's: any (where it is left out), or those of the club's own stock. */
  cards?: 'any' | 'stock'
  /** Keys for tokens that were retired before these books were opened, and when; those that are retired later are told by acts. */
  retiredKeys?: Readonly<Record<string, string>>
  /** What boxes are told of their regulars, and may give; nothing, where it is left out. */
  offline?: OfflineTerms
  /** Where ids of erased members stand; without it a restored backup brings them back. */
  erasedFile?: string
}
