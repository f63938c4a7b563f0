import type { Programme } from '#programme/schema.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import type { Fact, Message } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import type { SealingPrivateKey } from '#protocol/sealing.ts'
import type { Arrival } from '../booking/arrival.ts'
import type { Shop } from '../booking/shop.ts'
import type { MobileCodes } from '../people/mobile-codes.ts'
import type { Pepper } from '../pepper.ts'
import type { Catalogue } from './catalogue.ts'
import type { Desk } from './desk.ts'
import type { Witness } from './witness.ts'

/** What booking and answering work with. */
export interface Books {
  desk: Desk
  shops: ReadonlyMap<string, Shop>
  /** The club's clock when the message at hand was received (ISO 8601). */
  now: string
  /** In force then. */
  programme: Programme
  /** The programme of a version that is or was in force; the one in force at `instant` where the version is not known. */
  programmeOf(version: number | undefined, instant: string): Programme
  sealingKey: SealingPrivateKey
  pepper: Pepper
  /** The chain's own products. */
  catalogue: Catalogue
  /** Which cards can become a member's: any, or those of the club's own stock. */
  cards: 'any' | 'stock'
  /** Keys for tokens that nothing is found by any more: name → since when (ISO 8601). */
  retiredKeys: ReadonlyMap<string, string>
  /** Codes on their way to mobiles; no booking asks for them. */
  mobileCodes: MobileCodes
  /** The way to whatever else a booking uses. */
  witness: Witness
}

/** One message on its way into the books: a fact, or a request that moves money. */
export interface Entry<F extends Message = Fact> {
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
  event: number
  reply: Reply
  revised?: Reply[]
  /** Another event stands for the same original already. */
  sameAsBefore?: boolean
  /** Who bought for the first time: who brought them in is thanked by an event of its own, once this one is journalled. */
  newcomer?: string | undefined
  /** What the message tells of a person; journalled under that person's own key. */
  personal?: { memberid: string; fields: unknown }
}

export function shopOf({ shops }: Books, store: string): Shop {
  const shop = shops.get(store)
  if (!shop) throw new SetAside('store.unknown', `store ${store} is not in the club's configuration`)
  return shop
}
