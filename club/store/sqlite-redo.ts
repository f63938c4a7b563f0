import type { Database } from '#runtime/sqlite.ts'
import type { Changes } from '../books/desk.ts'
import type { Member } from '../books/member-records.ts'
import type { Kind, Records } from '../books/records.ts'

/** Changes as text: a record that is to be deleted is `null`. Journal entries are left out, they have their own rows. */
interface RedoText {
  records: [Kind, [string, Records[Kind] | null][]][]
  transfers: Changes['transfers']
  totals: [string, { unit: string; change: number }][]
  asides: Changes['asides']
}

/**
 * What a version whose members' activity and agenda had tables of their own (lean-schema.ts) wrote right before its end
 * is not lost with the update.
 */
function asTheyAreNow(records: Map<Kind, Map<string, Records[Kind] | undefined>>): Changes['records'] {
  const former = records as Map<string, Map<string, unknown>>
  for (const [memberid, one] of former.get('activity') ?? []) {
    const member = records.get('member')?.get(memberid) as Member | undefined
    const { days } = (one ?? { days: [] }) as { days: Member['activity'] & object }
    if (member) records.get('member')?.set(memberid, { ...member, activity: days })
  }
  former.delete('activity')
  const agenda = new Map<string, Records['agenda'] | undefined>()
  for (const [key, one] of former.get('agenda') ?? []) {
    const { due, memberid = key } = (one ?? {}) as { due?: string; memberid?: string }
    if (due === undefined) agenda.set(key, one as Records['agenda'] | undefined)
    else agenda.set(`${due}//${memberid}`, { agenda: `${due}//${memberid}`, memberid })
  }
  if (agenda.size > 0) records.set('agenda', agenda)
  return records
}

/**
 * Small batches that are durable and not in their tables yet. A sale touches a dozen places of the books; to write
 * them all before the reply takes as long again as the sale itself, so one row holds them until the shop is quiet.
 */
export function redoOf(db: Database) {
  const insert = db.prepare<[string]>('INSERT INTO redo (changes) VALUES (?)')
  const select = db.prepare<[], { changes: string }>('SELECT changes FROM redo ORDER BY batch')
  const clear = db.prepare<[]>('DELETE FROM redo')
  return {
    add({ records, transfers, totals, asides }: Changes): void {
      const text: RedoText = {
        records: [...records]
          .filter(([kind]) => kind !== 'entry')
          .map(([kind, rows]) => [kind, [...rows].map(([key, row]) => [key, row ?? null])]),
        transfers,
        totals: [...totals],
        asides,
      }
      insert.run(JSON.stringify(text))
    },
    all: (): Changes[] =>
      select.all().map(({ changes }) => {
        const { records, transfers, totals, asides } = JSON.parse(changes) as RedoText
        const kinds = records.map(([kind, rows]) => [kind, new Map(rows.map(([key, row]) => [key, row ?? undefined]))] as const)
        return {
          records: asTheyAreNow(new Map(kinds)),
          transfers,
          totals: new Map(totals),
          asides,
        }
      }),
    forget: (): void => void clear.run(),
  }
}
