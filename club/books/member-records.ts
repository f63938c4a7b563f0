import type { ScheduledMessage } from '#programme/decide.ts'
import type { HeldCoupon } from '#programme/member-history.ts'
import type { Sealed } from '#protocol/messages.ts'
import type { Localised } from '#protocol/text.ts'
import type { ActiveDay } from '../booking/activity.ts'
import type { MemberState } from '../booking/member.ts'

/**
 * The club's state: what bookings look up by a key and change. Instants are ISO 8601 in UTC with milliseconds, so
 * that they sort as text; amounts are integers of the smallest unit; `event` is a place in the journal.
 */
export interface Member
  extends Pick<
    MemberState,
    'memberid' | 'number' | 'visits' | 'purchases' | 'lastVisitAt' | 'credit' | 'units' | 'lots' | 'holds' | 'rank' | 'lent'
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
  /** What was done on the days that tiers are measured by. */
  activity?: readonly ActiveDay[]
  /** The earliest instant at which something of the member's is due. */
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
  /** What the codes of a digital card are made from, sealed to the club. */
  secret?: Sealed
  /** When something last looked as if this card had been copied. */
  copiedAt?: string
  /** Under another key for tokens it stands there now; here is only the sign. */
  movedTo?: string
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

export type KeptCoupon = HeldCoupon

export interface AlertRecord {
  /** `eventid/n`. */
  alert: string
  ruleid: string
  text: Localised
  /** Left out where it is about no member. */
  memberid?: string | undefined
  store?: string | undefined
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
