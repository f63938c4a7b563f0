import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Engine } from './engine.ts'
import type { Snapshot } from './snapshot.ts'
import { openSqliteEngine } from './sqlite-engine.ts'

/**
 * The books of a SQLite file as they stand now: a copy in the system's temporary folder, so that whoever reads it
 * neither waits for a running club nor makes it wait. The file itself is opened for reading only.
 */
export function openSqliteSnapshot(path: string): Snapshot & { engine: Engine } {
  if (!existsSync(path))
    throw new VafaError({
      key: 'database.absent',
      message: `there is no database ${path}`,
      hint: 'name the club.yaml whose `database` it is; the club makes it at its first start',
    })
  const folder = mkdtempSync(join(tmpdir(), 'vafa-snapshot-'))
  const engines: Engine[] = []
  const open = (name: string): Engine => {
    const engine = openSqliteEngine(join(folder, name), { durability: 'none' })
    engines.push(engine)
    return engine
  }
  try {
    copyBooks(path, join(folder, 'books.sqlite'))
    const engine = open('books.sqlite')
    return {
      engine,
      openFresh: () => open(`fresh-${engines.length}.sqlite`),
      async close() {
        for (const one of engines) await one.close()
        rmSync(folder, { recursive: true })
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true })
    throw error
  }
}

/** The books as they stand at one instant, in a file of their own; whoever writes them meanwhile goes on. */
export function copyBooks(from: string, to: string): void {
  try {
    const database = new Database(from, { readonly: true, fileMustExist: true })
    try {
      database.pragma('busy_timeout = 5000')
      database.prepare('VACUUM INTO ?').run(to)
    } finally {
      database.close()
    }
  } catch (error) {
    throw new VafaError({
      key: 'database.unusable',
      message: `the database ${from} cannot be copied to ${to}: ${messageOf(error)}`,
      hint: 'check that it is the club’s database, and that there is room for a copy (TMPDIR names another place)',
      cause: error,
    })
  }
}
