import { hash } from 'node:crypto'
import { accountOwner, type PostedTransfer, type TransferDraft } from '../ledger/transfers.ts'
import type { Aside } from './journal-records.ts'
import type { Kind, Records } from './records.ts'

/** What a batch changes: written by an engine in one transaction. */
export interface Changes {
  /** By kind and key, as they are to be; `undefined`: to be deleted. */
  records: ReadonlyMap<Kind, ReadonlyMap<string, Records[Kind] | undefined>>
  transfers: readonly BookedTransfer[]
  /** What is added to accounts of the house and of stores, once a batch; negative: taken away. */
  totals: ReadonlyMap<string, { unit: string; change: number }>
  asides: readonly Aside[]
}

export interface BookedTransfer extends PostedTransfer {
  unit: string
  /** Links it to all transfers before it (`chainOf`). */
  chain: string
  event: number
  /** What it belongs to: a sale, a redemption … */
  subject: string
  at: string
}

/**
 * The books as one event sees and changes them. Records are plain values: to change one is to put another in its
 * place. Nothing is written before the batch's commit, and an event that cannot be booked leaves nothing behind.
 */
export interface Desk {
  get<K extends Kind>(kind: K, key: string): Records[K] | undefined
  put<K extends Kind>(kind: K, key: string, record: Records[K]): void
  drop(kind: Kind, key: string): void
  /** Writes transfers of one event; the balances of members are the caller's to put. */
  post(drafts: readonly TransferDraft[], cause: { event: number; subject: string; at: string }): void
  setAside(entry: Aside): void
  /** The next place in the journal. */
  nextEvent(): number
  /** The next member's number in the order of joining. */
  nextMember(): number
}

/** Where the desk's records come from: at once, or by throwing `Missing` until they have been loaded. */
export type Load = <K extends Kind>(kind: K, key: string) => Records[K] | undefined

/** A record that is not in memory yet; an engine that cannot wait for its database loads it and books the event again. */
export class Missing extends Error {
  readonly kind: Kind
  readonly key: string
  constructor(kind: Kind, key: string) {
    super(`${kind} ${key} is not loaded`)
    this.kind = kind
    this.key = key
  }
}

/** A transfer's link: SHA-256 over the link before it and what moves where; ids, accounts and amounts only. */
export const chainOf = (
  before: string,
  { seq, debit, credit, amount, unit, compensates }: Omit<BookedTransfer, 'chain'>,
): string => hash('sha256', `${before}|${seq}|${debit}|${credit}|${amount}|${unit}|${compensates ?? ''}`, 'base64url')

/** What transfers add to the accounts of the house and of stores. */
function totalsOf(transfers: readonly BookedTransfer[]): Changes['totals'] {
  const totals = new Map<string, { unit: string; change: number }>()
  const add = (account: string, unit: string, change: number) => {
    if (accountOwner(account) === 'member') return
    const known = totals.get(account)
    if (known) known.change += change
    else totals.set(account, { unit, change })
  }
  for (const { debit, credit, unit, amount } of transfers) {
    add(debit, unit, -amount)
    add(credit, unit, amount)
  }
  return totals
}

/** One event can post this many transfers: a transfer's own number is `event × postingsMax + n`. */
export const postingsMax = 1_000

/**
 * How many records of a kind stay in memory between batches, and up to twice so many: of those that one purchase asks
 * for several times, which takes a minute or two. More would be found again seldom and be moved about by the garbage
 * collector.
 */
const kept: Partial<Record<Kind, number>> = {
  member: 2_000,
  credential: 2_000,
  profile: 2_000,
  quote: 5_000,
  counter: 10_000,
  sequence: 10_000,
  tombstone: 1_000,
  day: 10_000,
  programme: 1_000,
  shop: 1_000,
}

interface Shelf {
  most: number
  /** As the database's tables have them: the newer ones, and those that go when there are too many of them. */
  kept: Map<string, Records[Kind] | undefined>
  older: Map<string, Records[Kind] | undefined>
  /** The same, loaded for the work at hand; also what is known not to be there. */
  loaded: Map<string, Records[Kind] | undefined>
  /** As the database has them, but not in their tables yet; or on their way there (`handOver`). */
  remembered: Map<string, Records[Kind] | undefined>
  /** As the events of this batch so far leave them. */
  batch: Map<string, Records[Kind] | undefined>
  /** As the event at hand leaves them. */
  event: Map<string, Records[Kind] | undefined>
}

/** Where the books stand: how many events and members they hold, and the link of the last transfer. */
export interface Counts {
  events: number
  members: number
  /** Empty before the first transfer. */
  chain: string
}

interface Pile {
  transfers: BookedTransfer[]
  asides: Aside[]
}

/**
 * `currency`: the unit of transfers that name none. `given`: what a journal entry is to say of what decided it (witness.ts);
 * asked for when an entry is put, so that no event comes into the journal without it.
 */
