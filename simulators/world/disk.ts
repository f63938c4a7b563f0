import Sqlite from 'better-sqlite3'
import { type Database, prepareDatabase } from '#runtime/sqlite.ts'
import type { Chance } from './chance.ts'

/** How a machine goes down. `kill`: the process only, and all that was written stays; `power`: what was not synced may go. */
export type Outage = 'kill' | 'power'

/** A crash that waits: at the so-many-th commit from now, just before it is on disk or just after. */
export interface ArmedCrash {
  commits: number
  /** Which of them count: those that last, or all. */
  of: 'full' | 'any'
  when: 'before' | 'after'
  outage: Outage
  /** The process that writes here ends at this instant. */
  die(): void
}

/**
 * A disk with one SQLite database, as far as its promises go: a commit with `synchronous = FULL` is there for good when
 * it returns, one with less may be lost in a power cut until the next full one, and a transaction is there whole or not
 * at all. SQLite itself is real and runs in memory; what a torn log does to a file is tests/crash/torn-wal.test.ts's.
 */
export interface SimulatedDisk {
  /** The database as the disk holds it. A handle of a process that has ended changes it no more. */
  open(): Database
  /** From now on until it happens the disk remembers what would be left. */
  arm(crash: ArmedCrash): void
  /** The crash that is armed happens now, between two commits. */
  crashNow(): void
  /** The database as it is now, for a backup. */
  copy(): Buffer
  /** Another one takes its place; nobody has it open. */
  restore(copy: Buffer): void
  /** Whether it takes anything more. */
  full: boolean
  /** Commits that it has taken, by how lasting they were. */
  readonly commits: { full: number; lazy: number }
}

class Cut extends Error {}

const synchronous = /^\s*(?:PRAGMA\s+)?synchronous\s*=\s*(\w+)\s*;?\s*$/i

/** What a full disk makes SQLite say. */
const full = () => Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })

const empty = new Map<readonly string[], Buffer>()

/** A database with this schema and nothing in it; made once. */
function fresh(migrations: readonly string[]): Buffer {
  const known = empty.get(migrations)
  if (known) return known
  const database = new Sqlite(':memory:')
  prepareDatabase(database, migrations)
  const image = database.serialize()
  database.close()
  empty.set(migrations, image)
  return image
}

export function createDisk({ migrations, chance }: { migrations: readonly string[]; chance: Chance }): SimulatedDisk {
  let image = fresh(migrations)
  let current: Sqlite.Database | undefined
  let armed: ArmedCrash | undefined
  /** While a power cut is armed: what it leaves, at least; and what it may leave besides, the least first. */
  let safe = image
  let perhaps: Buffer[] = []
  const commits = { full: 0, lazy: 0 }

  const die = (left: Buffer) => {
    const crash = armed
    image = left
    current = undefined
    armed = undefined
    perhaps = []
    crash?.die()
  }
  const afterPower = () => chance.pick([safe, ...perhaps])

  const instrument = (database: Sqlite.Database): void => {
    let lasting: 'full' | 'lazy' = 'full'
    let depth = 0
    const { exec, pragma, prepare, transaction, close } = database
    const mine = () => database === current
    /** How lasting commits are is for this disk to keep: SQLite in memory has nothing to sync. */
    const isHeeded = (sql: string): boolean => {
      const level = synchronous.exec(sql)?.[1]?.toUpperCase()
      if (level !== undefined) lasting = level === 'FULL' || level === 'EXTRA' ? 'full' : 'lazy'
      return level !== undefined
    }
    /** Everything is written, and not committed yet. */
    const before = () => {
      if (!mine()) return
      if (disk.full) throw full()
      if (!armed || (armed.of === 'full' && lasting !== 'full')) return
      armed.commits -= 1
      if (armed.commits <= 0 && armed.when === 'before') throw new Cut()
    }
    const after = () => {
      if (!mine()) return
      commits[lasting] += 1
      if (!armed || (armed.outage === 'kill' && armed.commits > 0)) return
      const now = database.serialize()
      if (lasting === 'full') {
        safe = now
        perhaps = []
      } else perhaps.push(now)
      if (armed.commits <= 0) die(armed.outage === 'power' ? afterPower() : now)
    }
    const outermost = <T>(work: () => T): T => {
      try {
        const result = work()
        after()
        return result
      } catch (error) {
        if (error instanceof Cut && mine()) die(armed?.outage === 'power' ? afterPower() : database.serialize())
        throw error
      }
    }
    database.exec = (sql) => (isHeeded(sql) ? database : exec.call(database, sql))
    database.pragma = (sql, options) => (isHeeded(sql) ? [] : pragma.call(database, sql, options))
    database.transaction = ((work: (...given: unknown[]) => unknown) => {
      const inner = transaction.call(database, (...given: unknown[]) => {
        depth += 1
        try {
          const result = work(...given)
          if (depth === 1) before()
          return result
        } finally {
          depth -= 1
        }
      })
      const guarded =
        (variant: (...given: unknown[]) => unknown) =>
        (...given: unknown[]) =>
          database.inTransaction ? variant(...given) : outermost(() => variant(...given))
      const plain = guarded(inner)
      return Object.assign(plain, {
        default: plain,
        deferred: guarded(inner.deferred),
        immediate: guarded(inner.immediate),
        exclusive: guarded(inner.exclusive),
        database,
      })
    }) as never
    database.prepare = ((sql: string) => {
      const statement = prepare.call(database, sql)
      if (statement.readonly || /^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)/i.test(sql)) return statement
      const run = statement.run as (...given: unknown[]) => Sqlite.RunResult
      statement.run = (...given: unknown[]) => {
        if (database.inTransaction) return run.apply(statement, given)
        return outermost(() => {
          before()
          return run.apply(statement, given)
        })
      }
      return statement
    }) as never
    database.close = () => {
      if (mine()) {
        image = database.serialize()
        current = undefined
        // SQLite syncs what it closes.
        safe = image
        perhaps = []
      }
      return close.call(database)
    }
  }

  const disk: SimulatedDisk = {
    full: false,
    commits,
    open() {
      const database = new Sqlite(image)
      current = database
      instrument(database)
      return prepareDatabase(database, migrations)
    },
    arm(crash) {
      armed = crash
      safe = current && crash.outage === 'power' ? current.serialize() : image
      perhaps = []
    },
    copy: () => current?.serialize() ?? image,
    restore(copy) {
      armed = undefined
      current = undefined
      image = copy
    },
    crashNow() {
      if (!armed || !current) return
      die(armed.outage === 'power' ? afterPower() : current.serialize())
    },
  }
  return disk
}
