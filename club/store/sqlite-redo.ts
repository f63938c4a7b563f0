import type { Database } from '#runtime/sqlite.ts'
import type { Changes } from '../books/desk.ts'
import type { Kind, Records } from '../books/records.ts'

/** Changes as text: a record that is to be deleted is `null`. Journal entries are left out, they have their own rows. */
interface RedoText {
  records: [Kind, [string, Records[Kind] | null][]][]
  transfers: Changes['transfers']
  totals: [string, { unit: string; change: number }][]
  asides: Changes['asides']
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
        return {
          records: new Map(records.map(([kind, rows]) => [kind, new Map(rows.map(([key, row]) => [key, row ?? undefined]))])),
          transfers,
          totals: new Map(totals),
          asides,
        }
      }),
    forget: (): void => void clear.run(),
  }
}
