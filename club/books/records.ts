import type { Ranges } from '../booking/sequence-ranges.ts'
import type { Measure } from '../insight/increments.ts'
import type { Insight } from '../insight/member-insight.ts'
import type { PostedTransfer } from '../ledger/transfers.ts'
import type { AllowanceRecord, OutletRecord, RegularRecord, Remark } from './allowance-records.ts'
import type { JournalEntry, Ruling } from './journal-records.ts'
import type {
  AlertRecord,
  Candidate,
  Consents,
  CredentialRecord,
  Dossier,
  KeptCoupon,
  Member,
  Message,
  Product,
  Profile,
  Reaction,
  StockCard,
  SurveyAnswer,
  Taps,
} from './member-records.ts'
import type { KeptProgramme } from './programmes.ts'
import type { CardKeyRing, SpentProof } from './proof-records.ts'
import type { LaneDay, Quote, Redemption, Returned, Sale, Tombstone, WaitingReturn } from './sale-records.ts'

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
  /** One record, `cards`. */
  cardkeys: CardKeyRing
  proof: SpentProof
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
  /** Surveys that a member has answered. */
  answered: { memberid: string; surveys: readonly string[] }
  /** What rules told head office. */
  alert: AlertRecord
  redemption: Redemption
  /** Whom to look at, and when (`agendaKey`): one entry for each instant that was ever due; who has nothing due then is passed over. */
  agenda: { agenda: string; memberid: string }
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
  /** What the box of a store may give one member while the club is away; gone when it has ended. */
  allowance: AllowanceRecord
  /** What the member hears at the next visit. */
  remark: Remark
  /** Who was at a store lately, and how far its box has been told; behind the books, and no booking reads these two. */
  regular: RegularRecord
  outlet: OutletRecord
  /** Derived from all the others, behind the sales (`insight/projector.ts`); no booking reads these three. */
  measure: Measure
  insight: Insight
  /** How far in the journal something derived has come. */
  projection: { projection: string; seq: number }
}

export type Kind = keyof Records
