import { bodyHash } from '#protocol/envelope.ts'
import { type RangeCheckpoint, rangeMost, signRange } from '#protocol/range-checkpoint.ts'
import { VafaError } from '#runtime/errors.ts'
import type { BoxDisk } from './database.ts'
import { placeOf } from './sealing/sealed-tables.ts'

/**
 * Signs what this box has told the club, from its disk: the last `rangeMost` facts that are there, or those from one number
 * to another. Throws `range.absent` where a number is not on the disk any more.
 */
export function makeRangeCheckpoint(
  { database, seal }: BoxDisk,
  given: {
    club: string
    store: string
    identity: { privateKey: string; certificate: string }
    at: string
    from?: number | undefined
    to?: number | undefined
  },
): RangeCheckpoint {
  const { club, store, identity, at } = given
  const boxid = boxValue(database, 'boxid') ?? ''
  // Rows of the installation before, where this one began on a copy of its database, are not its own.
  const begins = Number(boxValue(database, 'begins') ?? 0)
  const ends = database
    .prepare('SELECT min(sequence) - @begins AS first, max(sequence) - @begins AS last FROM outbox WHERE sequence > @begins')
    .get({ begins }) as Record<string, number | null>
  const to = given.to ?? ends.last ?? 0
  const from = given.from ?? Math.max(ends.first ?? 1, to - rangeMost + 1)
  const rows = database
    .prepare<[number, number], { sequence: number; id: string; body: Buffer }>(
      'SELECT sequence, id, body FROM outbox WHERE sequence BETWEEN ? AND ? ORDER BY sequence',
    )
    .all(from + begins, Math.min(to, from + rangeMost - 1) + begins)
  if (to < from || rows.length !== to - from + 1)
    throw new VafaError({
      key: 'range.absent',
      message: `facts ${from} to ${to} are not all on this disk: it has ${ends.first ?? 0} to ${ends.last ?? 0}`,
      hint: `name numbers that are there (--from, --to), at most ${rangeMost}; a box keeps what was answered for 30 days`,
    })
  const facts = rows.map(({ sequence, id, body }): [string, string] => {
    const fact = JSON.parse(seal.open(placeOf('outbox', 'body', sequence), body).toString('utf8')) as object
    return [id, bodyHash(fact)]
  })
  return signRange({ club, store, boxid, from, to, at, facts }, identity)
}

const boxValue = (database: BoxDisk['database'], name: string): string | undefined =>
  database.prepare<[string], string>('SELECT value FROM box WHERE name = ?').pluck().get(name)
