import { hash } from 'node:crypto'
import type { Programme } from '#programme/schema.ts'
import type { Shop } from '../booking/shop.ts'
import type { Desk } from './desk.ts'

/** What decided an event besides the event itself and the books before it; plain values, by name. */
export type Notes = Readonly<Record<string, unknown>>

/**
 * The bookings' only way to what neither the event nor the books hold: which rules were in force, how a shop is named
 * on receipts, what a quote promised, whose a mobile is. It is written into the journal beside the event, so that the
 * event can be decided again from the journal alone, byte for byte.
 */
export interface Witness {
  /**
   * The value that decides under a name: from `value` when the event is booked first, from the journal when it is
   * decided again. One message asks once for each name. Plain values only, and nothing personal: the journal is for ever.
   */
  note<T>(name: string, value: () => T | undefined): T | undefined
  /** As `note`, for what a member has told: in the journal it is locked under the member's own key, and goes with it. */
  personal<T>(memberid: string, value: () => T | undefined): T | undefined
}

/** The witness of events that are booked for the first time. `lock`: under a member's own key. */
export function createWitness({ lock }: { lock(memberid: string, value: unknown): string }) {
  let notes = new Map<string, unknown>()
  let told = new Map<string, unknown>()
  const witness: Witness = {
    note<T>(name: string, value: () => T | undefined): T | undefined {
      if (!notes.has(name)) notes.set(name, value())
      return notes.get(name) as T | undefined
    },
    personal<T>(memberid: string, value: () => T | undefined): T | undefined {
      if (!told.has(memberid)) {
        const facts = value()
        told.set(memberid, facts)
        notes.set(personalNote(memberid), facts === undefined ? undefined : lock(memberid, facts))
      }
      return told.get(memberid) as T | undefined
    },
  }
  return {
    witness,
    /**
     * What was noted so far, for an event that is about to be journalled, as text. One message can bring several events,
     * some in the midst of others: each has all that was noted until then.
     */
    taken(always: Notes): string {
      let text = JSON.stringify(always)
      for (const [name, value] of notes)
        if (value !== undefined)
          text = `${text.slice(0, -1)}${text === '{}' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}}`
      return text
    },
    /** Another message begins. */
    forget(): void {
      if (notes.size > 0) notes = new Map()
      if (told.size > 0) told = new Map()
    },
  }
}

/** The name of what a member has told. */
export const personalNote = (memberid: string): string => `personal ${memberid}`

/** The rules of a version that decides; noted where they are not those in force. */
export function notedRules(
  witness: Witness,
  { inForce, version, instant }: { inForce: Programme; version: number | undefined; instant: string },
  find: () => Programme,
): Programme {
  let found: Programme | undefined
  const noted = witness.note(`rules ${version ?? instant}`, () => {
    found = find()
    return found.version === inForce.version ? undefined : found.version
  })
  if (found) return found
  return noted === undefined ? inForce : find()
}

/** The shops of the configuration, each noted by the digest of what receipts show of it; that is kept for ever. */
export function notedShops(
  shops: readonly Shop[],
  { witness, desk }: { witness: Witness; desk: Desk },
): ReadonlyMap<string, Shop> {
  const known = new Map(shops.map((shop) => [shop.store, { shop, ...documentOf(shop) }]))
  const noted = new Map(shops.map((shop) => [shop.store, shop]))
  const get = noted.get.bind(noted)
  noted.get = (store) => {
    witness.note(`shop ${store}`, () => {
      const one = known.get(store)
      if (one && !desk.get('shop', one.digest)) desk.put('shop', one.digest, { digest: one.digest, document: one.document })
      return one?.digest
    })
    return get(store)
  }
  noted.has = (store) => noted.get(store) !== undefined
  noted.keys = () => (witness.note('stores', () => [...known.keys()]) ?? []).values()
  return noted
}

function documentOf(shop: Shop): { digest: string; document: string } {
  const document = JSON.stringify(shop)
  return { digest: hash('sha256', document, 'base64url').slice(0, 12), document }
}
