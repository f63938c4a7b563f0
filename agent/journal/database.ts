import type { About, Entry } from '#agent/terminal/journal.ts'
import type { IsoFields, IsoMessage } from '#protocol/iso8583/message.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import type { Language } from '#protocol/text.ts'
import { type Database, openDatabase } from '#runtime/sqlite.ts'
import type { Kept } from '../machine/machine.ts'
import { withoutCredential } from '../machine/sending.ts'
import type { AgentState } from '../machine/state.ts'
import type { JournalKey } from './sealed.ts'

export const agentMigrations: readonly string[] = [
  `
  -- What the terminal is, and where it stands: next numbers, language, cashier, the last receipt.
  CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- Messages that book something, from before they leave. An entry's name is the transaction's: batch, trace, local time.
  CREATE TABLE journal (
    name    TEXT PRIMARY KEY,
    at      INTEGER NOT NULL,
    state   TEXT NOT NULL CHECK (state IN ('sent', 'done', 'refused', 'undoing', 'undone')),
    tries   INTEGER NOT NULL,
    trace   TEXT NOT NULL,
    message TEXT NOT NULL,
    -- DE 48 as it was first sent, while it holds what the customer showed and is not answered.
    sealed  BLOB,
    answer  TEXT,
    about   TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX journal_at ON journal (at);

  -- The technician's PIN as a hash, and how often a wrong one was tried.
  CREATE TABLE pin (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    hash        TEXT NOT NULL,
    failures    INTEGER NOT NULL DEFAULT 0,
    lockeduntil INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  `,
]

/** What the terminal's owner does about a journal that is broken. */
export const whenDamaged = '`vafa agent repair` saves what is whole in it and goes on with another one (docs/guides/when.md)'

/** What is in memory, and on the totals: two days. */
const rememberMs = 48 * 3_600_000
/** What is settled is kept so long. */
const keepMs = 90 * 24 * 3_600_000

export type JournalFile = ReturnType<typeof openJournalFile>

const nameOf = ({ message: { fields } }: Entry): string => `${batchIn(fields)}/${fields[11]}/${fields[13]}${fields[12]}`
const batchIn = (fields: IsoFields): string =>
  /BN(\d{3})(.*)/
    .exec(fields[60] ?? '')
    ?.slice(1)
    .reduce((size, rest) => rest.slice(0, Number(size))) ?? ''

interface Row {
  state: Entry['state']
  tries: number
  trace: string
  message: string
  sealed: Buffer | null
  answer: string | null
  about: string | null
}

/** The terminal's one database. `key` opens what is sealed in it. */
export const openJournalFile = ({ path, key }: { path: string; key: JournalKey }) =>
  journalIn({ database: openDatabase(path, agentMigrations, { whenDamaged }), key })

/** The same in a database that is open and has the terminal's schema. */
export function journalIn({ database, key }: { database: Database; key: JournalKey }) {
  const put = database.prepare(
    `INSERT INTO journal (name, at, state, tries, trace, message, sealed, answer, about) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET state = excluded.state, tries = excluded.tries, message = excluded.message,
       sealed = excluded.sealed, answer = excluded.answer, about = excluded.about`,
  )
  const keep = database.prepare('INSERT OR REPLACE INTO kept (name, value) VALUES (?, ?)')
  const drop = database.prepare('DELETE FROM kept WHERE name = ?')
  const clear = database.prepare(`DELETE FROM journal WHERE at < ? AND state IN ('done', 'refused', 'undone')`)

  const putEntry = (entry: Entry, now: number) => {
    const { message, state, tries, trace, answer, about } = entry
    const bare = withoutCredential(message)
    const sealed = bare === message ? null : key.seal(message.fields[48] ?? '')
    put.run(
      nameOf(entry),
      about?.at ?? now,
      state,
      tries,
      trace,
      JSON.stringify(bare),
      sealed,
      answer ? JSON.stringify(answer) : null,
      about ? JSON.stringify(about) : null,
    )
  }

  const read = (): Kept => {
    const kept = new Map(
      (database.prepare('SELECT name, value FROM kept').all() as { name: string; value: string }[]).map(({ name, value }) => [
        name,
        value,
      ]),
    )
    const next = JSON.parse(kept.get('next') ?? '{"batch":1,"trace":1}') as AgentState['next']
    const [operator, receipt] = [kept.get('operator'), kept.get('receipt')]
    return {
      journal: [],
      next,
      language: (kept.get('language') ?? 'fa') as Language,
      ...(operator ? { operator } : {}),
      ...(receipt ? { lastReceipt: JSON.parse(receipt) as ReceiptDocument } : {}),
    }
  }

  return {
    database,
    /** What the terminal knows when it is switched on. `now`: milliseconds since 1970. */
    load(now: number, language: Language): Kept {
      clear.run(now - keepMs)
      const rows = database
        .prepare(`SELECT * FROM journal WHERE at >= ? OR state IN ('sent', 'undoing') ORDER BY at, name`)
        .all(now - rememberMs) as Row[]
      const asConfigured = database.prepare(`SELECT count(*) FROM kept WHERE name = 'language'`).pluck().get() === 0
      return { ...read(), ...(asConfigured ? { language } : {}), journal: rows.map((row) => entryOf(row, key)) }
    },
    /**
     * What a step changed, in one commit that is on the platter when this returns. Where nothing changed that lasts,
     * nothing is written. Gives the number of journal entries that were.
     */
    save(before: AgentState, after: AgentState, now: number): number {
      const known = new Set(before.journal)
      const entries = after.journal === before.journal ? [] : after.journal.filter((entry) => !known.has(entry))
      const changed = keptAlike(before, after)
        ? []
        : keptOf(after).filter(([name, value]) => value !== keptOf(before).find(([other]) => other === name)?.[1])
      if (entries.length === 0 && changed.length === 0) return 0
      database.transaction(() => {
        for (const entry of entries) putEntry(entry, now)
        for (const [name, value] of changed) {
          if (value === undefined) drop.run(name)
          else keep.run(name, value)
        }
      })()
      return entries.length
    },
    close: () => database.close(),
  }
}

const keptAlike = (a: AgentState, b: AgentState): boolean =>
  a.next === b.next && a.language === b.language && a.operator === b.operator && a.lastReceipt === b.lastReceipt

const keptOf = ({ next, language, operator, lastReceipt }: AgentState): (readonly [string, string | undefined])[] => [
  ['next', JSON.stringify(next)],
  ['language', language],
  ['operator', operator],
  ['receipt', lastReceipt && JSON.stringify(lastReceipt)],
]

function entryOf(row: Row, key: JournalKey): Entry {
  const message = JSON.parse(row.message) as IsoMessage
  const shown = row.sealed ? key.open(row.sealed) : undefined
  return {
    trace: row.trace,
    message: shown === undefined ? message : { ...message, fields: { ...message.fields, 48: shown } },
    state: row.state,
    tries: row.tries,
    ...(row.answer ? { answer: JSON.parse(row.answer) as IsoMessage } : {}),
    ...(row.about ? { about: JSON.parse(row.about) as About } : {}),
  }
}
