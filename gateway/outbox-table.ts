import type { FactType } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Database } from '#runtime/sqlite.ts'
import type { BoxDisk } from './database.ts'
import { sealedBy } from './sealing/seal.ts'
import { placeOf } from './sealing/sealed-tables.ts'

/** Which receipt the customer was given for a sale or a reversal. */
export type Handed = 'none' | 'provisional' | 'final'

/** A fact as the disk knows it, but for its message. `reply` is the club's, as JSON. */
export interface FactRow {
  sequence: number
  id: string
  type: FactType
  lane: string
  orderkey: string
  saleid: string | null
  /** Null where no receipt belongs to the fact. */
  handed: Handed | null
  reply: string | null
}

/** As it lies there. */
type SealedRow = Omit<FactRow, 'orderkey' | 'reply'> & { orderkey: Buffer; reply: Buffer | null }

/** A change of a row that may be lost in a crash: losing it only makes a repeat. */
export interface Mark {
  reply?: Reply
  handed?: Handed
}

/** A row that is to be sent once more. */
export interface Reopened {
  id: string
  orderkey: string
  at: number
  bytes: number
}

type Sealed<Row extends { orderkey: string }> = Omit<Row, 'orderkey'> & { orderkey: Buffer }

export type OutboxTable = ReturnType<typeof openOutboxTable>

const pruneAtOnce = 1_000

/**
 * The outbox's table. A row is inserted without any index, so that its commit writes as few pages as can be, and is
 * *filed* in the indexes later, in the order of insertion: rows that are not filed are the last ones. What looks for a
 * row by its id or its sale finds filed ones only. A value that the disk has spoilt is logged and costs that value alone.
 */
