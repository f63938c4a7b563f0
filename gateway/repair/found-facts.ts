import { type FactType, messageTypes } from '#protocol/messages.ts'
import { messageOf } from '#runtime/errors.ts'
import type { FoundRow, SqliteValue } from '#runtime/sqlite-pages.ts'
import type { Seal } from '../sealing/seal.ts'
import { placeOf } from '../sealing/sealed-tables.ts'

/** A row of the outbox as it lies on a page. Sealed values are as they were. */
export interface FoundFact {
  sequence: number
  id: string
  type: FactType
  lane: string
  orderkey: Buffer
  saleid: string | null
  at: number
  settledat: number | null
  handed: 'none' | 'provisional' | 'final' | null
  body: Buffer
  reply: Buffer | null
}

/** As the table has them; `sequence` is the row's own number and stands as null among its values. */
type Columns = [null, ...SqliteValue[]]
const columnCount = 12
const types: ReadonlySet<string> = new Set(
  Object.entries(messageTypes).flatMap(([type, { class: is }]) => (is === 'fact' ? [type] : [])),
)
const handedAs: ReadonlySet<SqliteValue> = new Set([null, 'none', 'provisional', 'final'])

/** Undefined where the row is another table's. */
export function factIn({ rowid, values }: FoundRow): FoundFact | undefined {
  if (values.length !== columnCount || values[0] !== null || rowid === undefined || rowid < 1) return undefined
  const [, id, type, lane, orderkey, saleid, at, , settledat, handed, body, reply] = values as Columns
  const fits =
    typeof id === 'string' &&
    typeof type === 'string' &&
    types.has(type) &&
    typeof lane === 'string' &&
    Buffer.isBuffer(orderkey) &&
    (saleid === null || typeof saleid === 'string') &&
    typeof at === 'number' &&
    (settledat === null || typeof settledat === 'number') &&
    handed !== undefined &&
    handedAs.has(handed) &&
    Buffer.isBuffer(body) &&
    (reply === null || Buffer.isBuffer(reply))
  if (!fits) return undefined
  return { sequence: rowid, id, type, lane, orderkey, saleid, at, settledat, handed, body, reply } as FoundFact
}

/**
 * Collects facts off the pages, each once. A message is whole where it opens under the box's key in its own place: nothing
 * else can stand for it. Of two versions of a row the one that knows of the club's answer is the younger.
 */
export function collectFacts(seal: Seal) {
  const whole = new Map<number, FoundFact>()
  const spoilt = new Map<number, string>()
  const reasonAgainst = ({ sequence, id, body }: FoundFact): string | undefined => {
    try {
      const message = JSON.parse(seal.open(placeOf('outbox', 'body', sequence), body).toString('utf8')) as { id?: unknown }
      return message.id === id ? undefined : 'its id is another one'
    } catch (error) {
      return messageOf(error)
    }
  }
  return {
    take(fact: FoundFact): void {
      const { sequence } = fact
      const known = whole.get(sequence)
      if (known && (known.settledat !== null || fact.settledat === null)) return
      const reason = reasonAgainst(fact)
      if (reason === undefined) {
        whole.set(sequence, fact)
        spoilt.delete(sequence)
      } else if (!known) spoilt.set(sequence, reason)
    },
    /** By their numbers. */
    facts: (): FoundFact[] => [...whole.values()].sort((a, b) => a.sequence - b.sequence),
    /** Numbers whose row is there and whose message is not what the box wrote. */
    spoilt: (): number[] => [...spoilt.keys()].sort((a, b) => a - b),
  }
}

/** The numbers between the first and the last that are in none of the lists, as ranges with both ends. */
export function missingNumbers(numbers: readonly number[]): [number, number][] {
  const missing: [number, number][] = []
  for (const [n, number] of numbers.entries()) {
    const before = numbers[n - 1] ?? number - 1
    if (number > before + 1) missing.push([before + 1, number - 1])
  }
  return missing
}
