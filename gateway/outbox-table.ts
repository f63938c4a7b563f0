import type { FactType } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import type { Database } from '#runtime/sqlite.ts'

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

export type OutboxTable = ReturnType<typeof openOutboxTable>

const pruneAtOnce = 1_000

/**
 * The outbox's table. A row is inserted without any index, so that its commit writes as few pages as can be, and is
 * *filed* in the indexes later, in the order of insertion: rows that are not filed are the last ones. What looks for a
 * row by its id or its sale finds filed ones only.
 */
export function openOutboxTable(database: Database) {
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
  const ofSale = database.prepare<[string], FactRow>(
    `SELECT ${columns} FROM outbox INDEXED BY outbox_sale WHERE filed = 1 AND saleid = ? ORDER BY sequence`,
  )
  const unfinished = "FROM outbox INDEXED BY outbox_unfinished WHERE filed = 1 AND (settledat IS NULL OR handed = 'none')"
  const notHanded = database.prepare<[], FactRow>(`SELECT ${columns} ${unfinished} AND handed = 'none' ORDER BY sequence`)
  const notSettled = database.prepare<[], { id: string; orderkey: string; at: number; bytes: number }>(
    `SELECT id, orderkey, at, length(body) AS bytes ${unfinished} AND settledat IS NULL ORDER BY sequence`,
  )
  const unsettledSales = database.prepare<[], { saleid: string; orderkey: string }>(
    `SELECT saleid, orderkey ${unfinished} AND settledat IS NULL AND type = 'vafa.sale.completed.v1' AND saleid IS NOT NULL`,
  )
  const holding = database.prepare<[Buffer], { saleid: string; orderkey: string; body: Buffer }>(
    `SELECT saleid, orderkey, body ${unfinished} AND settledat IS NULL AND type = 'vafa.sale.completed.v1' AND saleid IS NOT NULL
       AND instr(body, ?) > 0 ORDER BY sequence DESC`,
  )
  const settledBetween = database.prepare<[number, number, number], Reopened & { sequence: number }>(
    `SELECT sequence, id, orderkey, at, length(body) AS bytes FROM outbox
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

  return {
    /** The highest number of a row; 0 where there is none. */
    lastSequence: (): number =>
      (database.prepare('SELECT max(sequence) AS last FROM outbox').get() as { last: number | null }).last ?? 0,
    insert({ sequence, id, type, lane, orderkey, saleid, handed }: Omit<FactRow, 'reply'>, at: number, body: Buffer): void {
      insert.run(sequence, id, type, lane, orderkey, saleid, at, handed, body)
    },
    /** Changes a row, and with `filed` 1 puts it into the indexes. */
    mark(sequence: number, { reply, handed }: Mark, { filed, now }: { filed: 0 | 1; now: number }): void {
      mark.run({
        sequence,
        filed,
        settledat: reply ? now : null,
        reply: reply ? JSON.stringify(withoutName(reply)) : null,
        handed: handed ?? null,
      })
    },
    /** Rows of a range that are settled, to be sent once more: they count as unsettled again. At most `limit`. */
    reopen: database.transaction((from: number, to: number, limit: number) => {
      const rows = settledBetween.all(from, to, limit)
      for (const { sequence } of rows) unsettle.run(sequence)
      return rows
    }).immediate,
    sequenceOf: (id: string): number | undefined => sequenceOf.get(id),
    body: (sequence: number): Buffer | undefined => bodyAt.get(sequence),
    ofSale: (saleid: string): FactRow[] => ofSale.all(saleid),
    notHanded: (): FactRow[] => notHanded.all(),
    notSettled: () => notSettled.all(),
    unsettledSales: () => unsettledSales.all(),
    unsettledSaleOfTill(tillreceipt: string): { saleid: string; orderkey: string } | undefined {
      const written = Buffer.from(`"tillreceipt":${JSON.stringify(tillreceipt)}`)
      for (const { saleid, orderkey, body } of holding.all(written)) {
        const { data } = JSON.parse(body.toString('utf8')) as { data: { tillreceipt?: string } }
        if (data.tillreceipt === tillreceipt) return { saleid, orderkey }
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
