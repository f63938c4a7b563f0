import type { Programme } from '#programme/schema.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import type { Fact } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import type { SealingPrivateKey } from '#protocol/sealing.ts'
import type { Arrival } from '../booking/arrival.ts'
import type { Shop } from '../booking/shop.ts'
import type { SqliteJournal } from './sqlite-journal.ts'
import type { SqliteLedger } from './sqlite-ledger.ts'
import type { SqliteMembers } from './sqlite-members.ts'
import type { SqliteRewards } from './sqlite-rewards.ts'
import type { SqliteSales } from './sqlite-sales.ts'
import type { Answer } from './store.ts'

/** What booking and answering work with. */
export interface SqliteParts {
  shops: ReadonlyMap<string, Shop>
  programme: Programme
  /** The programme of a version that is or was in force. */
  programmeOf(version: number | undefined): Programme
  sealingKey: SealingPrivateKey
  journal: SqliteJournal
  ledger: SqliteLedger
  members: SqliteMembers
  sales: SqliteSales
  rewards: SqliteRewards
}

/** A reply as it goes out: the name of whom it speaks of beside the stored body. */
export function answerOf(
  { members }: SqliteParts,
  store: string,
  stored: { id: string; body: string; memberid?: string | undefined },
): Answer {
  const member = stored.memberid === undefined ? undefined : members.byId(stored.memberid)
  const displayName = member && members.displayName(member)
  return { store, inReplyTo: stored.id, body: stored.body, ...(displayName === undefined ? {} : { displayName }) }
}

export const answerWith = (parts: SqliteParts, store: string, reply: Reply): Answer =>
  answerOf(parts, store, { id: reply.inReplyTo, body: JSON.stringify(reply), memberid: reply.member?.memberid })

/** One fact on its way into the books. */
export interface Entry<F extends Fact = Fact> {
  fact: F
  hash: string
  json: unknown
  arrival: Arrival
  /** The journalled instant from which it counts. */
  effectiveAt: string
}

/** Why a fact is set aside instead of booked. */
export class SetAside extends Error {
  readonly key: ErrorKey
  constructor(key: ErrorKey, reason: string) {
    super(reason)
    this.key = key
  }
}

/** What a booking leaves to be done: its own reply, and revisions of earlier ones. */
export interface Booked {
  seq: number
  reply: Reply
  revised?: Reply[]
  /** Another event stands for the same original already. */
  sameAsBefore?: boolean
}
