import type { Arrival, ReadArrival } from '../booking/arrival.ts'
import type { Books } from '../books/context.ts'
import type { OpenDesk } from '../books/desk.ts'
import { foresee, foreseeBehind } from '../books/foresight.ts'
import type { Kind } from '../books/records.ts'
import type { Absence } from './absence.ts'
import type { Engine } from './engine.ts'

/** An arrival that has been read. */
export interface Read {
  arrival: Arrival
  read: ReadArrival
}

/**
 * For an engine whose database is on another machine: loads what a batch is going to look up, all at once, and then
 * what lies behind that.
 */
export async function loadAhead(
  parts: {
    engine: Engine
    open: OpenDesk
    books: Books
    /** What to load of every member besides the member. */
    ofMembers: ReadonlySet<Kind>
    absence: Absence
  },
  items: readonly Read[],
): Promise<void> {
  const { engine, open, books, ofMembers, absence } = parts
  const messages = items.flatMap(({ arrival, read }) => (read.ok ? [{ arrival, message: read.message }] : []))
  let wanted = new Map<Kind, Set<string>>()
  const ask = (kind: Kind, key: string) => {
    if (open.has(kind, key) || absence.sure(kind, key)) return
    const keys = wanted.get(kind)
    if (keys) keys.add(key)
    else wanted.set(kind, new Set([key]))
  }
  const peek: Books['desk']['get'] = (kind, key) => (open.has(kind, key) ? open.desk.get(kind, key) : undefined)
  const look = { peek, ask, ofMembers }
  for (const one of messages) foresee(books, one, ask)
  // Who showed a card just now is in memory: then there is only one way to the database.
  for (const one of messages) foreseeBehind(books, one, look)
  while (wanted.size > 0) {
    await Promise.all(
      [...wanted].map(async ([kind, keys]) => {
        const found = await engine.load(kind, [...keys])
        for (const key of keys) {
          const record = found.get(key)
          if (record === undefined) absence.missed(kind, key)
          open.loaded(kind, key, record)
        }
      }),
    )
    wanted = new Map()
    for (const one of messages) foreseeBehind(books, one, look)
  }
}
