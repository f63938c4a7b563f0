import { codeHash, newCodeSecret } from '#protocol/enrolment.ts'
import { openDatabase } from '#runtime/sqlite.ts'

const migrations = [
  `
CREATE TABLE codes (
  hash TEXT PRIMARY KEY,
  store TEXT NOT NULL,
  madeat TEXT NOT NULL,
  madeby TEXT NOT NULL,
  expiresat TEXT NOT NULL,
  usedat TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE certificates (
  serial TEXT PRIMARY KEY,
  store TEXT NOT NULL,
  issuedat TEXT NOT NULL,
  expiresat TEXT NOT NULL,
  renews TEXT,
  revokedat TEXT,
  reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX certificates_store ON certificates (store, issuedat);
`,
]

/** A certificate that the club has given to a box. Instants are ISO 8601. */
export interface BoxCertificate {
  serial: string
  store: string
  issuedAt: string
  expiresAt: string
  /** The serial of the one that it took the place of; absent where a code brought the box in. */
  renews?: string
  revokedAt?: string
  reason?: string
}

interface CertificateRow {
  serial: string
  store: string
  issuedat: string
  expiresat: string
  renews: string | null
  revokedat: string | null
  reason: string | null
}

export type CodeUse = { ok: true; store: string } | { ok: false; why: 'unknown' | 'used' | 'expired' }

export type Register = ReturnType<typeof openRegister>

/** Codes that were given out and certificates that were issued, in a small database of their own beside the authority. */
export function openRegister(path: string) {
  const db = openDatabase(path, migrations)
  const insertCode = db.prepare<[string, string, string, string, string]>('INSERT INTO codes VALUES (?, ?, ?, ?, ?, NULL)')
  const findCode = db.prepare<[string], { store: string; expiresat: string; usedat: string | null }>(
    'SELECT store, expiresat, usedat FROM codes WHERE hash = ?',
  )
  const useUp = db.prepare<[string, string]>('UPDATE codes SET usedat = ? WHERE hash = ?')
  const insertCertificate = db.prepare<[string, string, string, string, string | null]>(
    'INSERT INTO certificates (serial, store, issuedat, expiresat, renews) VALUES (?, ?, ?, ?, ?)',
  )
  const select = 'SELECT serial, store, issuedat, expiresat, renews, revokedat, reason FROM certificates'
  const all = db.prepare<[], CertificateRow>(`${select} ORDER BY store, issuedat`)
  const one = db.prepare<[string], CertificateRow>(`${select} WHERE serial = ?`)
  const ofStore = db.prepare<[string], CertificateRow>(`${select} WHERE store = ? AND revokedat IS NULL`)
  const revokeOne = db.prepare<[string, string, string]>(
    'UPDATE certificates SET revokedat = ?, reason = ? WHERE serial = ? AND revokedat IS NULL',
  )

  return {
    /** Gives out a secret that lets one box of a store in, until `expiresAt`. */
    newCode({ store, by, at, expiresAt }: { store: string; by: string; at: string; expiresAt: string }): string {
      const secret = newCodeSecret()
      insertCode.run(codeHash(secret), store, at, by, expiresAt)
      return secret
    },
    /** Uses a code up: the second one who comes with it is told so. */
    useCode: db.transaction((secret: string, at: string): CodeUse => {
      const hash = codeHash(secret)
      const code = findCode.get(hash)
      if (!code) return { ok: false, why: 'unknown' }
      if (code.usedat !== null) return { ok: false, why: 'used' }
      if (code.expiresat <= at) return { ok: false, why: 'expired' }
      useUp.run(at, hash)
      return { ok: true, store: code.store }
    }).immediate,
    issued: ({ serial, store, issuedAt, expiresAt, renews }: BoxCertificate): void =>
      void insertCertificate.run(serial, store, issuedAt, expiresAt, renews ?? null),
    certificates: (): BoxCertificate[] => all.all().map(certificateOf),
    find(serial: string): BoxCertificate | undefined {
      const row = one.get(serial)
      return row && certificateOf(row)
    },
    /** Of one certificate, or of all that a store has; gives the serials that were good until now. */
    revoke: db.transaction(
      (which: { serial: string } | { store: string }, { at, reason }: { at: string; reason: string }): string[] => {
        const rows = 'serial' in which ? [one.get(which.serial)] : ofStore.all(which.store)
        const good = rows.filter((row) => row !== undefined && row.revokedat === null) as CertificateRow[]
        for (const { serial } of good) revokeOne.run(at, reason, serial)
        return good.map(({ serial }) => serial)
      },
    ).immediate,
    close: (): void => void db.close(),
  }
}

const certificateOf = ({ serial, store, issuedat, expiresat, renews, revokedat, reason }: CertificateRow): BoxCertificate => ({
  serial,
  store,
  issuedAt: issuedat,
  expiresAt: expiresat,
  ...(renews === null ? {} : { renews }),
  ...(revokedat === null ? {} : { revokedAt: revokedat }),
  ...(reason === null ? {} : { reason }),
})
