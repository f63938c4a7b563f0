import {
  type Regular,
  type RegularsDown,
  type RegularsState,
  regular as regularSchema,
  shardOfMember,
} from '#protocol/regulars.ts'
import { hasEnded } from '../booking/lending.ts'
import { type AllowanceRecord, allowanceKey, type OutletRecord, type RegularRecord } from '../books/allowance-records.ts'
import type { Books } from '../books/context.ts'
import type { Changes } from '../books/desk.ts'
import { bookOwnEvent } from '../books/own-events.ts'
import { memberById } from '../books/people.ts'
import type { Kind, Records } from '../books/records.ts'
import { regularMember, regularOf, wantedAllowance } from '../books/regulars.ts'
import { accounts } from '../ledger/transfers.ts'
import type { OfflineTerms } from '../offline-terms.ts'
import type { Engine, Value } from './engine.ts'
import type { ClubStore, Exposure } from './store.ts'

/** How far in the journal it is known who was where. */
const seenTo = 'regulars'
const entriesAtOnce = 5_000
/** Of a journal that is long already when boxes begin to be told, so much of its end is read. */
const entriesAtFirst = 50_000
/** Members whose allowances are looked at in one round; the rest follows in the next. */
const allowedAtOnce = 200
/** A box that says more is not believed. */
const aheadMost = 1_000_000_000
/** Of one message; brokers take 256 KiB. Those seen last come first. */
const shardBytes = 200_000
const dayMs = 24 * 3_600_000

/** What a box says of itself, and what is to be known of it. */
export interface RoundAsked {
  store: string
  boxid: string
  /** What it said of its regulars; undefined where it said nothing. */
  told?: RegularsState | undefined
  now: string
  /** Send everything once more. */
  whole: boolean
}

interface Parts {
  engine: Engine
  books: Books
  /** Undefined where boxes are lent nothing (any more). */
  terms: OfflineTerms | undefined
  /** Runs on the desk; what it leaves there is kept. */
  onDesk<T>(task: () => T): Promise<T>
  /** Makes what is on the desk durable. */
  commit(): Promise<void>
}

/**
 * A box that goes by a younger version than was ever told: the books came from a backup. What it hears next must be
 * younger still, and no serial may name two allowances: in each version so many were granted at most.
 */
function afterRestore(outlet: OutletRecord, told: RegularsState | undefined): OutletRecord {
  const ahead = Math.max(0, ...Object.values(told?.applied ?? {})) - outlet.version
  if (ahead <= 0 || ahead > aheadMost) return outlet
  return { ...outlet, version: outlet.version + ahead, serial: outlet.serial + ahead * allowedAtOnce }
}

