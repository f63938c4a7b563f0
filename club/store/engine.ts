import type { Changes } from '../books/desk.ts'
import type { Kind, Records } from '../books/records.ts'

/** A value of a row that a question gives. */
export type Value = string | number | null

/**
 * What the books need of a database. One writer: nobody else changes it while it is open. The SQL of questions is the
 * common part of SQLite and PostgreSQL, with `$1`, `$2` … for its parameters.
 */
export interface Engine {
  /** Where it is, for messages: a path or an address; no secret. */
  readonly name: string
  /** One record at once, where the database is in this process; otherwise records come by `load`. */
  readonly loadNow?: <K extends Kind>(kind: K, key: string) => Records[K] | undefined
  /** Records by key; those that are not there are left out. */
  load<K extends Kind>(kind: K, keys: readonly string[]): Promise<ReadonlyMap<string, Records[K]>>
  /**
   * Makes a small batch durable with the fewest writes: its journal entries go to their table, everything else into one
   * row, from which it comes back should the process end before the next `commit` brings it to its tables.
   */
  readonly remember?: (changes: Changes) => Promise<void>
  /**
   * Writes everything in one transaction, what was remembered included. Resolves when it is durable, or, with `lasting: 'soon'`, when it is visible:
   * a power cut may then take it away, and nothing else. Rejects with everything undone; `permanent` of the error
   * tells whether trying again can help.
   */
  commit(changes: Changes, options: { lasting: 'now' | 'soon' }): Promise<void>
  /**
   * As `commit` (`lasting: 'now'`), while the caller goes on loading, and folds what comes next; not for what is personal. Until
   * it has settled, nothing else is written and nothing in `changes` may change. Where the books are written in the
   * thread that folds, it is left out.
   */
  readonly commitBehind?: (changes: Changes) => Promise<void>
  /**
   * After a failure: resolves when nothing that was begun before can still change the database. Where the database is in
   * this process, that is so at once.
   */
  readonly settled?: () => Promise<void>
  /** One statement that changes something, in a transaction of its own: what is done once, when the books are opened. */
  execute(sql: string, parameters?: readonly Value[]): Promise<void>
  query<Row>(sql: string, parameters?: readonly Value[]): Promise<Row[]>
  close(): Promise<void>
}
