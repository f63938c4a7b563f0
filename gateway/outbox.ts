import { formatSequence } from '#protocol/ids.ts'
import type { FactType } from '#protocol/messages.ts'
import { type Reply, settles } from '#protocol/reply.ts'
import { crashPoint } from '#runtime/crash-point.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import { type Database, unsynced } from '#runtime/sqlite.ts'

/** A fact that is not on disk yet. `envelope` is the whole message but for its `sequence`. */
export interface FactDraft {
  id: string
  type: FactType
  lane: string
  orderkey: string
  /** The sale that it is about, so that it is found again. */
  saleid?: string
  envelope: object
}

/** A fact on disk. `body` is the message as it is sent, each time the same bytes. */
export interface OutboxRow {
  id: string
  orderkey: string
  body: Buffer
}

/** Which receipt the customer was given for a sale or a reversal. */
export type Handed = 'none' | 'provisional' | 'final'

/** A fact about a sale as the outbox knows it. */
export interface BookedFact {
  id: string
  type: FactType
  lane: string
  orderkey: string
  saleid: string
  /** Null where no receipt belongs to the fact. */
  handed: Handed | null
  reply?: Reply
}

/** A change of a row that may be lost in a crash: losing it only makes a repeat. */
interface Mark {
  reply?: Reply
  handed?: Handed
}

export interface OutboxOptions {
  database: Database
  runtime: Runtime
  log: Logger
  /** Called with each group of facts right after it is on disk, before anyone else hears of it. */
  onCommitted(rows: readonly OutboxRow[]): void
}

/** Facts that a receipt belongs to. */
const withReceipt: ReadonlySet<FactType> = new Set(['vafa.sale.completed.v1', 'vafa.sale.reversed.v1'])

const marksEveryMs = 200
const marksATransaction = 64
const keepSettledMs = 30 * 24 * 3_600_000
const pruneEveryMs = 24 * 3_600_000
const pruneAtOnce = 1_000

export type Outbox = ReturnType<typeof openOutbox>

/**
 * The box's durable queue toward the club. `commit` resolves once the facts are on disk (`synchronous=FULL`): no sign
 * of success may be given before. Facts that are committed in one turn of the event loop share a transaction.
 * Replies and hand-over marks are written behind, at most 200 ms later.
 */
