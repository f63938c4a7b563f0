import { formatSequence } from '#protocol/ids.ts'
import type { FactType } from '#protocol/messages.ts'
import { type Reply, settles } from '#protocol/reply.ts'
import { crashPoint } from '#runtime/crash-point.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import { type Database, unsynced } from '#runtime/sqlite.ts'
import type { BoxDisk } from './database.ts'
import { type FactRow, type Handed, type Mark, openOutboxTable } from './outbox-table.ts'

export type { Handed } from './outbox-table.ts'

/** A fact that is not on disk yet. `envelope` is the whole message but for its `sequence`. */
export interface FactDraft {
  id: string
  type: FactType
  lane: string
  orderkey: string
  /** The sale that it is about, so that it is found again. */
  saleid?: string
  envelope: object
  /** The id of a fact of the same commit that this one is advice of: it is embedded as `data.original`. */
  advises?: string
}

/** A fact on disk. `body` is the message as it is sent, each time the same bytes. */
export interface OutboxRow {
  id: string
  orderkey: string
  body: Buffer
}

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

export interface OutboxOptions extends BoxDisk {
  runtime: Runtime
  log: Logger
  /** The club's time, milliseconds since 1970; undefined while it is not known. The box's own clock where it is left out. */
  certain?(): number | undefined
  /** Called with each group of facts right after it is on disk, before anyone else hears of it. */
  onCommitted(rows: readonly OutboxRow[]): void
  /** The disk took nothing of a group of facts, and those who waited for it were told. */
  onRefused?(reason: string): void
}

/** Facts that a receipt or a slip belongs to. */
const withReceipt: ReadonlySet<FactType> = new Set([
  'vafa.sale.completed.v1',
  'vafa.sale.reversed.v1',
  'vafa.sale.returned.v1',
  'vafa.receipt.claimed.v1',
  'vafa.day.closed.v1',
])

export const hasReceipt = (type: FactType): boolean => withReceipt.has(type)

const writeEveryMs = 200
/** In one transaction; where more wait, the next one follows soon. */
const writtenAtOnce = 64
const writeOnMs = 40
/** Where the disk took nothing. */
const writeAgainMs = 1_000
const keepSettledMs = 30 * 24 * 3_600_000
const pruneEveryMs = 24 * 3_600_000

export type Outbox = ReturnType<typeof openOutbox>

/**
 * The box's durable queue toward the club. `commit` resolves once the facts are on disk (`synchronous=FULL`): no sign
 * of success may be given before. Facts that are committed in one turn of the event loop share a transaction.
 * Indexes, replies and hand-over marks are written behind, at most 200 ms later.
 */
