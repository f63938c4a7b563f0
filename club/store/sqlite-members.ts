import type { Credential } from '#protocol/credentials.ts'
import { type MemberProfile, memberProfile } from '#protocol/messages.ts'
import type { Database } from '#runtime/sqlite.ts'
import { type MemberState, memberNumber } from '../booking/member.ts'
import { accounts } from '../ledger/transfers.ts'
import type { Pepper } from '../pepper.ts'
import type { SqliteLedger } from './sqlite-ledger.ts'
import type { MemberRecord } from './store.ts'

/** A member as the store holds one: `row` is its key inside the database. */
export interface StoredMember extends MemberState {
  row: number
}

interface MemberRow {
  row: number
  memberid: string
  number: string
  visits: number
  purchases: number
  lastvisitat: string | null
  enrolledat: string
  credit: number
}

// No joins here: SQLite as better-sqlite3 builds it (with STAT4) prepares a join anew each time its parameters are
// bound, which takes ten times as long as the look-up itself.
const select = `SELECT m.member AS row, m.memberid, m.number, m.visits, m.purchases, m.lastvisitat, m.enrolledat,
  (SELECT balance FROM accounts WHERE account = m.account) AS credit FROM members m`

/** Members, what identifies them, and their profiles. Tokens and mobiles are stored under the club's pepper only. */
export function sqliteMembers(db: Database, { ledger, pepper }: { ledger: SqliteLedger; pepper: Pepper }) {
  const byToken = db.prepare<[string], MemberRow>(`${select} WHERE m.member = (SELECT member FROM credentials WHERE token = ?)`)
  const byId = db.prepare<[string], MemberRow>(`${select} WHERE m.memberid = ?`)
  const byAlias = db.prepare<[string], MemberRow>(
    `${select} WHERE m.member = (SELECT member FROM member_aliases WHERE memberid = ?)`,
  )
  const byRow = db.prepare<[number], MemberRow>(`${select} WHERE m.member = ?`)
  const byNumber = db.prepare<[string], MemberRow>(`${select} WHERE m.number = ?`)
  const byMobile = db.prepare<[string], MemberRow>(`${select} WHERE m.member = (SELECT member FROM profiles WHERE mobile = ?)`)
  const update = db.prepare<[number, number, string | null, number]>(
    'UPDATE members SET visits = ?, purchases = ?, lastvisitat = ? WHERE member = ?',
  )
  const highest = db.prepare<[], { member: number | null }>('SELECT MAX(member) AS member FROM members')
  const insert = db.prepare<[number, string, string, number, string, string]>(
    'INSERT INTO members (member, memberid, number, account, enrolledat, enrolledin) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const insertAlias = db.prepare<[string, number]>('INSERT INTO member_aliases VALUES (?, ?) ON CONFLICT DO NOTHING')
  const insertCredential = db.prepare<[string, number, string, string, string]>(
    'INSERT INTO credentials VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const countCredentials = db.prepare<[number], { n: number }>('SELECT COUNT(*) AS n FROM credentials WHERE member = ?')
  const profileOf = db.prepare<[number], { locked: Buffer }>('SELECT locked FROM profiles WHERE member = ?')
  const putProfile = db.prepare<[number, string | null, Buffer]>(
    'INSERT INTO profiles VALUES (?, ?, ?) ON CONFLICT (member) DO UPDATE SET mobile = excluded.mobile, locked = excluded.locked',
  )
  const insertConsent = db.prepare<[number, string, string | null, number, string, number, string]>(
    'INSERT INTO consents (member, purpose, channel, given, store, event, at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const all = db.prepare<[], MemberRow>(`${select} ORDER BY m.member`)

  const unitsOf = db.prepare<[number], { unit: string; balance: number }>(
    'SELECT unit, (SELECT balance FROM accounts WHERE account = u.account) AS balance FROM member_units u WHERE member = ?',
  )
  const insertUnit = db.prepare<[number, string, number]>('INSERT INTO member_units VALUES (?, ?, ?)')
  /** Spares a look-up with every sale of a club that gives credit only. */
  let anyUnits = db.prepare<[], { n: number }>('SELECT EXISTS (SELECT 1 FROM member_units) AS n').get()?.n === 1

  function toMember({ lastvisitat, enrolledat, ...row }: MemberRow): StoredMember {
    const units = anyUnits ? Object.fromEntries(unitsOf.all(row.row).map(({ unit, balance }) => [unit, balance])) : {}
    return { ...row, units, enrolledAt: enrolledat, ...(lastvisitat === null ? {} : { lastVisitAt: lastvisitat }) }
  }
  const found = (row: MemberRow | undefined): StoredMember | undefined => row && toMember(row)

  const profile = (member: StoredMember): MemberProfile => {
    const row = profileOf.get(member.row)
    return row ? memberProfile.parse(pepper.unlock(row.locked, member.memberid)) : {}
  }
  const record = ({ row, enrolledAt: _, ...member }: StoredMember): MemberRecord => ({
    ...member,
    credentials: countCredentials.get(row)?.n ?? 0,
  })

  return {
    byCredential: ({ token }: Credential) => (token === undefined ? undefined : found(byToken.get(pepper.token(token)))),
    byMobile: (mobile: string) => found(byMobile.get(pepper.mobile(mobile))),
    byId: (memberid: string) => found(byId.get(memberid) ?? byAlias.get(memberid)),
    byRow: (row: number) => found(byRow.get(row)),
    recordByNumber(number: string): MemberRecord | undefined {
      const row = byNumber.get(number)
      return row && record(toMember(row))
    },
    records: (): MemberRecord[] => all.all().map((row) => record(toMember(row))),
    create(memberid: string, origin: { store: string; at: string }): StoredMember {
      const row = (highest.get()?.member ?? 0) + 1
      const number = memberNumber(row)
      insert.run(row, memberid, number, ledger.openAccount(accounts.memberCredit(memberid)), origin.at, origin.store)
      return { row, memberid, number, visits: 0, purchases: 0, credit: 0, units: {}, enrolledAt: origin.at }
    },
    save: ({ row, visits, purchases, lastVisitAt }: StoredMember) => update.run(visits, purchases, lastVisitAt ?? null, row),
    /** Opens the accounts of units that a member has not had before. */
    openUnits({ row, memberid, units }: StoredMember, wanted: Iterable<string>): void {
      for (const unit of wanted) {
        if (unit in units) continue
        insertUnit.run(row, unit, ledger.openAccount(accounts.memberUnit(memberid, unit), unit))
        anyUnits = true
      }
    },
    /** `memberid` was made for somebody who is `member` already. */
    alias: (memberid: string, member: StoredMember) => insertAlias.run(memberid, member.row),
    /** Credentials that belong to somebody stay with them. */
    link({ kind, keyid, token }: Credential, member: StoredMember, at: string) {
      if (token !== undefined) insertCredential.run(pepper.token(token), member.row, kind, keyid, at)
    },
    /** The newer fields replace the older ones. */
    saveProfile(member: StoredMember, given: MemberProfile) {
      const merged = { ...profile(member), ...given }
      const mobile = merged.mobile === undefined ? null : pepper.mobile(merged.mobile)
      putProfile.run(member.row, mobile, pepper.lock(merged, member.memberid))
    },
    saveConsent(
      member: StoredMember,
      consent: { purpose: string; channel?: string | undefined; given: boolean },
      cause: { store: string; event: number; at: string },
    ) {
      insertConsent.run(
        member.row,
        consent.purpose,
        consent.channel ?? null,
        consent.given ? 1 : 0,
        cause.store,
        cause.event,
        cause.at,
      )
    },
    displayName: (member: StoredMember): string | undefined => profile(member).displayName,
  }
}
export type SqliteMembers = ReturnType<typeof sqliteMembers>
