import { balancesOf } from '../booking/member.ts'
import { holesOf, type Ranges } from '../booking/sequence-ranges.ts'
import type { Books } from '../books/context.ts'
import { postingsMax } from '../books/desk.ts'
import { dossierOf } from '../books/dossiers.ts'
import type { AlertRecord, Member } from '../books/member-records.ts'
import { memberById, memberByNumber } from '../books/people.ts'
import { unlockedOf } from '../books/persons.ts'
import type { DayTotals } from '../books/sale-records.ts'
import { differencesOf } from '../day-receipt.ts'
import { happenedAfter, placeBefore } from '../fraud/feed.ts'
import type { Hold } from '../ledger/purse.ts'
import type { Transfer } from '../ledger/transfers.ts'
import { storesOn } from '../reports/stores-on.ts'
import { auditBalances } from './audit.ts'
import { clearingOf } from './clearing.ts'
import type { Engine } from './engine.ts'
import { findMembers } from './find-members.ts'
import { peopleQuestions } from './people-questions.ts'
import type {
  ClubStore,
  DayCloseRecord,
  FoundMember,
  MemberRecord,
  QuarantineEntry,
  ResponseRecords,
  SaleRecord,
} from './store.ts'
import { type TransferRow, transferOf } from './transfer-row.ts'

interface MemberRow extends Omit<MemberRecord, 'units' | 'lastVisitAt' | 'held' | 'tier'> {
  holds: string | null
  lastvisitat: string | null
  rank: string | null
  units: string
}
interface SaleRow {
  saleid: string
  eventid: string
  store: string
  memberid: string | null
  at: string
  currency: string
  total: number
  discount: number
  payable: number
  redeemed: number
  reference: string
  tillreceipt: string | null
  reversedby: string | null
  returned: number
}

type Journalled = Pick<Transfer, 'unit' | 'eventid' | 'at'>

const memberColumns = `SELECT memberid, number, visits, purchases, lastvisitat, credit, units, holds, rank,
  (SELECT COUNT(*) FROM credentials c WHERE c.memberid = m.memberid) AS credentials FROM members m`
const transferColumns = `SELECT t.seq, t.debit, t.credit, t.amount, t.unit, t.kind, t.ruleid, j.id AS eventid, t.at, t.compensates,
  t.issuedby, t.activeat, t.expiresat
  FROM transfers t JOIN journal j ON j.seq = t.event`
/** A member's sales, along the chain from the last one. */
const chainOfSales = `WITH RECURSIVE chain (saleid) AS (
    SELECT lastsale FROM members WHERE memberid = $1 AND lastsale IS NOT NULL
    UNION ALL SELECT s.previoussale FROM chain c JOIN sales s ON s.saleid = c.saleid WHERE s.previoussale IS NOT NULL)`
const salesOfMember = `${chainOfSales}
  SELECT s.saleid, s.events FROM chain c JOIN sales s ON s.saleid = c.saleid`

const memberOf = ({ lastvisitat, units, holds, rank, ...row }: MemberRow): MemberRecord => ({
  ...row,
  held: (JSON.parse(holds ?? '[]') as Hold[]).reduce((sum, one) => sum + one.amount, 0),
  units: JSON.parse(units) as Record<string, number>,
  ...(lastvisitat === null ? {} : { lastVisitAt: lastvisitat }),
  ...(rank === null ? {} : { tier: (JSON.parse(rank) as NonNullable<Member['rank']>).tier }),
})

interface LaneDayRow extends DayTotals {
  businessdate: string
  store: string
  lane: string
  till: string | null
  closedat: string | null
}

function dayCloseOf({ businessdate, store, lane, till: told, closedat, ...club }: LaneDayRow): DayCloseRecord {
  const day = { businessdate, store, lane, club }
  if (told === null) return { ...day, difference: {} }
  const till = JSON.parse(told) as DayTotals
  return { ...day, till, difference: differencesOf(till, club), ...(closedat === null ? {} : { closedAt: closedat }) }
}

type Nullable<Row> = { [Field in keyof Row]: Row[Field] | null }
const withoutNulls = <Row extends object>(row: Nullable<Row>): Row =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Row

type Questions = Omit<
  ClubStore,
  | 'commitBatch'
  | 'answer'
  | 'act'
  | 'follow'
  | 'tick'
  | 'counting'
  | 'regulars'
  | 'exposure'
  | 'exposed'
  | 'writeOffBox'
  | 'close'
  | 'pulse'
  | 'quarantined'
  | 'release'
  | 'dropQuarantined'