export function openOutbox(options: OutboxOptions) {
  const { database, runtime, log, onCommitted } = options
  const boxid = boxIdOf(database, runtime)
  const insert = database.prepare(
    'INSERT INTO outbox (sequence, id, type, lane, orderkey, saleid, at, body, handed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const mark = database.prepare(
    `UPDATE outbox SET settledat = coalesce(settledat, @settledat), reply = coalesce(@reply, reply),
       handed = coalesce(@handed, handed) WHERE id = @id`,
  )
  const bodyOf = database.prepare<[string], { body: Buffer }>('SELECT body FROM outbox WHERE id = ?')
  const factColumns = 'id, type, lane, orderkey, saleid, handed, reply'
  type FactRow = Omit<BookedFact, 'reply'> & { reply: string | null }
  const ofSale = database.prepare<[string], FactRow>(`SELECT ${factColumns} FROM outbox WHERE saleid = ? ORDER BY sequence`)
  const notHanded = database.prepare<[], FactRow>(
    `SELECT ${factColumns} FROM outbox INDEXED BY outbox_unfinished
      WHERE (settledat IS NULL OR handed = 'none') AND handed = 'none' ORDER BY sequence`,
  )
  const notSettled = database.prepare<[], { id: string; orderkey: string; at: number; bytes: number }>(
    `SELECT id, orderkey, at, length(body) AS bytes FROM outbox INDEXED BY outbox_unfinished
      WHERE (settledat IS NULL OR handed = 'none') AND settledat IS NULL ORDER BY sequence`,
  )
  const prune = database.prepare(
    `DELETE FROM outbox WHERE sequence IN (SELECT sequence FROM outbox WHERE settledat < ?
        AND sequence < (SELECT max(sequence) FROM outbox) ORDER BY sequence LIMIT ${pruneAtOnce})`,
  )

  let sequence = (database.prepare('SELECT max(sequence) AS last FROM outbox').get() as { last: number | null }).last ?? 0
  /** Bytes and time of each unsettled row, oldest first. */
  const unsettled = new Map(notSettled.all().map(({ id, bytes, at }) => [id, { bytes, at }]))
  let backlogBytes = [...unsettled.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  let queued: { drafts: readonly FactDraft[]; marks: readonly [string, Mark][]; done: (error?: VafaError) => void }[] = []
  const marks = new Map<string, Mark>()
  let cancelMarks: Cancel | undefined
  let closed = false
  let cancelPrune: Cancel = () => {}

  const writeMark = (id: string, { reply, handed }: Mark) =>
    mark.run({
      id,
      settledat: reply ? runtime.now() : null,
      reply: reply ? JSON.stringify(withoutName(reply)) : null,
      handed: handed ?? null,
    })

  /** Made once: better-sqlite3 takes 30 µs to make a transaction. */
  const write = database.transaction((group: typeof queued, at: number): OutboxRow[] => {
    const rows: OutboxRow[] = []
    for (const { drafts, marks: together } of group) {
      for (const draft of drafts) {
        const number = sequence + rows.length + 1
        const body = Buffer.from(JSON.stringify({ ...draft.envelope, sequence: formatSequence(number) }))
        const { id, type, lane, orderkey, saleid = null } = draft
        insert.run(number, id, type, lane, orderkey, saleid, at, body, withReceipt.has(type) ? 'none' : null)
        rows.push({ id, orderkey, body })
      }
      for (const [id, change] of together) writeMark(id, change)
    }
    return rows
  })

  const commitQueued = () => {
    const group = queued
    queued = []
    if (group.length === 0) return
    const at = runtime.now()
    let rows: OutboxRow[]
    try {
      rows = write(group, at)
    } catch (error) {
      const failure = asOutboxError(error)
      log.error({ key: failure.key, reason: failure.message, facts: group.length }, 'facts refused')
      for (const { done } of group) done(failure)
      return
    }
    crashPoint('gateway.after-commit')
    sequence += rows.length
    for (const { id, body } of rows) {
      unsettled.set(id, { bytes: body.length, at })
      backlogBytes += body.length
    }
    onCommitted(rows)
    for (const { done } of group) done()
  }

  const writeSome = unsynced(database, (some: readonly [string, Mark][]) => {
    for (const [id, change] of some) writeMark(id, change)
  })
  const writeMarks = (limit: number): void => {
    const some = [...marks].slice(0, limit)
    if (some.length === 0) return
    try {
      writeSome(some)
      for (const [id, change] of some) if (marks.get(id) === change) marks.delete(id)
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'settled marks are not written yet; the club will be asked again after a restart')
    }
  }
  const marksLater = () => {
    if (closed) return
    cancelMarks ??= runtime.after(marksEveryMs, () => {
      cancelMarks = undefined
      writeMarks(marksATransaction)
      if (marks.size > 0) marksLater()
    })
  }
  const note = (id: string, change: Mark) => {
    marks.set(id, { ...marks.get(id), ...change })
    marksLater()
  }

  const booked = ({ reply, ...row }: FactRow): BookedFact => {
    const fresh = marks.get(row.id)
    const known = fresh?.reply ?? (reply === null ? undefined : (JSON.parse(reply) as Reply))
    return { ...row, handed: fresh?.handed ?? row.handed, ...(known ? { reply: known } : {}) }
  }

  const pruneOld = () => {
    let pruned = 0
    try {
      pruned = prune.run(runtime.now() - keepSettledMs).changes
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'old facts stay on disk for another day')
    }
    cancelPrune = runtime.after(pruned === pruneAtOnce ? 1_000 : pruneEveryMs, pruneOld)
  }
  pruneOld()

  return {
    boxid,
    /** The last number given to a fact. */
    get sequence() {
      return sequence
    },
    /**
     * Resolves when all drafts are on disk, together with `handed` where it is given. Rejects with `outbox.full` or
     * `outbox.failed` (both retryable); then none of them is.
     */
    commit(drafts: readonly FactDraft[], handed?: { id: string; handed: Handed }): Promise<void> {
      return new Promise((resolve, reject) => {
        if (queued.length === 0) setImmediate(commitQueued)
        queued.push({
          drafts,
          marks: handed ? [[handed.id, { handed: handed.handed }]] : [],
          done: (error) => (error ? reject(error) : resolve()),
        })
      })
    },
    /** Takes the club's reply to a fact: true where this settles the row. A higher revision replaces the reply kept. */
    settle(id: string, reply: Reply): boolean {
      if (!settles(reply.status)) return false
      note(id, { reply })
      const row = unsettled.get(id)
      if (!row) return false
      unsettled.delete(id)
      backlogBytes -= row.bytes
      return true
    },
    /** The customer now holds this receipt. */
    hand(id: string, handed: Handed): void {
      note(id, { handed })
    },
    /** What the club has not answered, oldest first. */
    unsettledRows: (): { id: string; orderkey: string }[] =>
      notSettled
        .all()
        .filter(({ id }) => unsettled.has(id))
        .map(({ id, orderkey }) => ({ id, orderkey })),
    /** Sales and reversals whose receipt nobody was given, oldest first. */
    unhanded: (): BookedFact[] =>
      notHanded
        .all()
        .map(booked)
        .filter((fact) => fact.handed === 'none'),
    /** The message of a row, as it was committed. */
    body(id: string): Buffer {
      const row = bodyOf.get(id)
      if (!row) throw new VafaError({ key: 'outbox.missing', message: `the outbox has no fact ${id}` })
      return row.body
    },
    /** Every fact about one sale, oldest first. */
    factsOf: (saleid: string): BookedFact[] => ofSale.all(saleid).map(booked),
    backlog(): { count: number; bytes: number; oldest?: string } {
      const first = unsettled.values().next()
      return {
        count: unsettled.size,
        bytes: backlogBytes,
        ...(first.done ? {} : { oldest: new Date(first.value.at).toISOString() }),
      }
    },
    /** Commits what is under way and writes the marks that are due. The database stays open. */
    close(): void {
      commitQueued()
      closed = true
      cancelMarks?.()
      cancelPrune()
      writeMarks(Number.MAX_SAFE_INTEGER)
    },
  }
}

function boxIdOf(database: Database, runtime: Runtime): string {
  database.prepare("INSERT OR IGNORE INTO box (name, value) VALUES ('boxid', ?)").run(runtime.uuid())
  return (database.prepare("SELECT value FROM box WHERE name = 'boxid'").get() as { value: string }).value
}

/** Names of people are shown, never stored. */
function withoutName(reply: Reply): Reply {
  if (reply.member?.displayName === undefined) return reply
  const { displayName: _, ...member } = reply.member
  return { ...reply, member }
}

function asOutboxError(error: unknown): VafaError {
  const full = codeOf(error) === 'SQLITE_FULL'
  return new VafaError({
    key: full ? 'outbox.full' : 'outbox.failed',
    message: full ? 'the disk is full: the sale was not taken' : `the sale could not be written: ${messageOf(error)}`,
    hint: 'free space on the disk of the box; nothing that was taken before is lost',
    permanent: false,
    cause: error,
  })
}