export function createDesk(options: { load: Load; counts: Counts; currency: string; given: () => string }) {
  const { load, currency, given } = options
  const shelves = new Map<Kind, Shelf>()
  let committed: Counts = { ...options.counts }
  let counts: Counts = { ...committed }
  /** Where the books stand when what was handed over has been written. */
  let handedOver: Counts | undefined
  let beforeEvent: Counts = { ...committed }
  let rememberedPile: Pile = { transfers: [], asides: [] }
  let batch: Pile = { transfers: [], asides: [] }
  let event: Pile = { transfers: [], asides: [] }

  /** Those that the event at hand has put something on. */
  let touched: Shelf[] = []
  const putOn = (shelf: Shelf, key: string, record: Records[Kind] | undefined) => {
    if (shelf.event.size === 0) touched.push(shelf)
    shelf.event.set(key, record)
  }

  const shelfOf = (kind: Kind): Shelf => {
    const known = shelves.get(kind)
    if (known) return known
    const shelf: Shelf = {
      most: kept[kind] ?? 0,
      kept: new Map(),
      older: new Map(),
      loaded: new Map(),
      remembered: new Map(),
      batch: new Map(),
      event: new Map(),
    }
    shelves.set(kind, shelf)
    return shelf
  }

  const keep = (shelf: Shelf, key: string, record: Records[Kind] | undefined): void => {
    if (shelf.most === 0) return
    shelf.kept.set(key, record)
    if (shelf.kept.size < shelf.most) return
    shelf.older = shelf.kept
    shelf.kept = new Map()
  }

  /** What was changed is in its tables now. */
  const putAway = (kind: Kind, shelf: Shelf, layer: 'remembered' | 'batch'): void => {
    for (const [key, record] of shelf[layer]) {
      if (record === undefined || kind === 'postings') {
        shelf.kept.delete(key)
        shelf.older.delete(key)
      } else keep(shelf, key, record)
    }
    shelf[layer].clear()
  }

  const desk: Desk = {
    get<K extends Kind>(kind: K, key: string): Records[K] | undefined {
      const { event, batch, remembered, kept, older, loaded } = shelfOf(kind)
      if (event.size > 0 && event.has(key)) return event.get(key) as Records[K] | undefined
      if (batch.size > 0 && batch.has(key)) return batch.get(key) as Records[K] | undefined
      if (remembered.size > 0 && remembered.has(key)) return remembered.get(key) as Records[K] | undefined
      if (kept.size > 0 && kept.has(key)) return kept.get(key) as Records[K] | undefined
      if (older.size > 0 && older.has(key)) return older.get(key) as Records[K] | undefined
      if (loaded.size > 0 && loaded.has(key)) return loaded.get(key) as Records[K] | undefined
      const record = load(kind, key)
      // What is not there is mostly asked for once: an id of an event that has not come before.
      if (record !== undefined) keep(shelfOf(kind), key, record)
      return record
    },
    put(kind, key, record) {
      const kept = kind === 'entry' ? { ...record, given: given() } : record
      putOn(shelfOf(kind), key, kept)
    },
    drop: (kind, key) => putOn(shelfOf(kind), key, undefined),
    post(drafts, cause) {
      if (drafts.length === 0) return
      const key = String(cause.event)
      // An event of this batch has nothing in the database yet.
      const fresh = cause.event > (handedOver ?? committed).events && !shelfOf('postings').event.has(key)
      const before = fresh ? [] : (desk.get('postings', key)?.transfers ?? [])
      if (before.length + drafts.length > postingsMax) throw new RangeError(`more than ${postingsMax} transfers of one event`)
      const posted = drafts.map((draft, index) => ({ ...draft, seq: cause.event * postingsMax + before.length + index }))
      desk.put('postings', key, { event: key, transfers: [...before, ...posted] })
      for (const draft of posted) {
        const one = { ...draft, ...cause, unit: draft.unit ?? currency }
        counts.chain = chainOf(counts.chain, one)
        event.transfers.push({ ...one, chain: counts.chain })
      }
    },
    setAside: (entry) => void event.asides.push(entry),
    nextEvent: () => ++counts.events,
    nextMember: () => ++counts.members,
  }

  const emptyBatch = () => {
    batch = { transfers: [], asides: [] }
  }
  const dropEvent = () => {
    for (const shelf of touched) shelf.event.clear()
    touched = []
    event = { transfers: [], asides: [] }
    counts = { ...beforeEvent }
  }

  /** What the batch has gathered; with `remembered`, also what was remembered before it. */
  function changes(of: 'batch' | 'everything'): Changes {
    const records = new Map<Kind, ReadonlyMap<string, Records[Kind] | undefined>>()
    for (const [kind, shelf] of shelves) {
      if (kind === 'postings') continue
      const rows =
        of === 'batch' || shelf.remembered.size === 0
          ? shelf.batch
          : shelf.batch.size === 0
            ? shelf.remembered
            : new Map([...shelf.remembered, ...shelf.batch])
      if (rows.size > 0) records.set(kind, rows)
    }
    if (of === 'batch') return { records, ...batch, totals: totalsOf(batch.transfers) }
    const transfers = [...rememberedPile.transfers, ...batch.transfers]
    return { records, transfers, totals: totalsOf(transfers), asides: [...rememberedPile.asides, ...batch.asides] }
  }
  /** Whether anything is remembered and not in its table, or on its way there. */
  const remembers = (): boolean => [...shelves.values()].some((shelf) => shelf.remembered.size > 0)

  return {
    desk,
    /** What the event did stands, as far as the batch does. */
    keepEvent(): void {
      for (const shelf of touched) {
        for (const [key, record] of shelf.event) shelf.batch.set(key, record)
        shelf.event.clear()
      }
      touched = []
      batch.transfers.push(...event.transfers)
      batch.asides.push(...event.asides)
      event = { transfers: [], asides: [] }
      beforeEvent = { ...counts }
    },
    /** What the event did is forgotten. */
    dropEvent,
    changes,
    /** The batch is safe, but only its journal entries are in their table yet. */
    remembered(): void {
      for (const [kind, shelf] of shelves) {
        if (kind !== 'entry') for (const [key, record] of shelf.batch) shelf.remembered.set(key, record)
        shelf.batch.clear()
      }
      rememberedPile.transfers.push(...batch.transfers)
      rememberedPile.asides.push(...batch.asides)
      emptyBatch()
      committed = { ...counts }
    },
    remembers,
    /**
     * Gives the batch away to be written, while the next one is folded over it; `written` or `failed` tells what became of
     * it. There must be nothing that is remembered, or handed over already.
     */
    handOver(): Changes {
      const handed = changes('batch')
      for (const shelf of shelves.values()) {
        shelf.remembered = shelf.batch
        shelf.batch = new Map()
      }
      emptyBatch()
      handedOver = { ...counts }
      return handed
    },
    /** What was handed over is in its tables. */
    written(): void {
      for (const [kind, shelf] of shelves) putAway(kind, shelf, 'remembered')
      committed = handedOver ?? committed
      handedOver = undefined
    },
    /** How many events the journal holds. */
    events: (): number => committed.events,
    /** Whether the batch has transfers. */
    movedMoney: (): boolean => batch.transfers.length > 0,
    /** Keys of the records of a kind that this batch has changed. */
    changed: (kind: Kind): string[] => [...(shelves.get(kind)?.batch.keys() ?? [])],
    /** Whether anything waits for its table. */
    unsettled: (): boolean => remembers() || [...shelves.values()].some((shelf) => shelf.batch.size > 0),
    /** Everything is in its table. */
    committed(): void {
      for (const [kind, shelf] of shelves) {
        putAway(kind, shelf, 'remembered')
        putAway(kind, shelf, 'batch')
      }
      rememberedPile = { transfers: [], asides: [] }
      emptyBatch()
      committed = { ...counts }
    },
    /**
     * The batch failed: nothing of it stays, nor of one that was handed over and is not written. What was remembered before
     * is as safe as it was.
     */
    failed(): void {
      dropEvent()
      for (const shelf of shelves.values()) {
        shelf.batch.clear()
        if (handedOver) shelf.remembered.clear()
        shelf.kept.clear()
        shelf.older.clear()
        shelf.loaded.clear()
      }
      emptyBatch()
      handedOver = undefined
      counts = { ...committed }
      beforeEvent = { ...committed }
    },
    /** A record for the work at hand, from an engine that cannot load at once; `undefined`: it is not there. */
    loaded(kind: Kind, key: string, record: Records[Kind] | undefined): void {
      const shelf = shelfOf(kind)
      shelf.loaded.set(key, record)
      if (record !== undefined) keep(shelf, key, record)
    },
    /** The work for which records were loaded is done. */
    forgetLoaded(): void {
      for (const shelf of shelves.values()) shelf.loaded.clear()
    },
    /** Whether a record, or that there is none, is in memory. */
    has(kind: Kind, key: string): boolean {
      const shelf = shelves.get(kind)
      if (!shelf) return false
      return [shelf.event, shelf.batch, shelf.remembered, shelf.kept, shelf.older, shelf.loaded].some((records) =>
        records.has(key),
      )
    },
    /** After a batch that failed: where the books stand by the database's own account. */
    recount(found: Counts): void {
      committed = { ...found }
      counts = { ...found }
      beforeEvent = { ...found }
    },
  }
}
export type OpenDesk = ReturnType<typeof createDesk>
