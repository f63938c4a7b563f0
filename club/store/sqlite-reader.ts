import { openDatabaseToRead } from '#runtime/sqlite.ts'
import type { Value } from './engine.ts'
import type { Reader } from './questions.ts'
import { named, numbered } from './sqlite-parameters.ts'
import { clubMigrations } from './sqlite-schema.ts'

/** Reads a club's database, also while the club runs: at the instant at which it was opened. */
export function openSqliteReader(path: string): Reader & { close(): Promise<void> } {
  const db = openDatabaseToRead(path, clubMigrations)
  return {
    query: async <Row>(sql: string, parameters: readonly Value[] = []): Promise<Row[]> =>
      db.prepare<[Record<string, Value>], Row>(numbered(sql)).all(named(parameters)),
    async close() {
      db.close()
    },
  }
}
