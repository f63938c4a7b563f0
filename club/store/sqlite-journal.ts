import type { ErrorKey } from '#protocol/errors.ts'
import { parseSequence } from '#protocol/ids.ts'
import type { Fact } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { type SealingPublicKey, seal } from '#protocol/sealing.ts'
import type { Database } from '#runtime/sqlite.ts'
import { holesOf, type Ranges, withNumber } from '../booking/sequence-ranges.ts'
import type { Pepper } from '../pepper.ts'
import type { QuarantineEntry, SequenceRecord } from './store.ts'

/** What was answered to an event before; `memberid`: whose name goes beside the reply. */
export interface KnownReply {
  reply: string
  memberid?: string
}

/** What the journal says of an id: nothing, the reply to the very same event, or that it was another event. */
export type Known = { is: 'new' } | ({ is: 'repeat' } & KnownReply) | { is: 'conflict' }

interface JournalRow {
  seq: number
  id: string
  hash: string
  store: string
  type: string
  body: string
  reply: string
  memberid: string | null
}

/** Processed events, their replies, what is set aside, and which of each box's numbers have come. */
export function sqliteJournal(db: Database, { pepper, sealingKey }: { pepper: Pepper; sealingKey: SealingPublicKey }) {
  const columns = `SELECT seq, id, hash, store, type, body, memberid,
    COALESCE((SELECT r.reply FROM revisions r WHERE r.id = j.id ORDER BY r.revision DESC LIMIT 1), j.reply) AS reply FROM journal j`
  const byId = db.prepare<[string], JournalRow>(`${columns} WHERE id = ?`)
  const bySeq = db.prepare<[number], JournalRow>(`${columns} WHERE seq = ?`)
  const byOriginal = db.prepare<[string], JournalRow>(`${columns} WHERE originalid = ?`)
  const quarantined = db.prepare<[string, string], { hash: string; reply: string | null }>(
    'SELECT hash, reply FROM quarantine WHERE store = ? AND id = ?',
  )
  const trained = db.prepare<[string], { hash: string; reply: string }>('SELECT hash, reply FROM training WHERE id = ?')
  const insert = db.prepare(
    `INSERT INTO journal (seq, id, hash, store, type, originalid, boxid, sequence, effectiveat, receivedat, status, body, reply, memberid)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const insertRevision = db.prepare<[string, number, string, string]>('INSERT INTO revisions VALUES (?, ?, ?, ?)')
  const insertQuarantine = db.prepare<[string, string, string, string | null, string, string, string, string, string | null]>(
    'INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const insertTraining = db.prepare<[string, string, string, string, string, string]>(
    'INSERT INTO training VALUES (?, ?, ?, ?, ?, ?)',
  )
  const rangesOf = db.prepare<[string, string], { ranges: string }>('SELECT ranges FROM sequences WHERE store = ? AND boxid = ?')
  const putRanges = db.prepare<[string, string, string]>('INSERT OR REPLACE INTO sequences VALUES (?, ?, ?)')
  let lastSeq = db.prepare<[], { seq: number | null }>('SELECT MAX(seq) AS seq FROM journal').get()?.seq ?? 0

  const repeat = ({ reply, memberid }: JournalRow) => ({
    is: 'repeat' as const,
    reply,
    ...(memberid === null ? {} : { memberid }),
  })

  return {
    /** Whether this id was processed, and how; quarantine is kept apart by store, so that none can spoil another's ids. */
    known(store: string, id: string, hash: string): Known {
      const row = byId.get(id)
      if (row?.hash === hash && row.store === store) return repeat(row)
      const aside = quarantined.all(store, id)
      const same = aside.find((one) => one.hash === hash)
      if (same) return { is: 'repeat', reply: same.reply ?? '' }
      const training = trained.get(id)
      if (training?.hash === hash) return { is: 'repeat', reply: training.reply }
      return row || training || aside.length > 0 ? { is: 'conflict' } : { is: 'new' }
    },
    /** An event with the same `originalid` that has been booked, under whatever id. */
    byOriginal(fact: Fact): (KnownReply & { type: string; store: string; body: string }) | undefined {
      const row = fact.originalid === undefined ? undefined : byOriginal.get(fact.originalid)
      return row && { ...repeat(row), type: row.type, store: row.store, body: row.body }
    },
    replyTo: (id: string): KnownReply | undefined => {
      const row = byId.get(id)
      return row && repeat(row)
    },
    replyAt: (seq: number): KnownReply | undefined => {
      const row = bySeq.get(seq)
      return row && repeat(row)
    },
    /** The place in the journal for the event at hand. */
    nextSeq: (): number => ++lastSeq,
    record(entry: {
      seq: number
      fact: Fact
      hash: string
      store: string
      effectiveAt: string
      receivedat: string
      reply: Reply
      /** Left out where another event stands for the same original. */
      originalid?: string | undefined
    }): string {
      const { seq, fact, hash, store, effectiveAt, receivedat, reply } = entry
      const body = JSON.stringify(reply)
      insert.run(
        seq,
        fact.id,
        hash,
        store,
        fact.type,
        entry.originalid ?? null,
        fact.boxid,
        parseSequence(fact.sequence),
        effectiveAt,
        receivedat,
        reply.status,
        pepper.journalled(fact),
        body,
        reply.member?.memberid ?? null,
      )
      return body
    },
    /** A higher revision of the reply to `reply.inReplyTo`. */
    revise(reply: Reply, at: string): string {
      const body = JSON.stringify(reply)
      insertRevision.run(reply.inReplyTo, reply.revision, body, at)
      return body
    },
    /** Sets an event aside, sealed: the original text may hold tokens and what only the club may read. */
    quarantine(entry: {
      store: string
      id: string
      hash: string
      type?: string | undefined
      key: ErrorKey
      reason: string
      receivedat: string
      payload: Uint8Array
      reply: Reply | undefined
    }): string | undefined {
      const sealed = JSON.stringify(seal(Buffer.from(entry.payload).toString('base64'), sealingKey))
      const body = entry.reply && JSON.stringify(entry.reply)
      insertQuarantine.run(
        entry.store,
        entry.id,
        entry.hash,
        entry.type ?? null,
        entry.key,
        entry.reason,
        entry.receivedat,
        sealed,
        body ?? null,
      )
      return body
    },
    setAsideTraining(entry: { fact: Fact; hash: string; store: string; receivedat: string; reply: Reply }): string {
      const body = JSON.stringify(entry.reply)
      insertTraining.run(entry.fact.id, entry.hash, entry.store, entry.receivedat, pepper.journalled(entry.fact), body)
      return body
    },
    /** Notes numbers of one box. */
    noteSequences(store: string, boxid: string, numbers: readonly number[]): void {
      const before = JSON.parse(rangesOf.get(store, boxid)?.ranges ?? '[]') as Ranges
      putRanges.run(store, boxid, JSON.stringify(numbers.reduce(withNumber, before)))
    },
    quarantineEntries: (): QuarantineEntry[] =>
      db
        .prepare<[], Omit<QuarantineEntry, 'type'> & { type: string | null }>(
          'SELECT store, id AS eventid, type, key, reason, receivedat FROM quarantine ORDER BY receivedat, id',
        )
        .all()
        .map(({ type, ...entry }) => ({ ...entry, ...(type === null ? {} : { type }) })),
    sequences: (): SequenceRecord[] =>
      db
        .prepare<[], { store: string; boxid: string; ranges: string }>(
          'SELECT store, boxid, ranges FROM sequences ORDER BY store, boxid',
        )
        .all()
        .map(({ store, boxid, ranges }) => {
          const received = JSON.parse(ranges) as [number, number][]
          return { store, boxid, received, missing: holesOf(received).map(([from, to]) => [from, to]) }
        }),
  }
}
export type SqliteJournal = ReturnType<typeof sqliteJournal>