export function openOutbox(options: OutboxOptions) {
  const { database, seal, runtime, log, onCommitted, certain = runtime.now } = options
  const { boxid, begins } = installationOf(database, runtime)
  const table = openOutboxTable({ database, seal, log })

  let sequence = table.lastSequence()
  /** Bytes and time of each unsettled row, oldest first. */
  const unsettled = new Map(table.notSettled().map(({ id, bytes, at }) => [id, { bytes, at }]))
  let backlogBytes = [...unsettled.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  /** Rows that are on disk but in no index yet, oldest first; and those of them that are about a sale. */
  const fresh = new Map<string, FactRow>()
  const freshOfSale = new Map<string, FactRow[]>()
  let queued: { drafts: readonly FactDraft[]; marks: readonly [string, Mark][]; done: (error?: VafaError) => void }[] = []
  const marks = new Map<string, Mark>()
  let cancelWrite: Cancel | undefined
  let closed = false
  /** What is written behind waits for a disk that takes it; said once. */
  let stuck = false
  let cancelPrune: Cancel = () => {}

  /** Made once: better-sqlite3 takes 30 µs to make a transaction. */
  const write = database.transaction((group: typeof queued, at: number) => {
    const rows: { row: FactRow; body: Buffer }[] = []
    for (const { drafts, marks: together } of group) {
      for (const draft of drafts) {
        const number = sequence + rows.length + 1
        const original = rows.find(({ row }) => row.id === draft.advises)?.body
        const envelope = original ? withOriginal(draft.envelope, original) : draft.envelope
        const body = Buffer.from(JSON.stringify({ ...envelope, sequence: formatSequence(number - begins) }))
        const { id, type, lane, orderkey, saleid = null } = draft
        const handed = hasReceipt(type) ? 'none' : null
        const row: FactRow = { sequence: number, id, type, lane, orderkey, saleid, handed, reply: null }
        table.insert(row, at, body)
        rows.push({ row, body })
      }
      for (const [id, change] of together) {
        const number = fresh.get(id)?.sequence ?? table.sequenceOf(id) ?? rows.find(({ row }) => row.id === id)?.row.sequence
        if (number !== undefined) table.mark(number, change, { filed: 0, now: at })
      }
    }
    return rows
  })

  const commitQueued = () => {
    const group = queued
    queued = []
    if (group.length === 0) return
    const at = runtime.now()
    let rows: ReturnType<typeof write>
    try {
      rows = write(group, at)
    } catch (error) {
      const failure = asOutboxError(error)
      log.error({ key: failure.key, reason: failure.message, facts: group.length }, 'facts refused')
      options.onRefused?.(failure.message)
      for (const { done } of group) done(failure)
      return
    }
    crashPoint('gateway.after-commit')
    sequence += rows.length
    for (const { row, body } of rows) {
      unsettled.set(row.id, { bytes: body.length, at })
      backlogBytes += body.length
      fresh.set(row.id, row)
      if (row.saleid !== null) freshOfSale.set(row.saleid, [...(freshOfSale.get(row.saleid) ?? []), row])
    }
    onCommitted(rows.map(({ row: { id, orderkey }, body }) => ({ id, orderkey, body })))
    for (const { marks: together } of group)
      for (const [id, { handed }] of together) {
        const row = fresh.get(id)
        if (row && handed) row.handed = handed
      }
    writeLater(writeEveryMs)
    for (const { done } of group) done()
  }

  const writeSome = unsynced(database, (some: readonly [string, Mark][]) => {
    const now = certain() ?? runtime.now()
    for (const [id, change] of some) {
      const number = fresh.get(id)?.sequence ?? table.sequenceOf(id)
      if (number !== undefined) table.mark(number, change, { filed: 1, now })
    }
  })
  /** Files fresh rows in their order, and writes marks. */
  const writeBehind = (limit: number): void => {
    const some: [string, Mark][] = []
    for (const id of fresh.keys()) {
      if (some.length >= limit) break
      some.push([id, marks.get(id) ?? {}])
    }
    for (const [id, change] of marks) {
      if (some.length >= limit) break
      if (!fresh.has(id)) some.push([id, change])
    }
    if (some.length === 0) return
    try {
      writeSome(some)
      stuck = false
    } catch (error) {
      // A line a second would fill what is left of a full disk.
      if (!stuck)
        log.warn({ reason: messageOf(error) }, 'settled marks are not written yet; the club will be asked again after a restart')
      stuck = true
      return
    }
    for (const [id, change] of some) {
      if (marks.get(id) === change) marks.delete(id)
      const { saleid } = fresh.get(id) ?? {}
      fresh.delete(id)
      // All of a sale's, or those that are left.
      const left = saleid ? freshOfSale.get(saleid)?.filter((row) => row.id !== id) : undefined
      if (saleid && left?.length) freshOfSale.set(saleid, left)
      else if (saleid) freshOfSale.delete(saleid)
    }
  }
  const writeLater = (ms: number) => {
    if (closed) return
    cancelWrite ??= runtime.after(ms, () => {
      cancelWrite = undefined
      const { size } = fresh
      writeBehind(writtenAtOnce)
      if (fresh.size === 0 && marks.size === 0) return
      writeLater(stuck ? writeAgainMs : fresh.size < size ? writeOnMs : writeEveryMs)
    })
  }
  const note = (id: string, change: Mark) => {
    marks.set(id, { ...marks.get(id), ...change })
    writeLater(writeEveryMs)
  }

  const booked = ({ sequence: _, reply, ...row }: FactRow): BookedFact => {
    const mark = marks.get(row.id)
    const known = mark?.reply ?? (reply === null ? undefined : (JSON.parse(reply) as Reply))
    return { ...row, saleid: row.saleid ?? '', handed: mark?.handed ?? row.handed, ...(known ? { reply: known } : {}) }
  }

  const pruneOld = () => {
    let more = false
    try {
      // By a clock that is wrong, what the club answered a minute ago may be years old.
      const now = certain()
      more = now !== undefined && table.prune(now - keepSettledMs)
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'old facts stay on disk for another day')
    }
    cancelPrune = runtime.after(more ? 1_000 : pruneEveryMs, pruneOld)
  }
  pruneOld()

  return {
    boxid,
    /** The last number given to a fact. */
    get sequence() {
      return sequence - begins
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
    /**
     * Facts of these numbers that the club has answered are unsettled again, since it has lost them: gives them, oldest
     * first. What was printed stays printed. Numbers that are on disk no longer are left out.
     */
    reopen(ranges: readonly (readonly [number, number])[], limit: number): { id: string; orderkey: string }[] {
      writeBehind(Number.POSITIVE_INFINITY)
      const reopened: { id: string; orderkey: string }[] = []
      for (const [from, to] of ranges) {
        for (const { id, orderkey, bytes, at } of table.reopen(from + begins, to + begins, limit - reopened.length)) {
          unsettled.set(id, { bytes, at })
          backlogBytes += bytes
          reopened.push({ id, orderkey })
        }
        if (reopened.length >= limit) break
      }
      return reopened
    },
    /** The customer now holds this receipt. */
    hand(id: string, handed: Handed): void {
      note(id, { handed })
    },
    /** What the club has not answered, oldest first. */
    unsettledRows(): { id: string; orderkey: string }[] {
      writeBehind(Number.POSITIVE_INFINITY)
      return table
        .notSettled()
        .filter(({ id }) => unsettled.has(id))
        .map(({ id, orderkey }) => ({ id, orderkey }))
    },
    /** Sales and reversals whose receipt nobody was given, oldest first. */
    unhanded(): BookedFact[] {
      writeBehind(Number.POSITIVE_INFINITY)
      return table
        .notHanded()
        .map(booked)
        .filter((fact) => fact.handed === 'none')
    },
    /** Sales that the club has not answered. */
    unsettledSales(): { saleid: string; orderkey: string }[] {
      writeBehind(Number.POSITIVE_INFINITY)
      return table.unsettledSales()
    },
    /** The last of them with this number of the till's own. */
    unsettledSaleOfTill(tillreceipt: string): { saleid: string; orderkey: string } | undefined {
      writeBehind(Number.POSITIVE_INFINITY)
      return table.unsettledSaleOfTill(tillreceipt)
    },
    /** Facts of one lane since an instant (milliseconds since 1970), newest first; each body is read when it is asked for. */
    *factsSince(lane: string, since: number): Generator<{ type: FactType; saleid: string; at: number; readonly body: Buffer }> {
      for (const { sequence: number, type, saleid, at } of table.ofLaneSince(lane, since))
        yield {
          type,
          saleid: saleid ?? '',
          at,
          get body() {
            return table.body(number) ?? Buffer.from('null')
          },
        }
    },
    /** The message of a row, as it was committed. */
    body(id: string): Buffer {
      const number = fresh.get(id)?.sequence ?? table.sequenceOf(id)
      const body = number === undefined ? undefined : table.body(number)
      if (!body) throw new VafaError({ key: 'outbox.missing', message: `the outbox has no fact ${id}` })
      return body
    },
    /** As `body`; undefined, and told in the log, where the disk has spoilt it: then it is left aside, and others go on. */
    bodyToSend(id: string): Buffer | undefined {
      try {
        return this.body(id)
      } catch (error) {
        log.error({ id, reason: messageOf(error) }, 'a fact cannot be sent: it stays on the disk, for whoever looks at it')
        return undefined
      }
    },
    /** Every fact about one sale, oldest first. */
    factsOf: (saleid: string): BookedFact[] => [...table.ofSale(saleid), ...(freshOfSale.get(saleid) ?? [])].map(booked),
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
      cancelWrite?.()
      cancelPrune()
      writeBehind(Number.POSITIVE_INFINITY)
    },
  }
}

function withOriginal(envelope: object, original: Buffer): object {
  const { data } = envelope as { data: object }
  return { ...envelope, data: { original: JSON.parse(original.toString('utf8')), ...data } }
}

/**
 * Which installation this database is, and after which of its rows that one's numbers begin: a copy of a database whose
 * id was taken away is a new one, though it has rows of the installation before.
 */
function installationOf(database: Database, runtime: Pick<Runtime, 'uuid'>): { boxid: string; begins: number } {
  const value = database.prepare<[string], string>('SELECT value FROM box WHERE name = ?').pluck()
  const put = database.prepare('INSERT OR REPLACE INTO box (name, value) VALUES (?, ?)')
  const fresh = runtime.uuid()
  database.transaction(() => {
    if (value.get('boxid') !== undefined) return
    const last = database.prepare<[], number | null>('SELECT max(sequence) FROM outbox').pluck().get() ?? 0
    put.run('boxid', fresh)
    put.run('begins', String(last))
  })()
  return { boxid: value.get('boxid') ?? '', begins: Number(value.get('begins') ?? 0) }
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
