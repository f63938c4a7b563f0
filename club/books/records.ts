import type { ScheduledMessage } from '#programme/decide.ts'
import type { HeldCoupon } from '#programme/member-history.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import type { BasketLine } from '#protocol/messages.ts'
import type { Localised } from '#protocol/text.ts'
import type { ActiveDay } from '../booking/activity.ts'
import type { MemberState } from '../booking/member.ts'
import type { Ranges } from '../booking/sequence-ranges.ts'
import type { Measure } from '../insight/increments.ts'
import type { Insight } from '../insight/member-insight.ts'
import type { PostedTransfer } from '../ledger/transfers.ts'
import type { SaleOnPaper } from '../receipt-of.ts'
import type { KeptProgramme } from './programmes.ts'
import type { Table } from './table.ts'

/**
 * The club's state: what bookings look up by a key and change. Instants are ISO 8601 in UTC with milliseconds, so
 * that they sort as text; amounts are integers of the smallest unit; `event` is a place in the journal.
 */
export interface Member
  extends Pick<
    MemberState,
    'memberid' | 'number' | 'visits' | 'purchases' | 'lastVisitAt' | 'credit' | 'units' | 'lots' | 'holds' | 'rank'
  > {
  /** Counts members from 1, in the order in which they joined. */
  member: number
  enrolledAt: string
  enrolledIn: string
  /** The member's sale that was booked last; each sale names the one before it. */
  lastSale?: string
  /** When the last visits began, as far back as the rules look, the oldest first. */
  recentVisits?: readonly string[]
  /** The member that this one turned out to be; nothing is booked here any more. */
  mergedInto?: string
  /** From when on nobody knows who this is. */
  erasedAt?: string
  /** The head of the household. */
  household?: string
  /** Who brought the member in, and how many friends of the member's own have bought something. */
  referredBy?: string
  friends?: number
  /** When the next birthday begins, where rules are about birthdays; gone when the person is forgotten. */
  birthdayAt?: string | undefined
  /** The earliest instant at which something of the member's is due (`agenda`). */
  due?: string | undefined
}

/** What identifies a member, by the peppered token. A card can be blocked before it is anybody's. */
export interface CredentialRecord {
  token: string
  memberid?: string | undefined
  kind: string
  keyid: string
  linkedAt: string
  /** No longer good, from `since` on; undefined while it is. */
  state?: 'blocked' | 'replaced'
  since?: string
  reason?: string
}

/** What belongs to a member and changes seldom, so that it can be found, moved and erased whole. */
export interface Dossier {
  memberid: string
  /** Peppered tokens of the member's credentials. */
  tokens: readonly string[]
  /** Hashes of the member's mobiles. */
  mobiles: readonly string[]
  /** Places in the journal of the events about the person; purchases are in the chain of sales. */
  events: readonly number[]
  /** Members that turned out to be this one. */
  merged: readonly string[]
}

/** Two members who may be one person: what came says so, and a person at head office decides. */
export interface Candidate {
  /** `first/second`. */
  pair: string
  first: string
  second: string
  why: 'card' | 'mobile'
  event: number
  at: string
}

/** A card of the club's own stock, by its peppered token; its raw number is kept nowhere. */
export interface StockCard {
  token: string
  /** The first token of the same card: one with a chip and a number has two. */
  card: string
  batch: string
  /** The store that it was given to. */
  store?: string | undefined
  at: string
}

/** One product of the chain's own list. */
export interface Product {
  product: string
  name: { fa?: string | undefined; en?: string | undefined }
  category?: string | undefined
  brand?: string | undefined
  /** Basis points. */
  taxrate?: number | undefined
  /** The version of the catalogue that changed it last. */
  version: number
}

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

/** A member's taps that counted as presence, the oldest first; only the last ones are kept. */
export interface Taps {
  memberid: string
  at: readonly string[]
}

