import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { messageOf, VafaError } from './errors.ts'

// What whoever repairs a database does, whatever lies in it.

/** What SQLite finds wrong with a database that nobody has open; undefined where it finds nothing. */
function faultOf(path: string): string | undefined {
  try {
    const database = new Sqlite(path, { readonly: true, fileMustExist: true })
    try {
      const found = database.pragma('integrity_check(1)', { simple: true }) as string
      return found === 'ok' ? undefined : found
    } finally {
      database.close()
    }
  } catch (error) {
    return messageOf(error)
  }
}

/** Throws `database.absent`, or `database.whole` where there is nothing to repair. */
export function refuseWhole(path: string): void {
  if (!existsSync(path))
    throw new VafaError({
      key: 'database.absent',
      message: `there is no database ${path}`,
      hint: 'it is made at the next start; nothing was changed',
    })
  if (faultOf(path) !== undefined) return
  throw new VafaError({
    key: 'database.whole',
    message: `nothing is wrong with the database ${path}`,
    hint: 'nothing was changed; the log of what would not start says why',
  })
}

/** A new folder beside a database, for what it was before its repair. `now`: milliseconds since 1970. */
export function damagedFolder(path: string, now: number): string {
  const folder = join(dirname(path), `${basename(path)}.damaged-${new Date(now).toISOString().replace(/[:.]/g, '-')}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** Moves a database with its log into a folder, and another one, which is whole and closed, into its place. */
export function exchange(path: string, { folder, fresh }: { folder: string; fresh: string }): void {
  // First the main file: SQLite takes no notice of a log beside a database that is new.
  for (const end of ['', '-wal', '-shm']) if (existsSync(path + end)) renameSync(path + end, join(folder, basename(path) + end))
  renameSync(fresh, path)
}

/** All rows of a query up to where the file is broken, and why it ended there. */
export function rowsUntilBroken<Row>(path: string, sql: string): { rows: Row[]; broken?: string } {
  const rows: Row[] = []
  try {
    const database = new Sqlite(path, { readonly: true, fileMustExist: true })
    try {
      for (const row of database.prepare<[], Row>(sql).iterate()) rows.push(row)
    } finally {
      database.close()
    }
    return { rows }
  } catch (error) {
    return { rows, broken: messageOf(error) }
  }
}