>

/** Reads what the books hold, everything that was taken included. */
export type Reader = Pick<Engine, 'query'>

/** What people and reports ask the books. */
export function questions(parts: {
  books: Books
  /** The latest instant of which the books know. */
  heard(): string
  onDesk<T>(task: () => T): Promise<T>
  reader: Reader
}): Questions {
  const { books, onDesk, reader } = parts

  async function transfersOf(events: readonly number[]): Promise<Transfer[]> {
    const found: Transfer[] = []
    for (const event of events) {
      const rows = await reader.query<TransferRow & Journalled>(
        `${transferColumns} WHERE t.seq BETWEEN $1 AND $2 ORDER BY t.seq`,
        [event * postingsMax, (event + 1) * postingsMax - 1],
      )
      found.push(...rows.map(transferOf))
    }
    return found
  }
  const eventsIn = (rows: readonly { events: string }[]) => rows.flatMap(({ events }) => JSON.parse(events) as number[])

  return {
    async balances(memberid, at = parts.heard()) {
      const member = await onDesk(() => memberById(books, memberid))
      return member ? balancesOf(member, books.programme.currency, { at }) : []
    },
    async transfers({ memberid, saleid }) {
      if (saleid !== undefined)
        return transfersOf(eventsIn(await reader.query('SELECT events FROM sales WHERE saleid = $1', [saleid])))
      const known = await onDesk(() => {
        const member = memberid === undefined ? undefined : memberById(books, memberid)
        return member && dossierOf(books, member.memberid)
      })
      if (known === undefined) return []
      const sales = eventsIn(await reader.query<{ events: string }>(salesOfMember, [known.memberid]))
      return transfersOf([...new Set([...sales, ...known.events])].sort((a, b) => a - b))
    },
    clearing: (interval) => clearingOf(reader, interval),
    ...peopleQuestions({ books, heard: parts.heard, onDesk, reader }),
    happenedAfter: (place) => happenedAfter(reader, place),
    placeBefore: (back) => placeBefore(reader, back),
    async alerts({ limit = 100 }) {
      const rows = await reader.query<
        Omit<AlertRecord, 'text' | 'store' | 'memberid'> & { text: string; store: string | null; memberid: string | null }
      >('SELECT alert, ruleid, text, memberid, store, at FROM alerts ORDER BY at DESC, alert DESC LIMIT $1', [limit])
      return rows.map(({ text, store, memberid, ...row }) => ({
        ...row,
        text: JSON.parse(text) as AlertRecord['text'],
        ...(store === null ? {} : { store }),
        ...(memberid === null ? {} : { memberid }),
      }))
    },
    async memberByNumber(number) {
      // The number of one who turned out to be another finds the other.
      const memberid = await onDesk(() => memberByNumber(books, number)?.memberid)
      if (memberid === undefined) return undefined
      const [row] = await reader.query<MemberRow>(`${memberColumns} WHERE memberid = $1`, [memberid])
      return row && memberOf(row)
    },
    members: async () =>
      (await reader.query<MemberRow>(`${memberColumns} WHERE mergedinto IS NULL ORDER BY member`)).map(memberOf),
    async sales({ store, memberid: of, limit = 100 }) {
      const owner = of === undefined ? undefined : await onDesk(() => memberById(books, of)?.memberid)
      if (of !== undefined && owner === undefined) return []
      const which =
        owner === undefined ? "$1 = '' OR store = $1" : 'sales.saleid IN (SELECT saleid FROM chain WHERE saleid IS NOT NULL)'
      const rows = await reader.query<SaleRow>(
        `${owner === undefined ? '' : chainOfSales} SELECT saleid, eventid, store, memberid, at, currency, total, discount, payable, COALESCE(redeemed, 0) AS redeemed,
           reference, tillreceipt, reversedby,
         COALESCE((SELECT r.value FROM sale_returns r WHERE r.saleid = sales.saleid), 0) AS returned
         FROM sales WHERE ${which} ORDER BY sale DESC LIMIT $2`,
        [owner ?? store ?? '', limit],
      )
      return rows.map(
        ({ memberid, tillreceipt, reversedby, ...row }): SaleRecord => ({
          ...row,
          ...(memberid === null ? {} : { memberid }),
          ...(tillreceipt === null ? {} : { tillreceipt }),
          reversed: reversedby !== null,
        }),
      )
    },
    storesOn: (day) => storesOn(reader, day),
    async findMembers(given) {
      const { found, whole } = await findMembers({ books, onDesk, reader }, given)
      const members: FoundMember[] = []
      for (const { memberid, profile, erased } of found) {
        const [row] = await reader.query<MemberRow>(`${memberColumns} WHERE memberid = $1`, [memberid])
        const { displayName, mobile } = profile
        if (row)
          members.push({
            ...memberOf(row),
            ...(displayName === undefined ? {} : { displayName }),
            ...(mobile === undefined ? {} : { mobile: mobile.slice(-4) }),
            erased,
          })
      }
      return { members, whole }
    },
    async totals() {
      const accounts = await reader.query<{ account: string; balance: number }>('SELECT account, balance FROM totals')
      const [counted] = await reader.query<{
        members: number
        sales: number
        transfers: number
        quarantined: number
        training: number
      }>(`SELECT (SELECT COUNT(*) FROM members WHERE mergedinto IS NULL) AS members, (SELECT COUNT(*) FROM sales) AS sales,
        (SELECT COUNT(*) FROM transfers) AS transfers, (SELECT COUNT(*) FROM quarantine) - (SELECT COUNT(*) FROM quarantine_rulings) AS quarantined,
        (SELECT COUNT(*) FROM training) AS training`)
      if (!counted) throw new Error('the books gave no totals')
      return { accounts: Object.fromEntries(accounts.map(({ account, balance }) => [account, balance])), ...counted }
    },
    async quarantine() {
      const rows = await reader.query<Omit<QuarantineEntry, 'type'> & { type: string | null }>(
        `SELECT q.store, q.id AS eventid, q.hash, q.type, q.key, q.reason, q.receivedat FROM quarantine q WHERE NOT EXISTS
           (SELECT 1 FROM quarantine_rulings r WHERE r.store = q.store AND r.id = q.id AND r.hash = q.hash)
         ORDER BY q.receivedat, q.id, q.hash`,
      )
      return rows.map(({ type, ...entry }) => ({ ...entry, ...(type === null ? {} : { type }) }))
    },
    async dayCloses({ from, to }) {
      const rows = await reader.query<LaneDayRow>(
        `SELECT businessdate, store, lane, sales, total, discount, reversed, till, closedat FROM lane_days
         WHERE day >= $1 AND day < $2 ORDER BY day`,
        // “0” follows “/” in the order of keys: all of the last day is before it.
        [from, `${to}0`],
      )
      return rows.map(dayCloseOf)
    },
    async responses(memberid) {
      const known = await onDesk(() => {
        const member = memberById(books, memberid)
        return member && dossierOf(books, member.memberid)
      })
      const found: ResponseRecords = { reactions: [], surveys: [] }
      // What was said in the name of a member that turned out to be this one stands there.
      for (const one of known ? [known.memberid, ...known.merged] : []) {
        const reactions = await reader.query<Nullable<ResponseRecords['reactions'][number]>>(
          'SELECT offerid, saleid, answer, operator, store, at FROM reactions WHERE memberid = $1 ORDER BY at DESC, reaction',
          [one],
        )
        found.reactions.push(...reactions.map(withoutNulls<ResponseRecords['reactions'][number]>))
        const surveys = await reader.query<{
          surveyid: string
          option: number
          locked: string | null
          store: string
          at: string
        }>('SELECT surveyid, option, locked, store, at FROM survey_answers WHERE memberid = $1 ORDER BY at DESC, answer', [one])
        for (const { locked, ...row } of surveys) {
          const words = locked === null ? undefined : await onDesk(() => unlockedOf(books, one, locked))
          found.surveys.push({ ...row, ...(words as { comment: string } | undefined) })
        }
      }
      return found
    },
    async sequences() {
      const rows = await reader.query<{ store: string; boxid: string; ranges: string }>(
        'SELECT store, boxid, ranges FROM sequences ORDER BY store, boxid',
      )
      return rows.map(({ store, boxid, ranges }) => {
        const received = JSON.parse(ranges) as [number, number][]
        return { store, boxid, received, missing: (holesOf(received as Ranges) as [number, number][]).map(([a, b]) => [a, b]) }
      })
    },
    async received(store, boxid) {
      const [row] = await reader.query<{ ranges: string }>('SELECT ranges FROM sequences WHERE box = $1', [`${store}/${boxid}`])
      return row === undefined ? [] : (JSON.parse(row.ranges) as [number, number][])
    },
    codesToSend: async (at) => books.mobileCodes.toSend(Date.parse(at)),
    audit: () => auditBalances(reader),
  }
}
