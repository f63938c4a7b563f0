import type { Programme } from '#programme/schema.ts'
import { isFact, type Message, type Request } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Arrival, ReadArrival } from '../booking/arrival.ts'
import type { Shop } from '../booking/shop.ts'
import { createMobileCodes } from '../people/mobile-codes.ts'
import type { Pepper } from '../pepper.ts'
import type { Engine } from '../store/engine.ts'
import { type Act, takeAct } from './acts.ts'
import type { Catalogue } from './catalogue.ts'
import type { Books } from './context.ts'
import { createDesk } from './desk.ts'
import { takeFact } from './facts.ts'
import { headOffice } from './head-office.ts'
import type { JournalEntry } from './journal-records.ts'
import { bookOwnEvent, type OwnEvent, takeDue } from './own-events.ts'
import { type JournalledRuling, repeatRuling } from './quarantine.ts'
import { takeRequest } from './requests.ts'
import { type Notes, personalNote, type Witness } from './witness.ts'

/** What the journal refers to and does not hold itself. */
export interface Witnessed {
  currency: string
  /** By version. */
  programmes: ReadonlyMap<number, Programme>
  /** By digest. */
  shops: ReadonlyMap<string, Shop>
  /** Opens what is locked under a member's own key; undefined where that was destroyed. */
  open(memberid: string, locked: string): unknown
}

/** An event was decided by what a member had told, who has been forgotten since: nobody can decide it again. */
export class Forgotten extends Error {}

/** How one journalled event is to be decided again. */
export interface Redeciding {
  /** The event; another than the journalled one where something is tried out. */
  message?: Message
  /** The rules, instead of those that decided. */
  programme?: Programme
}

export interface Replay {
  /** The books as the events so far leave them. */
  books: Books
  /**
   * Decides one journalled event again, all before it having been taken: the entry as it is journalled now. Throws
   * where the event cannot be booked any more.
   */
  take(entry: JournalEntry, how?: Redeciding): JournalEntry
  /** What a request would be answered, by the event's own notes and by `programme`; it leaves nothing behind. */
  ask(entry: JournalEntry, request: Request, programme?: Programme): Reply
  /** Does what is due of a member by an instant (ISO 8601), whatever the journal says of it. */
  takeDue(entry: JournalEntry, memberid: string, programme: Programme): void
  /** Writes what was taken to the fresh books' tables. */
  settle(): Promise<void>
}

/** In the journal tokens are peppered already, and what is personal is locked: nothing that it decided depends on it. */
const pepperOfJournal: Pepper = {
  token: (text) => text,
  proven: (text) => text,
  mobile: (number) => number,
  newPersonKey: () => '',
  lock: () => '',
  unlock: () => ({}),
  journalled: (event) => JSON.stringify(event),
}

/** What time brings about. */
const ownEventTypes: ReadonlySet<string> = new Set([
  'vafa.club.hold-lapsed.v1',
  'vafa.club.lots-expired.v1',
  'vafa.club.expiry-announced.v1',
  'vafa.club.tier-reviewed.v1',
  'vafa.club.birthday-begun.v1',
  'vafa.club.friend-bought.v1',
  'vafa.club.card-copied.v1',
  'vafa.club.allowance-granted.v1',
  'vafa.club.allowance-ended.v1',
] satisfies OwnEvent['type'][])
const rulingTypes: ReadonlySet<string> = new Set(['vafa.club.quarantine-released.v1', 'vafa.club.quarantine-dropped.v1'])

