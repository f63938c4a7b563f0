import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { databaseError } from './database-error.ts'
import { messageOf, VafaError } from './errors.ts'

export type { Database, Statement } from 'better-sqlite3'

/**
 * Opens (or makes) a SQLite database that keeps its promises: write-ahead log, `synchronous=FULL` (a commit returns
 * after `fdatasync`), foreign keys on. `migrations` are forward-only: number n brings the schema from n to n + 1; a
 * database from a newer Vafa is refused, never guessed at, unless that one has said that this one can still work with it:
 * `oldest` is the number of migrations that a Vafa must know at least for that; all of them where it is left out.
 * `whenDamaged`: what mends a database of this kind, said where the file is broken.
 */
export function openDatabase(
  path: string,
  migrations: readonly string[],
  { oldest, whenDamaged }: { oldest?: number; whenDamaged?: string } = {},
): Database.Database {
  try {
    mkdirSync(dirname(path), { recursive: true })
    const database = new Database(path)
    setUp(database)
    // A disk that may only be read lets it be opened: better to know now.
    database.exec('BEGIN IMMEDIATE; ROLLBACK')
    return migrate(database, migrations, oldest)
  } catch (error) {
    if (error instanceof VafaError) throw error
    throw databaseError(path, error, whenDamaged === undefined ? {} : { whenDamaged })
  }
}

function setUp(database: Database.Database): void {
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.pragma('foreign_keys = ON')
  database.pragma('busy_timeout = 5000')
}

/** As `openDatabase`, on a handle that somebody has opened already: on a simulated disk. */
export function prepareDatabase(database: Database.Database, migrations: readonly string[]): Database.Database {
  setUp(database)
  return migrate(database, migrations)
}

/** Where SQLite keeps which schema a program must know at least to work with the database; 0 where nobody said. */
const oldestIn = (database: Database.Database) => database.pragma('application_id', { simple: true }) as number

function migrate(database: Database.Database, migrations: readonly string[], oldest = migrations.length): Database.Database {
  const version = database.pragma('user_version', { simple: true }) as number
  const stillKnown = oldestIn(database) > 0 && oldestIn(database) <= migrations.length
  if (version > migrations.length && !stillKnown) {
    database.close()
    throw new VafaError({
      key: 'database.newer',
      message: `the database ${database.name} has schema ${version}; this Vafa knows only ${migrations.length}`,
      hint: 'install the newer Vafa that wrote it',
    })
  }
  // A database that is up to date is not written to.
  if (version >= migrations.length) return database
  database.transaction(() => {
    for (const migration of migrations.slice(version)) database.exec(migration)
    database.pragma(`user_version = ${migrations.length}`)
    database.pragma(`application_id = ${oldest}`)
  })()
  return database
}

/**
 * Opens a database that somebody else may be writing, and never changes it. What is read is the database at one instant,
 * whatever is written meanwhile. `migrations`: the schema that is expected.
 */
export function openDatabaseToRead(path: string, migrations: readonly string[]): Database.Database {
  const hint = 'name the database of a club that has run; it is read where it lies, by a user who may read it'
  if (!existsSync(path)) throw new VafaError({ key: 'database.absent', message: `there is no database ${path}`, hint })
  try {
    const database = new Database(path, { readonly: true, fileMustExist: true })
    database.pragma('busy_timeout = 5000')
    const version = database.pragma('user_version', { simple: true }) as number
    if (version === migrations.length) {
      database.exec('BEGIN')
      return database
    }
    database.close()
    const message = `the database ${path} has schema ${version}; this Vafa reads schema ${migrations.length}`
    throw new VafaError({
      key: 'database.other',
      message,
      hint: 'let the club of this Vafa open it once, or use the Vafa that wrote it',
    })
  } catch (error) {
    if (error instanceof VafaError) throw error
    const message = `cannot read the database ${path}: ${messageOf(error)}`
    throw new VafaError({ key: 'database.unusable', message, hint, cause: error })
  }
}

/**
 * `work` in a transaction whose commit does not wait for the disk: for what may be lost in a power cut, since losing it
 * only makes a repeat. The database stays whole (SQLite, “PRAGMA synchronous”: in WAL mode NORMAL costs durability
 * only), and the next full commit syncs the whole log, this one included.
 */
export function unsynced<Arguments extends unknown[], Result>(
  database: Database.Database,
  work: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  const transaction = database.transaction(work).immediate
  return (...given) => {
    // Not prepared: SQLite obeys this pragma when it compiles it, not when it runs it. `exec` takes a third of what
    // `pragma` takes, which makes a statement's object each time.
    database.exec('PRAGMA synchronous = NORMAL')
    try {
      return transaction(...given)
    } finally {
      database.exec('PRAGMA synchronous = FULL')
    }
  }
}