export function openOutboxTable({ database, seal, log }: BoxDisk & { log: Logger }) {
  fileTheLast(database)
  const columns = 'sequence, id, type, lane, orderkey, saleid, handed, reply'
  const insert = database.prepare(
    'INSERT INTO outbox (sequence, id, type, lane, orderkey, saleid, at, handed, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const mark = database.prepare(
    `UPDATE outbox SET filed = max(filed, @filed), settledat = coalesce(settledat, @settledat), reply = coalesce(@reply, reply),
       handed = coalesce(@handed, handed) WHERE sequence = @sequence`,
  )
  const sequenceOf = database
    .prepare<[string], number>('SELECT sequence FROM outbox INDEXED BY outbox_id WHERE id = ? AND filed = 1')
    .pluck()
  const bodyAt = database.prepare<[number], Buffer>('SELECT body FROM outbox WHERE sequence = ?').pluck()
  // Put in order here: where a statement compares an index with a parameter and sorts, SQLite compiles it anew at each run.
  const ofSale = database.prepare<[string], SealedRow>(
    `SELECT ${columns} FROM outbox INDEXED BY outbox_sale WHERE filed = 1 AND saleid = ?`,
  )
  const unfinished = "FROM outbox INDEXED BY outbox_unfinished WHERE filed = 1 AND (settledat IS NULL OR handed = 'none')"
  const notHanded = database.prepare<[], SealedRow>(`SELECT ${columns} ${unfinished} AND handed = 'none' ORDER BY sequence`)
  const notSettled = database.prepare<[], Sealed<Reopened & { sequence: number; saleid: string | null }>>(
    `SELECT sequence, id, saleid, orderkey, at, length(body) - ${sealedBy} AS bytes ${unfinished} AND settledat IS NULL ORDER BY sequence`,
  )
  const unsettledSales = database.prepare<[], Sealed<{ sequence: number; id: string; saleid: string; orderkey: string }>>(
    `SELECT sequence, id, saleid, orderkey ${unfinished} AND settledat IS NULL AND type = 'vafa.sale.completed.v1' AND saleid IS NOT NULL`,
  )
  const unsettledBodies = database.prepare<
    [],
    Sealed<{ sequence: number; id: string; saleid: string; orderkey: string }> & { body: Buffer }
  >(
    `SELECT sequence, id, saleid, orderkey, body ${unfinished} AND settledat IS NULL AND type = 'vafa.sale.completed.v1'
       AND saleid IS NOT NULL ORDER BY sequence DESC`,
  )
  const settledBetween = database.prepare<
    [number, number, number],
    Sealed<Reopened & { sequence: number; saleid: string | null }>
  >(
    `SELECT sequence, id, saleid, orderkey, at, length(body) - ${sealedBy} AS bytes FROM outbox
     WHERE sequence BETWEEN ? AND ? AND settledat IS NOT NULL ORDER BY sequence LIMIT ?`,
  )
  const unsettle = database.prepare<[number]>('UPDATE outbox SET settledat = NULL WHERE sequence = ?')
  const latest = database.prepare<[], { sequence: number; at: number; lane: string; type: FactType; saleid: string | null }>(
    'SELECT sequence, at, lane, type, saleid FROM outbox ORDER BY sequence DESC',
  )
  const prune = database.prepare(
    `DELETE FROM outbox WHERE sequence IN (SELECT sequence FROM outbox WHERE settledat < ?
        AND sequence < (SELECT max(sequence) FROM outbox) ORDER BY sequence LIMIT ${pruneAtOnce})`,
  )

  const opened = (column: 'orderkey' | 'body' | 'reply', sequence: number, sealed: Buffer): Buffer | undefined => {
    try {
      return seal.open(placeOf('outbox', column, sequence), sealed)
    } catch (error) {
      log.error({ sequence, column, reason: messageOf(error) }, 'a value of the outbox cannot be read')
      return undefined
    }
  }
  /** What cannot be read any more keeps its order with what is about the same sale. */
  const keyOf = ({ sequence, id, saleid, orderkey }: { sequence: number; id: string; saleid: string | null; orderkey: Buffer }) =>
    opened('orderkey', sequence, orderkey)?.toString('utf8') ?? saleid ?? id
  const openedRow = (row: SealedRow): FactRow => ({
    ...row,
    orderkey: keyOf(row),
    reply: row.reply && (opened('reply', row.sequence, row.reply)?.toString('utf8') ?? null),
  })

  return {
    /** The highest number of a row; 0 where there is none. */
    lastSequence: (): number =>
      (database.prepare('SELECT max(sequence) AS last FROM outbox').get() as { last: number | null }).last ?? 0,
    insert({ sequence, id, type, lane, orderkey, saleid, handed }: Omit<FactRow, 'reply'>, at: number, body: Buffer): void {
      const sealedKey = seal.seal(placeOf('outbox', 'orderkey', sequence), orderkey)
      insert.run(sequence, id, type, lane, sealedKey, saleid, at, handed, seal.seal(placeOf('outbox', 'body', sequence), body))
    },
    /** Changes a row, and with `filed` 1 puts it into the indexes. */
    mark(sequence: number, { reply, handed }: Mark, { filed, now }: { filed: 0 | 1; now: number }): void {
      mark.run({
        sequence,
        filed,
        settledat: reply ? now : null,
        reply: reply ? seal.seal(placeOf('outbox', 'reply', sequence), JSON.stringify(withoutName(reply))) : null,
        handed: handed ?? null,
      })
    },
    /** Rows of a range that are settled, to be sent once more: they count as unsettled again. At most `limit`. */
    reopen: database.transaction((from: number, to: number, limit: number) => {
      const rows = settledBetween.all(from, to, limit)
      for (const { sequence } of rows) unsettle.run(sequence)
      return rows.map((row) => ({ id: row.id, orderkey: keyOf(row), at: row.at, bytes: row.bytes }))
    }).immediate,
    sequenceOf: (id: string): number | undefined => sequenceOf.get(id),
    body(sequence: number): Buffer | undefined {
      const sealed = bodyAt.get(sequence)
      return sealed && opened('body', sequence, sealed)
    },
    ofSale: (saleid: string): FactRow[] =>
      ofSale
        .all(saleid)
        .sort((a, b) => a.sequence - b.sequence)
        .map(openedRow),
    notHanded: (): FactRow[] => notHanded.all().map(openedRow),
    notSettled: (): Reopened[] =>
      notSettled.all().map((row) => ({ id: row.id, orderkey: keyOf(row), at: row.at, bytes: row.bytes })),
    unsettledSales: () => unsettledSales.all().map((row) => ({ saleid: row.saleid, orderkey: keyOf(row) })),
    /** The latest of them that a till called so. Each is opened: a return of the day that the club has not heard of yet is rare. */
    unsettledSaleOfTill(tillreceipt: string): { saleid: string; orderkey: string } | undefined {
      for (const row of unsettledBodies.iterate()) {
        const body = opened('body', row.sequence, row.body)
        const { data } = JSON.parse(body?.toString('utf8') ?? '{"data":{}}') as { data: { tillreceipt?: string } }
        if (data.tillreceipt === tillreceipt) return { saleid: row.saleid, orderkey: keyOf(row) }
      }
      return undefined
    },
    /** Facts of one lane that were written at `since` (milliseconds since 1970) or later, newest first. */
    ofLaneSince(lane: string, since: number): { sequence: number; at: number; type: FactType; saleid: string | null }[] {
      const found = []
      for (const row of latest.iterate()) {
        if (row.at < since) break
        if (row.lane === lane) found.push(row)
      }
      return found
    },
    /** Deletes rows that were settled before `settledBefore`, oldest first and never the last row; true where more may be left. */
    prune: (settledBefore: number): boolean => prune.run(settledBefore).changes === pruneAtOnce,
  }
}

/** After a crash: the rows that were not filed any more. */
function fileTheLast(database: Database): void {
  let first: number | undefined
  const latest = database.prepare<[], { sequence: number; filed: number }>(
    'SELECT sequence, filed FROM outbox ORDER BY sequence DESC',
  )
  for (const { sequence, filed } of latest.iterate()) {
    if (filed === 1) break
    first = sequence
  }
  if (first !== undefined) database.prepare('UPDATE outbox SET filed = 1 WHERE sequence >= ?').run(first)
}

/** Names of people are shown, never stored. */
function withoutName(reply: Reply): Reply {
  if (reply.member?.displayName === undefined) return reply
  const { displayName: _, ...member } = reply.member
  return { ...reply, member }
}