/** Folds journalled events once more, into the empty books of `engine`, which can load a record at once. */
export function openReplay(engine: Engine, { currency, programmes, shops, open: openLocked }: Witnessed): Replay {
  const { loadNow } = engine
  if (!loadNow) throw new Error('a replay needs an engine that loads at once')
  let notes: Notes = {}
  let given = ''
  let instead: Programme | undefined
  const witness: Witness = {
    note: <T>(name: string) => notes[name] as T | undefined,
    personal<T>(memberid: string): T | undefined {
      const locked = notes[personalNote(memberid)]
      if (locked === undefined) return undefined
      const facts = openLocked(memberid, String(locked))
      if (facts === undefined) throw new Forgotten(`member ${memberid} has been forgotten`)
      return facts as T
    },
  }
  const open = createDesk({
    load: loadNow,
    counts: { events: 0, members: 0, chain: '' },
    currency,
    given: () => given,
  })
  const programmeOf = (version: unknown): Programme => {
    const found = instead ?? programmes.get(Number(version))
    if (!found) throw new Error(`programme version ${version} is not kept`)
    return found
  }
  const books: Books = {
    desk: open.desk,
    shops: shopsOf(witness, shops),
    programme: undefined as unknown as Programme,
    now: '',
    programmeOf: (version, instant) => programmeOf(notes[`rules ${version ?? instant}`] ?? books.programme.version),
    sealingKey: { keyid: '', publicKey: '', privateKey: '' },
    pepper: pepperOfJournal,
    catalogue: { version: 0, products: new Map() },
    cards: 'any',
    retiredKeys: new Map(),
    mobileCodes: createMobileCodes(),
    witness,
  }

  /** What head office did, and what time did. */
  function redoOwn({ type }: JournalEntry, journalled: unknown): void {
    if (ownEventTypes.has(type)) bookOwnEvent(books, journalled as OwnEvent)
    else if (rulingTypes.has(type)) repeatRuling(books, journalled as JournalledRuling)
    else {
      const given = withoutProfile(journalled as Act) as Act
      takeAct(books, given)
      if (given.type === 'vafa.club.catalogue-imported.v1') books.catalogue = catalogueOf(books, given)
    }
  }

  function redecide(entry: JournalEntry, journalled: Message | Act): void {
    const { store, receivedAt: receivedat, hash } = entry
    if (store === headOffice) {
      redoOwn(entry, journalled as Act)
      return
    }
    const message = withoutProfile(journalled) as Message
    const arrival: Arrival = { store, receivedat, payload: new Uint8Array() }
    const read: ReadArrival = { ok: true, message, hash, json: message }
    if (isFact(message)) takeFact(books, arrival, read)
    else takeRequest(books, arrival, read, () => entry.id)
  }

  function remember(entry: JournalEntry, programme: Programme | undefined): void {
    given = entry.given ?? '{}'
    notes = JSON.parse(given) as Notes
    instead = programme
    books.programme = programmeOf(notes.programme)
    books.now = entry.receivedAt
  }

  return {
    books,
    ask(entry, request, programme) {
      remember(entry, programme)
      const arrival: Arrival = { store: entry.store, receivedat: entry.effectiveAt, payload: new Uint8Array() }
      const read: ReadArrival = { ok: true, message: request, hash: '', json: request }
      const { answers } = takeRequest(books, arrival, read, () => entry.id)
      open.dropEvent()
      return JSON.parse(answers[0]?.reply ?? '{}') as Reply
    },
    takeDue(entry, memberid, programme) {
      remember(entry, programme)
      takeDue(books, memberid)
      open.keepEvent()
    },
    take(entry, { message, programme } = {}) {
      const known = open.desk.get('entry', entry.id)
      if (known) return known
      remember(entry, programme)
      try {
        redecide(entry, message ?? (JSON.parse(entry.body) as Message | Act))
      } catch (error) {
        open.dropEvent()
        throw error instanceof Forgotten ? error : new Error(messageOf(error), { cause: error })
      }
      const again = open.desk.get('entry', entry.id)
      if (!again) {
        open.dropEvent()
        throw new Error('it is not journalled any more')
      }
      open.keepEvent()
      return again
    },
    async settle() {
      await engine.commit(open.changes('everything'), { lasting: 'soon' })
      open.committed()
    },
  }
}

/** A profile stands in the journal locked: whoever was found by it is noted. */
function withoutProfile(journalled: Message | Act): Message | Act {
  if (journalled.type === 'vafa.member.enrolled.v1' || journalled.type === 'vafa.member.updated.v1') {
    const { profile: _, ...data } = journalled.data
    return { ...journalled, data } as Message
  }
  if (journalled.type !== 'vafa.club.member-imported.v1') return journalled
  const { data } = journalled
  return { ...journalled, data: { ...data, member: { ...data.member, profile: {} } } }
}

function catalogueOf({ desk }: Books, { data }: Extract<Act, { type: 'vafa.club.catalogue-imported.v1' }>): Catalogue {
  const products = data.products.flatMap(({ product }) => {
    const known = desk.get('product', product)
    return known ? [[product, known] as const] : []
  })
  return { version: desk.get('catalogue', 'current')?.version ?? 0, products: new Map(products) }
}

/** The shops as they were when the event was decided. */
function shopsOf(witness: Witness, shops: ReadonlyMap<string, Shop>): ReadonlyMap<string, Shop> {
  const noted = new Map<string, Shop>()
  const digestOf = (store: string) => witness.note<string>(`shop ${store}`, () => undefined)
  noted.get = (store) => {
    const digest = digestOf(store)
    return digest === undefined ? undefined : shops.get(digest)
  }
  noted.has = (store) => digestOf(store) !== undefined
  noted.keys = () => (witness.note<string[]>('stores', () => undefined) ?? []).values()
  return noted
}
