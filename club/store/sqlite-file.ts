import { type Database, openDatabase } from '#runtime/sqlite.ts'
import { clubMigrations } from './sqlite-schema.ts'

/** What head office does about books that are broken. */
export const whenDamaged =
  'move it aside with those beside it and restore the last backup (`vafa club restore`): boxes send again what came since (docs/guides/backup.md)'

/** Opens a file of books, or makes it. */
export const openBooksFile = (path: string): Database => openDatabase(path, clubMigrations, { whenDamaged })

/** As those who read and write the books need it. */
export function tuned(db: Database): Database {
  // By SQLite's own measure (1,000 pages) every 75th sale would wait for a checkpoint.
  db.pragma('wal_autocheckpoint = 4000')
  // SQLite's own 2 MB hold the upper pages of the trees of a small club only.
  db.pragma('cache_size = -65536')
  return db
}
