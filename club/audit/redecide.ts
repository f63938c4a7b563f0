import packageJson from '#package' with { type: 'json' }
import { programmeSchema } from '#programme/schema.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Shop } from '../booking/shop.ts'
import type { JournalEntry } from '../books/journal-records.ts'
import type { KeptProgramme } from '../books/programmes.ts'
import { Forgotten, openReplay, type Witnessed } from '../books/replay.ts'
import { columnsOf, recordOf } from '../books/table.ts'
import { tables } from '../books/tables.ts'
import type { Pepper, PersonKey } from '../pepper.ts'
import type { Engine } from '../store/engine.ts'
import type { Reader } from '../store/questions.ts'
import type { Finding } from './finding.ts'
import { rowsOf } from './pages.ts'

const entryColumns = columnsOf(tables.entry)

/** The journal in its order. */
export async function* journalOf(reader: Reader): AsyncGenerator<JournalEntry> {
  const names = entryColumns.map((one) => one.column)
  const rows = rowsOf<Record<string, string | number | null>>(reader, {
    columns: names.join(', '),
    from: 'journal',
    key: 'seq',
    first: -1,
  })
  for await (const row of rows) {
    const entry = recordOf<JournalEntry>(
      entryColumns,
      names.map((name) => row[name] ?? null),
    )
    yield { ...entry, seq: Number(entry.seq), sequence: Number(entry.sequence) }
  }
}

/** What the journal refers to. Undefined where the books are empty: nothing has been decided. */
export async function witnessedOf(reader: Reader, pepper: Pepper): Promise<Witnessed | undefined> {
  const kept = await reader.query<KeptProgramme>('SELECT version, document FROM programmes ORDER BY version')
  const shops = await reader.query<{ digest: string; document: string }>('SELECT digest, document FROM shops')
  const programmes = new Map(
    kept.map(({ version, document }) => [Number(version), programmeSchema.parse(JSON.parse(document))] as const),
  )
  const currency = [...programmes.values()][0]?.currency
  if (currency === undefined) return undefined
  return {
    currency,
    programmes,
    shops: new Map(shops.map(({ digest, document }) => [digest, JSON.parse(document) as Shop])),
    open: opener(await reader.query<PersonKey>('SELECT memberid, wrapped FROM profiles'), pepper),
  }
}

function opener(keys: readonly PersonKey[], pepper: Pepper): Witnessed['open'] {
  const byMember = new Map(keys.map((one) => [one.memberid, one]))
  return (memberid, locked) => {
    const key = byMember.get(memberid)
    return key && pepper.unlock(locked, key)
  }
}

/** How many events are folded before they are written. */
const batchSize = 500

export interface Redecided {
  events: number
  /** Of those, how many another version of Vafa had decided: their replies' words may differ. */
  byOthers: number
  /** The first event that nobody can decide again, since it went by what a member told who has been forgotten. */
  forgottenFrom?: number
}

/**
 * Folds the whole journal again into `fresh`, which is empty, and compares each decision with the journalled one: byte
 * for byte where this version of Vafa made it.
 */
export async function redecide(reader: Reader, fresh: Engine, witnessed: Witnessed): Promise<Finding | Redecided> {
  const replay = openReplay(fresh, witnessed)
  let events = 0
  let byOthers = 0
  for await (const entry of journalOf(reader)) {
    const fault = (what: string): Finding => ({
      check: 'decisions',
      row: `journal ${entry.seq} (${entry.type} ${entry.id})`,
      what,
    })
    let again: JournalEntry
    try {
      again = replay.take(entry)
    } catch (error) {
      if (error instanceof Forgotten) return { events, byOthers, forgottenFrom: entry.seq }
      return fault(`it cannot be decided again: ${messageOf(error)}`)
    }
    const own = engineOf(entry) === packageJson.version
    if (!own) byOthers++
    const different = differenceOf(entry, again, own ? [] : ['reply'])
    if (different) return fault(different)
    if (++events % batchSize === 0) await replay.settle()
  }
  await replay.settle()
  return { events, byOthers }
}

const engineOf = ({ given }: JournalEntry): unknown => (JSON.parse(given ?? '{}') as { engine?: unknown }).engine

/** What was decided, and by what. */
const inputs: ReadonlySet<string> = new Set(['body', 'hash', 'given'])

/** The first field in which the decision differs. The event itself is what was decided: it is not compared. */
function differenceOf(was: JournalEntry, is: JournalEntry, leftOut: readonly string[]): string | undefined {
  for (const { field } of entryColumns) {
    if (inputs.has(field) || leftOut.includes(field)) continue
    const [before, after] = [was[field as keyof JournalEntry], is[field as keyof JournalEntry]]
    if (before !== after) return `${field} is ${shown(before, after)}, and decided again it is ${shown(after, before)}`
  }
  return undefined
}

const around = 60

/** A value around the first letter in which it differs from another. */
function shown(value: unknown, other: unknown): string {
  if (value === undefined) return 'nothing'
  const [text, against] = [String(value), String(other)]
  let at = 0
  while (at < text.length && text[at] === against[at]) at++
  const from = Math.max(0, at - around / 2)
  const piece = text.slice(from, from + around)
  return `“${from > 0 ? '…' : ''}${piece}${from + around < text.length ? '…' : ''}”`
}