const changesOf = (records: ReadonlyMap<Kind, ReadonlyMap<string, Records[Kind] | undefined>>): Changes => ({
  records,
  transfers: [],
  totals: new Map(),
  asides: [],
})

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Keeps what stores' boxes know of their regulars, and lends them what they may give. The desk is its own meanwhile. */
export function createOutlets({ engine, books, onDesk, commit, ...parts }: Parts) {
  const ask = <Row>(sql: string, ...values: Value[]) => engine.query<Row>(sql, values)

  /** Notes who was where since the last time, and of whom something may have changed. */
  async function follow(): Promise<void> {
    for (;;) {
      const before = (await engine.load('projection', [seenTo])).get(seenTo)?.seq
      const [last] = await ask<{ seq: number | null }>('SELECT MAX(seq) AS seq FROM journal')
      const end = Number(last?.seq ?? 0)
      const from = before ?? Math.max(0, end - entriesAtFirst)
      if (from >= end) return
      const rows = await ask<{ seq: number; store: string; type: string; memberid: string | null; receivedat: string }>(
        // SQLite would compile it anew each time if its limit were a parameter.
        `SELECT seq, store, type, memberid, receivedat FROM journal WHERE seq > $1 ORDER BY seq LIMIT ${entriesAtOnce}`,
        from,
      )
      const regulars = new Map<string, RegularRecord>()
      const touched = new Set<string>()
      for (const { store, type, memberid, receivedat } of rows) {
        // What boxes are lent is no news of a member: each round would make the next one.
        if (memberid === null || type.startsWith('vafa.club.allowance-')) continue
        touched.add(memberid)
        // Head office's own events are nobody's presence.
        if (!books.shops.has(store)) continue
        const regular = `${store}/${memberid}`
        regulars.set(regular, { regular, store, memberid, seenAt: receivedat, changed: true })
      }
      for (const memberid of touched)
        for (const row of await ask<{ regular: string; store: string; seenat: string }>(
          'SELECT regular, store, seenat FROM regulars WHERE memberid = $1',
          memberid,
        ))
          if (!regulars.has(row.regular))
            regulars.set(row.regular, { regular: row.regular, store: row.store, memberid, seenAt: row.seenat, changed: true })
      const seq = Number(rows.at(-1)?.seq ?? end)
      await engine.commit(
        changesOf(
          new Map<Kind, ReadonlyMap<string, Records[Kind] | undefined>>([
            ['regular', regulars],
            ['projection', new Map([[seenTo, { projection: seenTo, seq }]])],
          ]),
        ),
        { lasting: 'soon' },
      )
    }
  }

  async function allowancesOf(store: string): Promise<Map<string, AllowanceRecord>> {
    const rows = await ask<{ allowance: string }>('SELECT allowance FROM allowances WHERE store = $1', store)
    return new Map(
      await engine.load(
        'allowance',
        rows.map(({ allowance }) => allowance),
      ),
    )
  }

  /** Ends what the box has given all of that it ever will: by its own word, once all of its facts up to there are here. */
  async function end(asked: RoundAsked, outlet: OutletRecord, known: Map<string, AllowanceRecord>): Promise<OutletRecord> {
    const { store, boxid, told, now } = asked
    const ending = { ...outlet.ending }
    if (!told) return outlet
    const ranges = (await onDesk(() => books.desk.get('sequence', `${store}/${boxid}`)))?.ranges ?? []
    for (const [serial, version] of Object.entries(ending)) {
      const key = allowanceKey(store, Number(serial))
      const allowance = known.get(key)
      if (allowance && !hasEnded(allowance, { gone: version, by: boxid, told, received: ranges })) continue
      if (allowance) {
        await onDesk(() => {
          const memberid = memberById(books, allowance.memberid)?.memberid ?? allowance.memberid
          bookOwnEvent(books, {
            type: 'vafa.club.allowance-ended.v1',
            memberid,
            at: now,
            data: { store, serial: allowance.serial },
          })
        })
        known.delete(key)
      }
      delete ending[serial]
    }
    return { ...outlet, ending }
  }

  /** Who is to be known at a store now, those seen last first; the others are regulars no more. */
  async function regularsOf({
    terms,
    store,
    now,
  }: {
    terms: OfflineTerms
    store: string
    now: string
  }): Promise<{ there: RegularRecord[]; gone: RegularRecord[] }> {
    const rows = await ask<{ regular: string; memberid: string; seenat: string; changed: number }>(
      'SELECT regular, memberid, seenat, changed FROM regulars WHERE store = $1',
      store,
    )
    // Here and not in the question: SQLite would compile one that sorts by an index anew each time.
    rows.sort((a, b) => (a.seenat === b.seenat ? compare(a.regular, b.regular) : compare(b.seenat, a.seenat)))
    const since = new Date(Date.parse(now) - terms.seenDays * dayMs).toISOString()
    const there: RegularRecord[] = []
    const gone: RegularRecord[] = []
    for (const { regular, memberid, seenat, changed } of rows) {
      const one = { regular, store, memberid, seenAt: seenat, changed: Number(changed) === 1 }
      const stays =
        there.length < terms.regulars && seenat >= since && (await onDesk(() => regularMember(books, memberid))) !== undefined
      ;(stays ? there : gone).push(one)
    }
    return { there, gone }
  }

  return {
    /** What a box was lent and has not told of goes back, since it never will. */
    async writeOff({ store, boxid, actor, why, at }: Parameters<ClubStore['writeOffBox']>[0]): Promise<number> {
      let ended = 0
      for (const { boxid: of, serial, memberid } of (await allowancesOf(store)).values()) {
        if (of !== boxid) continue
        await onDesk(() =>
          bookOwnEvent(books, {
            type: 'vafa.club.allowance-ended.v1',
            memberid: memberById(books, memberid)?.memberid ?? memberid,
            at,
            data: { store, serial, actor, why },
          }),
        )
        ended += 1
      }
      await commit()
      return ended
    },
    /**
     * One round for one store: frees what its box will not give any more, lends it what it may, and gives the messages
     * that it is to get. What they say is durable when it resolves.
     */
    async round(asked: RoundAsked): Promise<RegularsDown[]> {
      const { store, boxid, now } = asked
      const { terms } = parts
      if (!terms) return []
      await follow()
      const known = await allowancesOf(store)
      const found = (await engine.load('outlet', [store])).get(store)
      const kept: OutletRecord = found ?? { store, boxid, serial: 0, version: 0, shards: {}, ending: {} }
      const before = afterRestore(kept, asked.told)
      const other = before.boxid !== boxid
      // Another installation has other allowances; those of the one before stay until it, or head office, tells their end.
      let outlet: OutletRecord = { ...(await end(asked, before, known)), boxid }
      const { there, gone } = await regularsOf({ terms, store, now })
      const changed = new Set<number>()
      const live = new Map<string, AllowanceRecord>()
      for (const one of known.values())
        if (one.boxid === boxid && !(String(one.serial) in outlet.ending)) live.set(one.memberid, one)
      const members = new Set(there.map(({ memberid }) => memberid))
      const next = outlet.version + 1
      const retire = (one: AllowanceRecord) => {
        changed.add(one.shard)
        outlet = { ...outlet, ending: { ...outlet.ending, [one.serial]: next } }
        live.delete(one.memberid)
      }
      for (const one of [...live.values()]) if (!members.has(one.memberid)) retire(one)
      for (const { memberid } of gone) changed.add(shardOfMember(memberid))
      let looked = 0
      for (const regular of there) {
        const { memberid } = regular
        const shard = shardOfMember(memberid)
        if (regular.changed) changed.add(shard)
        if (looked >= allowedAtOnce) continue
        const had = live.get(memberid)
        const wanted = await onDesk(() => {
          const member = regularMember(books, memberid)
          return member && wantedAllowance(member, { terms, now, live: had })
        })
        if (!wanted) continue
        looked += 1
        changed.add(shard)
        if (had) retire(had)
        const serial = outlet.serial + 1
        outlet = { ...outlet, serial }
        const data = { store, boxid, serial, shard, ...wanted }
        const granted = await onDesk(() => {
          bookOwnEvent(books, { type: 'vafa.club.allowance-granted.v1', memberid, at: now, data })
          return books.desk.get('allowance', allowanceKey(store, serial))
        })
        if (granted) live.set(memberid, granted)
      }
      const shards =
        asked.whole || other || before !== kept ? new Set([...changed, ...Object.keys(outlet.shards).map(Number)]) : changed
      if (shards.size === 0 && outlet === before) return []
      const messages: RegularsDown[] = []
      for (const shard of [...shards].sort((a, b) => a - b)) {
        const of: Regular[] = []
        let bytes = 0
        for (const { memberid } of there)
          if (shardOfMember(memberid) === shard) {
            const one = await onDesk(() => {
              const member = regularMember(books, memberid)
              return member && regularOf(books, member, { store, version: next, now, allowance: live.get(memberid) })
            })
            // Whoever does not fit is known to nobody there, and what was lent for that member is not given out.
            if (!one || !regularSchema.safeParse(one).success) continue
            bytes += Buffer.byteLength(JSON.stringify(one))
            if (bytes > shardBytes) break
            of.push(one)
          }
        messages.push({ shard, version: next, at: now, boxid, uidAtMost: terms.uidAtMost, members: of })
        outlet = { ...outlet, shards: { ...outlet.shards, [shard]: next } }
      }
      if (messages.length > 0) outlet = { ...outlet, version: next }
      await onDesk(() => {
        for (const one of there)
          if (one.changed && shards.has(shardOfMember(one.memberid)))
            books.desk.put('regular', one.regular, { ...one, changed: false })
        for (const one of gone) books.desk.drop('regular', one.regular)
        books.desk.put('outlet', store, outlet)
      })
      await commit()
      return messages
    },
  }
}
export type Outlets = ReturnType<typeof createOutlets>

