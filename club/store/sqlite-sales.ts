import type { Database } from '#runtime/sqlite.ts'
import type { SaleOnPaper } from '../receipt-of.ts'
import type { SaleRecord } from './store.ts'

/** A sale as the store holds one. */
export interface StoredSale extends SaleOnPaper {
  saleid: string
  /** Its place in the journal. */
  event: number
  store: string
  /** The member's key in the database. */
  member: number | undefined
  beginsVisit: boolean
  /** The reversal's place in the journal. */
  reversedBy: number | undefined
}

/** A reversal that waits for its sale: its place in the journal, its id, its instant. */
interface Tombstone {
  event: number
  id: string
  at: string
}

interface SaleRow {
  saleid: string
  event: number
  store: string
  member: number | null
  at: string
  currency: string
  total: number
  discount: number
  payable: number
  reference: string
  operator: string | null
  tillreceipt: string | null
  beginsvisit: number
  reversedby: number | null
}

const toSale = ({ member, operator, tillreceipt, beginsvisit, reversedby, ...row }: SaleRow): StoredSale => ({
  ...row,
  member: member ?? undefined,
  beginsVisit: beginsvisit === 1,
  reversedBy: reversedby ?? undefined,
  operator: operator ?? undefined,
  tillreceipt: tillreceipt ?? undefined,
})

/** Sales, quotes, and the tombstones of sales that were reversed before they came. */
export function sqliteSales(db: Database) {
  const byId = db.prepare<[string], SaleRow>('SELECT * FROM sales WHERE saleid = ?')
  const byReference = db.prepare<[string], SaleRow>('SELECT * FROM sales WHERE reference = ?')
  const byTillReceipt = db.prepare<[string, string], SaleRow>(
    'SELECT * FROM sales WHERE store = ? AND tillreceipt = ? ORDER BY at DESC LIMIT 1',
  )
  const insert = db.prepare(
    `INSERT INTO sales (saleid, event, store, member, at, currency, total, discount, payable, reference, operator, tillreceipt, beginsvisit)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const markReversed = db.prepare<[number, string]>('UPDATE sales SET reversedby = ?, beginsvisit = 0 WHERE saleid = ?')
  const markBegins = db.prepare<[string]>('UPDATE sales SET beginsvisit = 1 WHERE saleid = ?')
  const nextOfMember = db.prepare<[number, string, string], SaleRow>(
    'SELECT * FROM sales WHERE member = ? AND at >= ? AND saleid <> ? AND reversedby IS NULL ORDER BY at LIMIT 1',
  )
  const lastOfMember = db.prepare<[number, string], { at: string | null }>(
    'SELECT MAX(at) AS at FROM sales WHERE member = ? AND saleid <> ? AND reversedby IS NULL',
  )
  const seenBetween = db.prepare<[number, string, string], { at: string }>(
    'SELECT at FROM sales WHERE member = ? AND at > ? AND at < ? AND reversedby IS NULL LIMIT 1',
  )
  const insertTombstone = db.prepare<[string, string, number, string, string]>('INSERT INTO tombstones VALUES (?, ?, ?, ?, ?)')
  const tombstones = db.prepare<[string, string], Tombstone>(
    'SELECT event, id, at FROM tombstones WHERE store = ? AND saleid = ?',
  )
  const deleteTombstone = db.prepare<[string, string]>('DELETE FROM tombstones WHERE store = ? AND saleid = ?')
  const insertQuote = db.prepare<[string, string, string, number, number, string]>('INSERT INTO quotes VALUES (?, ?, ?, ?, ?, ?)')
  const quote = db.prepare<[string, string, string], { programme: number; discount: number; validuntil: string }>(
    'SELECT programme, discount, validuntil FROM quotes WHERE quoteid = ? AND store = ? AND saleid = ?',
  )

  const sale = (row: SaleRow | undefined): StoredSale | undefined => row && toSale(row)
  return {
    byId: (saleid: string) => sale(byId.get(saleid)),
    byReference: (reference: string) => sale(byReference.get(reference)),
    byTillReceipt: (store: string, tillreceipt: string) => sale(byTillReceipt.get(store, tillreceipt)),
    insert(one: StoredSale): void {
      insert.run(
        one.saleid,
        one.event,
        one.store,
        one.member ?? null,
        one.at,
        one.currency,
        one.total,
        one.discount,
        one.payable,
        one.reference,
        one.operator ?? null,
        one.tillreceipt ?? null,
        one.beginsVisit ? 1 : 0,
      )
    },
    reverse: (saleid: string, event: number) => markReversed.run(event, saleid),
    beginVisit: (saleid: string) => markBegins.run(saleid),
    /** The member's next standing sale from an instant on, other than `saleid`. */
    nextOf: (member: number, at: string, saleid: string) => sale(nextOfMember.get(member, at, saleid)),
    /** When the member last bought something that stands, other than `saleid`. */
    lastAt: (member: number, saleid: string): string | undefined => lastOfMember.get(member, saleid)?.at ?? undefined,
    /** When a member bought something that stands, between two instants. */
    seenBetween: (member: number, from: string, to: string): string | undefined => seenBetween.get(member, from, to)?.at,
    bury: (store: string, saleid: string, { event, id, at }: Tombstone) => insertTombstone.run(store, saleid, event, id, at),
    /** The reversals that came before this sale; they wait no longer. */
    unbury(store: string, saleid: string): Tombstone[] {
      const waiting = tombstones.all(store, saleid).sort((a, b) => a.event - b.event)
      if (waiting.length > 0) deleteTombstone.run(store, saleid)
      return waiting
    },
    insertQuote: (one: {
      quoteid: string
      store: string
      saleid: string
      programme: number
      discount: number
      validuntil: string
    }) => insertQuote.run(one.quoteid, one.store, one.saleid, one.programme, one.discount, one.validuntil),
    quote: (quoteid: string, store: string, saleid: string) => quote.get(quoteid, store, saleid),
    records({ store, limit = 100 }: { store?: string; limit?: number }): SaleRecord[] {
      const rows = db
        .prepare<[string | null, string | null, number], SaleRow & { eventid: string; memberid: string | null }>(
          `SELECT s.*, j.id AS eventid, m.memberid FROM sales s JOIN journal j ON j.seq = s.event LEFT JOIN members m ON m.member = s.member
           WHERE ? IS NULL OR s.store = ? ORDER BY s.sale DESC LIMIT ?`,
        )
        .all(store ?? null, store ?? null, limit)
      return rows.map(({ saleid, eventid, memberid, tillreceipt, reversedby, ...row }) => ({
        saleid,
        eventid,
        store: row.store,
        ...(memberid === null ? {} : { memberid }),
        at: row.at,
        currency: row.currency,
        total: row.total,
        discount: row.discount,
        payable: row.payable,
        reference: row.reference,
        ...(tillreceipt === null ? {} : { tillreceipt }),
        reversed: reversedby !== null,
      }))
    },
  }
}
export type SqliteSales = ReturnType<typeof sqliteSales>
