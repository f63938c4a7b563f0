import type { AuditEntry } from '#protocol/head-office/office.ts'
import type { OfficeAsked } from '#protocol/head-office/requests.ts'
import type { OfficeDatabase } from './office-database.ts'

interface Row extends Omit<AuditEntry, 'data' | 'before' | 'after'> {
  data: string | null
  before: string | null
  after: string | null
}

/** Of one field of an entry; a whole programme is longer and stands with the programmes. */
const fieldMost = 20_000

export type AuditLog = ReturnType<typeof createAuditLog>

/** Who changed what. The file itself refuses to change or delete an entry. */
export function createAuditLog(database: OfficeDatabase) {
  const add = database.prepare('INSERT INTO audit VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  return {
    note(entry: Omit<AuditEntry, 'seq'>): void {
      const { at, actor, role, what, subject, data, before, after, result } = entry
      add.run(at, actor, role, what, subject.slice(0, 200), stored(data), stored(before), stored(after), result)
    },
    entries(asked: OfficeAsked<'audit'>): AuditEntry[] {
      const { actor = '', what = '', subject = '', from = '', to = '~', before = Number.MAX_SAFE_INTEGER, limit } = asked
      return database
        .prepare<unknown[], Row>(
          `SELECT * FROM audit WHERE seq < ? AND at >= ? AND at < ? AND (? = '' OR actor = ?) AND (? = '' OR what = ?)
             AND (? = '' OR subject = ?) ORDER BY seq DESC LIMIT ?`,
        )
        .all(before, from, to, actor, actor, what, what, subject, subject, limit)
        .map(({ data, before: was, after, ...row }) => ({
          ...row,
          ...(data === null ? {} : { data: JSON.parse(data) as unknown }),
          ...(was === null ? {} : { before: JSON.parse(was) as unknown }),
          ...(after === null ? {} : { after: JSON.parse(after) as unknown }),
        }))
    },
  }
}

function stored(value: unknown): string | null {
  if (value === undefined) return null
  const text = JSON.stringify(value)
  return text.length <= fieldMost ? text : JSON.stringify(`${text.slice(0, fieldMost)}…`)
}