/** What a member said to an offer, the newest word of each offer and sale. */
export interface Reaction {
  /** `offerid/memberid/saleid`; no sale: empty. */
  reaction: string
  memberid: string
  offerid: string
  saleid?: string | undefined
  answer: 'accepted' | 'later' | 'refused'
  operator?: string | undefined
  store: string
  at: string
}

/** What has been brought back of a sale. */
export interface Returned {
  saleid: string
  /** Of its price before discounts. */
  value: number
  /** By line, in the order of the basket. */
  quantities: readonly number[]
  returnids: readonly string[]
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

/** What a person decided about something in quarantine, once. */
export interface Ruling {
  ruling: string
  store: string
  id: string
  hash: string
  state: 'released' | 'dropped'
  who: string
  why?: string | undefined
  at: string
}

/** A member's answer to a survey. The comment is locked as a profile is. */
export interface SurveyAnswer {
  /** `surveyid/memberid`. */
  answer: string
  memberid: string
  surveyid: string
  option: number
  locked?: string | undefined
  store: string
  at: string
}

export interface Quote {
  quoteid: string
  store: string
  saleid: string
  programme: number
  discount: number
  validuntil: string
}

/** An event that was processed: as the club may keep it, and what was answered, byte for byte. */
export interface JournalEntry {
  id: string
  seq: number
  hash: string
  store: string
  type: string
  originalid?: string | undefined
  boxid: string
  sequence: number
  effectiveAt: string
  receivedAt: string
  status: string
  body: string
  reply: string
  memberid?: string | undefined
  /** What decided it besides the event and the books (witness.ts), as JSON; the desk writes it. */
  given?: string | undefined
}

/** Consent as it was given or withdrawn, the oldest first; nothing of it is ever changed. */
export interface Consents {
  memberid: string
  history: readonly { purpose: string; channel?: string; given: boolean; store: string; event: number; at: string }[]
}

/** A person's own key, and the profile under it; without a profile only earlier messages are locked with it. */
export interface Profile {
  memberid: string
  wrapped: string
  locked?: string
}

/** Everything that is kept under a key, by its kind. */
export interface Records {
  member: Member
  alias: { memberid: string; standsFor: string }
  credential: CredentialRecord
  mobile: { mobile: string; memberid: string }
  /** Apart from the books, so that a person can be forgotten and the books stay. */
  profile: Profile
  consents: Consents
  /** People, cards, catalogue. */
  dossier: Dossier
  number: { number: string; memberid: string }
  candidate: Candidate
  erasure: { memberid: string; event: number; at: string }
  /** The key is the head's id. */
  household: { household: string; members: readonly string[] }
  stock: StockCard
  product: Product
  /** One record: which version of the products is in force. */
  catalogue: { catalogue: string; version: number; at: string }
  entry: JournalEntry
  /** The newest reply to an event whose reply was revised. */
  revision: { id: string; revision: number; reply: string; at: string }
  /** What one event posted; the key is its place in the journal. */
  postings: { event: string; transfers: readonly PostedTransfer[] }
  sale: Sale
  /** A receipt's code. */
  reference: { reference: string; saleid: string }
  /** The newest sale with a till's receipt number; the key is `store/number`. */
  tillreceipt: { tillreceipt: string; saleid: string }
  quote: Quote
  programme: KeptProgramme
  /** What receipts showed of a store, by its digest. */
  shop: { digest: string; document: string }
  counter: { counter: string; used: number }
  message: Message
  /** Spending of credit by its id: held, captured or dropped. */
  /** Coupons that a member holds. */
  coupons: { memberid: string; held: readonly KeptCoupon[] }
  /** What a member did on the days that tiers are measured by. */
  activity: { memberid: string; days: readonly ActiveDay[] }
  /** Surveys that a member has answered. */
  answered: { memberid: string; surveys: readonly string[] }
  /** What rules told head office. */
  alert: AlertRecord
  redemption: Redemption
  /** Who has something due, and when first. */
  agenda: { memberid: string; due: string }
  day: LaneDay
  taps: Taps
  reaction: Reaction
  surveyAnswer: SurveyAnswer
  /** What was decided about something in quarantine; the key is `store/id/hash`. */
  ruling: Ruling
  /** Events whose replies were revised and that their store has not been sent. */
  unsent: { store: string; ids: readonly string[] }
  returned: Returned
  /** Reversals and returns that came before their sale; the key is `store/saleid`. */
  tombstone: { sale: string; store: string; saleid: string; reversals: readonly Tombstone[]; returns?: readonly WaitingReturn[] }
  original: { originalid: string; id: string }
  /** What was set aside under an id of a store; the key is `store/id`. */
  aside: { aside: string; entries: readonly { hash: string; reply: string }[] }
  training: { id: string; hash: string; store: string; receivedAt: string; body: string; reply: string }
  /** Which numbers of a box's facts have come; the key is `store/boxid`. */
  sequence: { box: string; store: string; boxid: string; ranges: Ranges }
  /** Derived from all the others, behind the sales (`insight/projector.ts`); no booking reads these three. */
  measure: Measure
  insight: Insight
  /** How far in the journal something derived has come. */
  projection: { projection: string; seq: number }
}

export type KeptCoupon = HeldCoupon

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

export interface AlertRecord {
  /** `eventid/n`. */
  alert: string
  ruleid: string
  text: Localised
  memberid: string
  store?: string | undefined
  at: string
}

export type Kind = keyof Records

export interface Tombstone {
  event: number
  id: string
  at: string
}

export interface Message {
  messageid: string
  memberid: string
  saleid: string
  ruleid: string
  channel: ScheduledMessage['channel']
  text: ScheduledMessage['text']
  due: string
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

/** What was set aside, sealed: the original text may hold tokens and what only the club may read. */
export interface Aside {
  store: string
  id: string
  hash: string
  type?: string | undefined
  key: ErrorKey
  reason: string
  receivedAt: string
  sealed: string
  reply?: string | undefined
}

/** Where each kind is kept. */
export const tables: { readonly [K in Exclude<Kind, 'postings'>]: Table<Records[K]> } = {
  member: {
    name: 'members',
    key: 'memberid',
    columns: {
      member: 'integer',
      memberid: 'text',
      number: 'text',
      enrolledAt: 'text',
      enrolledIn: 'text',
      visits: 'integer',
      purchases: 'integer',
      lastVisitAt: 'text',
      lastSale: 'text',
      mergedInto: 'text',
      erasedAt: 'text',
      household: 'text',
      referredBy: 'text',
      friends: 'integer',
      credit: 'integer',
      units: 'json',
      lots: 'json',
      rank: 'json',
      recentVisits: 'json',
      birthdayAt: 'text',
      holds: 'json',
      due: 'text',
    },
    fixed: ['member', 'number', 'enrolledAt', 'enrolledIn'],
  },
  alias: { name: 'member_aliases', key: 'memberid', columns: { memberid: 'text', standsFor: 'text' } },
  credential: {
    name: 'credentials',
    key: 'token',
    columns: {
      token: 'text',
      memberid: 'text',
      kind: 'text',
      keyid: 'text',
      linkedAt: 'text',
      state: 'text',
      since: 'text',
      reason: 'text',
    },
  },
  mobile: { name: 'mobiles', key: 'mobile', columns: { mobile: 'text', memberid: 'text' } },
  profile: { name: 'profiles', key: 'memberid', columns: { memberid: 'text', wrapped: 'text', locked: 'text' } },
  consents: { name: 'consents', key: 'memberid', columns: { memberid: 'text', history: 'json' } },
  dossier: {
    name: 'dossiers',
    key: 'memberid',
    columns: { memberid: 'text', tokens: 'json', mobiles: 'json', events: 'json', merged: 'json' },
  },
  number: { name: 'member_numbers', key: 'number', columns: { number: 'text', memberid: 'text' }, appendOnly: true },
  candidate: {
    name: 'merge_candidates',
    key: 'pair',
    columns: { pair: 'text', first: 'text', second: 'text', why: 'text', event: 'integer', at: 'text' },
  },
  erasure: {
    name: 'erasures',
    key: 'memberid',
    columns: { memberid: 'text', event: 'integer', at: 'text' },
    appendOnly: true,
  },
  household: { name: 'households', key: 'household', columns: { household: 'text', members: 'json' } },
  stock: { name: 'card_stock', key: 'token', columns: { token: 'text', card: 'text', batch: 'text', store: 'text', at: 'text' } },
  product: {
    name: 'products',
    key: 'product',
    columns: { product: 'text', name: 'json', category: 'text', brand: 'text', taxrate: 'integer', version: 'integer' },
  },
  catalogue: { name: 'catalogues', key: 'catalogue', columns: { catalogue: 'text', version: 'integer', at: 'text' } },
  entry: {
    name: 'journal',
    key: 'id',
    columns: {
      seq: 'integer',
      id: 'text',
      hash: 'text',
      store: 'text',
      type: 'text',
      originalid: 'text',
      boxid: 'text',
      sequence: 'integer',
      effectiveAt: 'text',
      receivedAt: 'text',
      status: 'text',
      body: 'text',
      reply: 'text',
      memberid: 'text',
      given: 'text',
    },
    appendOnly: true,
  },
  revision: { name: 'revisions', key: 'id', columns: { id: 'text', revision: 'integer', reply: 'text', at: 'text' } },
  sale: {
    name: 'sales',
    key: 'saleid',
    columns: {
      saleid: 'text',
      eventid: 'text',
      events: 'json',
      store: 'text',
      memberid: 'text',
      at: 'text',
      currency: 'text',
      total: 'integer',
      discount: 'integer',
      payable: 'integer',
      reference: 'text',
      operator: 'text',
      tillreceipt: 'text',
      lines: 'json',
      beginsVisit: 'boolean',
      reversedBy: 'text',
      previousSale: 'text',
      gifts: 'json',
      redeemed: 'integer',
      redemption: 'json',
      claimedBy: 'text',
    },
  },
  reference: { name: 'receipt_codes', key: 'reference', columns: { reference: 'text', saleid: 'text' } },
  tillreceipt: { name: 'till_receipts', key: 'tillreceipt', columns: { tillreceipt: 'text', saleid: 'text' } },
  quote: {
    name: 'quotes',
    key: 'quoteid',
    columns: {
      quoteid: 'text',
      store: 'text',
      saleid: 'text',
      programme: 'integer',
      discount: 'integer',
      validuntil: 'text',
    },
  },
  programme: {
    name: 'programmes',
    key: 'version',
    columns: { version: 'text', document: 'text' },
    appendOnly: true,
  },
  shop: {
    name: 'shops',
    key: 'digest',
    columns: { digest: 'text', document: 'text' },
    appendOnly: true,
  },
  counter: { name: 'counters', key: 'counter', columns: { counter: 'text', used: 'integer' } },
  message: {
    name: 'messages',
    key: 'messageid',
    columns: {
      messageid: 'text',
      memberid: 'text',
      saleid: 'text',
      ruleid: 'text',
      channel: 'text',
      text: 'json',
      due: 'text',
    },
  },
  coupons: { name: 'coupons', key: 'memberid', columns: { memberid: 'text', held: 'json' } },
  activity: { name: 'activity', key: 'memberid', columns: { memberid: 'text', days: 'json' } },
  answered: { name: 'answered', key: 'memberid', columns: { memberid: 'text', surveys: 'json' } },
  alert: {
    name: 'alerts',
    key: 'alert',
    columns: { alert: 'text', ruleid: 'text', text: 'json', memberid: 'text', store: 'text', at: 'text' },
    appendOnly: true,
  },
  redemption: {
    name: 'redemptions',
    key: 'redemptionid',
    columns: {
      redemptionid: 'text',
      store: 'text',
      state: 'text',
      memberid: 'text',
      amount: 'integer',
      lapsesAt: 'text',
      heldBy: 'integer',
    },
    fixed: ['store'],
  },
  agenda: { name: 'agenda', key: 'memberid', columns: { memberid: 'text', due: 'text' } },
  day: {
    name: 'lane_days',
    key: 'day',
    columns: {
      day: 'text',
      businessdate: 'text',
      store: 'text',
      lane: 'text',
      sales: 'integer',
      total: 'integer',
      discount: 'integer',
      reversed: 'integer',
      till: 'json',
      closedBy: 'text',
      closedAt: 'text',
      revision: 'integer',
    },
    fixed: ['businessdate', 'store', 'lane'],
  },
  taps: { name: 'taps', key: 'memberid', columns: { memberid: 'text', at: 'json' } },
  reaction: {
    name: 'reactions',
    key: 'reaction',
    columns: {
      reaction: 'text',
      memberid: 'text',
      offerid: 'text',
      saleid: 'text',
      answer: 'text',
      operator: 'text',
      store: 'text',
      at: 'text',
    },
    fixed: ['memberid', 'offerid', 'saleid'],
  },
  surveyAnswer: {
    name: 'survey_answers',
    key: 'answer',
    columns: { answer: 'text', memberid: 'text', surveyid: 'text', option: 'integer', locked: 'text', store: 'text', at: 'text' },
    appendOnly: true,
  },
  ruling: {
    name: 'quarantine_rulings',
    key: 'ruling',
    columns: { ruling: 'text', store: 'text', id: 'text', hash: 'text', state: 'text', who: 'text', why: 'text', at: 'text' },
    appendOnly: true,
  },
  unsent: { name: 'unsent_replies', key: 'store', columns: { store: 'text', ids: 'json' } },
  returned: {
    name: 'sale_returns',
    key: 'saleid',
    columns: { saleid: 'text', value: 'integer', quantities: 'json', returnids: 'json' },
  },
  tombstone: {
    name: 'tombstones',
    key: 'sale',
    columns: { sale: 'text', store: 'text', saleid: 'text', reversals: 'json', returns: 'json' },
  },
  original: { name: 'originals', key: 'originalid', columns: { originalid: 'text', id: 'text' } },
  aside: { name: 'asides', key: 'aside', columns: { aside: 'text', entries: 'json' } },
  training: {
    name: 'training',
    key: 'id',
    columns: { id: 'text', hash: 'text', store: 'text', receivedAt: 'text', body: 'text', reply: 'text' },
    appendOnly: true,
  },
  sequence: {
    name: 'sequences',
    key: 'box',
    columns: { box: 'text', store: 'text', boxid: 'text', ranges: 'json' },
  },
  measure: {
    name: 'measures',
    key: 'measure',
    columns: {
      measure: 'text',
      day: 'text',
      store: 'text',
      dimension: 'text',
      key: 'text',
      flow: 'text',
      label: 'text',
      count: 'integer',
      quantity: 'integer',
      amount: 'integer',
      discount: 'integer',
      payable: 'integer',
    },
    fixed: ['day', 'store', 'dimension', 'key', 'flow'],
  },
  insight: {
    name: 'insights',
    key: 'memberid',
    columns: {
      memberid: 'text',
      upto: 'integer',
      enrolledAt: 'text',
      enrolledIn: 'text',
      visits: 'integer',
      purchases: 'integer',
      spend: 'integer',
      total: 'integer',
      firstAt: 'text',
      lastAt: 'text',
      seen: 'json',
      tastes: 'json',
    },
  },
  projection: { name: 'projections', key: 'projection', columns: { projection: 'text', seq: 'integer' } },
}

export const kinds = Object.keys(tables) as Exclude<Kind, 'postings'>[]
