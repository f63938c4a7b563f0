import type { Changes } from '../books/desk.ts'
import type { Kind } from '../books/records.ts'
import { tables } from '../books/tables.ts'
import type { Engine } from './engine.ts'

type Tracked = Exclude<Kind, 'postings'>

/** Of these there are few in most clubs, and every sale asks for some: all their keys are known, up to so many a kind. */
const few: readonly Tracked[] = [
  'aside',
  'training',
  'tombstone',
  'taps',
  'coupons',
  'answered',
  'profile',
  'revision',
  'alias',
  'remark',
  'allowance',
]
const fewMost = 2_000
/** Their ids begin with the time (UUID version 7): the greatest are known, twice so many at most. */
const timed: readonly Tracked[] = ['entry', 'sale']
const timedMost = 8_192
/** In no order, and of all sales: of those that were looked up lately it is known that they were not there. */
const lookedUp: readonly Tracked[] = ['reference']
const lookedUpMost = 4_096

/** What is certainly not in the database: most of what a sale looks up is asked for to be sure that it is not there. */
export interface Absence {
  sure(kind: Kind, key: string): boolean
  /** To be told of what the database was asked for and does not have. */
  missed(kind: Kind, key: string): void
  /** To be told of every record before it is written. What was written in vain only costs a question. */
  note(records: Changes['records']): void
}

interface Known {
  absent(key: string): boolean
  add(key: string): void
  missed?(key: string): void
}

/** Every key of a kind, or nothing where there are too many. */
function knownFew(found: readonly string[]): Known {
  let keys: Set<string> | undefined = found.length > fewMost ? undefined : new Set(found)
  return {
    absent: (key) => keys !== undefined && !keys.has(key),
    add(key) {
      keys?.add(key)
      if (keys && keys.size > fewMost) keys = undefined
    },
  }
}

/**
 * All keys above a floor. The newer half goes on when there are too many, and the floor rises to the greatest key of
 * the other half. A box whose clock is years ahead raises it above all that come: then the database is asked.
 */
function knownNewest(found: readonly string[]): Known {
  let floor = found.length > timedMost ? (found.at(-1) ?? '') : ''
  let older = new Set<string>()
  let newer = new Set(found)
  return {
    absent: (key) => key > floor && !newer.has(key) && !older.has(key),
    add(key) {
      if (key <= floor) return
      newer.add(key)
      if (newer.size <= timedMost) return
      for (const one of older) if (one > floor) floor = one
      older = newer
      newer = new Set()
    },
  }
}

/** Keys that were asked for in vain and have not been written since; the older half goes when there are too many. */
function knownMissed(): Known {
  let older = new Set<string>()
  let newer = new Set<string>()
  return {
    absent: (key) => newer.has(key) || older.has(key),
    add(key) {
      newer.delete(key)
      older.delete(key)
    },
    missed(key) {
      newer.add(key)
      if (newer.size <= lookedUpMost) return
      older = newer
      newer = new Set()
    },
  }
}

/** Reads what is needed to know it. The engine is at rest. */
export async function openAbsence(engine: Engine): Promise<Absence> {
  const known = new Map<Kind, Known>()
  const keysOf = async (kind: Tracked, { order, most }: { order: string; most: number }): Promise<string[]> => {
    const { name, key } = tables[kind]
    const rows = await engine.query<{ key: string }>(`SELECT ${key.toLowerCase()} AS key FROM ${name}${order} LIMIT $1`, [
      most + 1,
    ])
    return rows.map((one) => one.key)
  }
  await Promise.all([
    ...few.map(async (kind) => known.set(kind, knownFew(await keysOf(kind, { order: '', most: fewMost })))),
    ...timed.map(async (kind) => {
      const order = ` ORDER BY ${tables[kind].key.toLowerCase()} DESC`
      known.set(kind, knownNewest(await keysOf(kind, { order, most: timedMost })))
    }),
  ])
  for (const kind of lookedUp) known.set(kind, knownMissed())
  return {
    sure: (kind, key) => known.get(kind)?.absent(key) ?? false,
    missed: (kind, key) => known.get(kind)?.missed?.(key),
    note(records) {
      for (const [kind, one] of known) {
        const rows = records.get(kind)
        if (rows) for (const [key, record] of rows) if (record !== undefined) one.add(key)
      }
    },
  }
}