/** What the club can lose at most by what boxes decide alone, by box. */
export async function exposureOf({ query }: Pick<Engine, 'query'>, now: string): Promise<Exposure[]> {
  const rows = await query<Record<'members' | 'credit' | 'gifts' | 'over', number> & Record<'store' | 'boxid' | 'until', string>>(
    `SELECT store, boxid, COUNT(*) AS members, SUM(credit) AS credit, SUM(gifts) AS gifts, MAX(until) AS until,
       SUM(CASE WHEN until <= $1 THEN credit + gifts ELSE 0 END) AS over
     FROM allowances GROUP BY store, boxid ORDER BY store, boxid`,
    [now],
  )
  return rows.map(({ store, boxid, until, members, credit, gifts, over }) => ({
    ...{ store, boxid, until },
    allowances: Number(members),
    credit: Number(credit),
    gifts: Number(gifts),
    total: Number(credit) + Number(gifts),
    over: Number(over),
  }))
}

/** What boxes may still give, or have given and not told of, and what they gave beyond what the club would have: by the sums that the books keep. */
export async function exposedOf({ query }: Pick<Engine, 'query'>): Promise<{ total: number; offlineDifferences: number }> {
  const rows = await query<{ account: string; balance: number }>(
    'SELECT account, balance FROM totals WHERE account LIKE $1 OR account LIKE $2 OR account = $3',
    [accounts.storeAllowances('%'), accounts.storeGiftAllowances('%'), accounts.offlineDifferences],
  )
  let [total, offlineDifferences] = [0, 0]
  for (const { account, balance } of rows)
    if (account === accounts.offlineDifferences) offlineDifferences = 0 - Number(balance)
    else total += Number(balance)
  return { total, offlineDifferences }
}
