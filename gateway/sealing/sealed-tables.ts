import { VafaError } from '#runtime/errors.ts'
import type { Database } from '#runtime/sqlite.ts'
import type { Seal } from './seal.ts'

/**
 * What of the box's database is personal, or leads to a person: baskets with a member, tokens of cards and mobiles,
 * replies, who has signed on, whose a finger is. Ids of events and sales, lanes, kinds and times stay readable: rows are
 * found by them. What the club sends down (`down`) is no person's.
 */
export const sealedTables = {
  outbox: { row: ['sequence'], columns: ['orderkey', 'body', 'reply'] },
  open_sale: { row: ['saleid'], columns: ['body'] },
  redemption_intent: { row: ['redemptionid'], columns: ['body'] },
  device_memory: { row: ['device', 'key'], columns: ['value'] },
  signed_on: { row: ['lane'], columns: ['body'] },
  finger: { row: ['epoch', 'slot'], columns: ['whose'] },
  regulars: { row: ['shard'], columns: ['body'] },
  known_card: { row: ['card'], columns: ['body'] },
  regular_since: { row: ['member'], columns: ['body'] },
} as const
export type SealedTable = keyof typeof sealedTables

const rowsAtOnce = 500

/** Where a value stands; sealed values are bound to it. */
export const placeOf = <Table extends SealedTable>(
  table: Table,
  column: (typeof sealedTables)[Table]['columns'][number],
  ...row: readonly (string | number)[]
): string => `${table}.${column} ${row.join(' ')}`

/**
 * Brings every value under the current key: plain ones of a database from before there was a key, and those under an
 * older one; gives how many. Some rows at a time, so that a stop on the way costs nothing: it goes on at the next start.
 */
export function sealAll(database: Database, seal: Seal): number {
  let sealed = 0
  for (const [table, { row, columns }] of Object.entries(sealedTables))
    for (const column of columns) {
      const among = `${column} IS NOT NULL AND substr(${column}, 1, ${seal.header.length}) <> ?`
      const find = database.prepare<unknown[], Record<string, string | number | Buffer>>(
        `SELECT ${row.join(', ')}, ${column} FROM ${table} WHERE ${among} LIMIT ${rowsAtOnce}`,
      )
      const put = database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${row.map((key) => `${key} = ?`).join(' AND ')}`)
      const some = database.transaction((): number => {
        const found = find.all(seal.header)
        for (const one of found) {
          const at = row.map((key) => one[key] as string | number)
          const place = `${table}.${column} ${at.join(' ')}`
          const value = one[column] as Buffer
          if (isPlain(value)) put.run(seal.seal(place, value), ...at)
          else put.run(reseal(seal, place, value), ...at)
        }
        return found.length
      })
      let found: number
      do {
        found = some()
        sealed += found
      } while (found === rowsAtOnce)
    }
  return sealed
}

/** What the disk has spoilt stays spoilt: it opens under no place, and nothing else hangs on it. */
function reseal(seal: Seal, place: string, value: Buffer): Buffer {
  try {
    return seal.seal(place, seal.open(place, value))
  } catch (error) {
    if (error instanceof VafaError && error.key === 'box-data.changed') return seal.seal(`spoilt ${place}`, value)
    throw error
  }
}

/** No text that the box has ever stored begins with the byte that a sealed value begins with. */
const isPlain = (value: Buffer): boolean => value[0] !== 1
