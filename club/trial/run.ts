import { instantOf, parseCivilDay } from '#programme/calendar.ts'
import type { Programme } from '#programme/schema.ts'
import { VafaError } from '#runtime/errors.ts'
import { createPepper } from '../pepper.ts'
import { readDay } from '../reports/period.ts'
import { openSnapshot } from '../store/snapshot.ts'
import type { BooksPlace } from '../store/worker-client.ts'
import { type Comparison, compareOutcomes } from './comparison.ts'
import { type DryRun, dryRun } from './dry-run.ts'

export interface Trial extends Pick<DryRun, 'events' | 'sales' | 'undecided'> {
  comparison: Comparison
}

/** Who would gain, who would lose by a draft, and what it would cost. Days are of either calendar, both included. */
export async function tryProgramme(given: {
  draft: Programme
  club: string
  place: BooksPlace
  /** The secret itself. */
  pepper: string
  from?: string | undefined
  to?: string | undefined
}): Promise<Trial> {
  const { draft, club, place, from, to } = given
  const beginOf = (day: number) => new Date(instantOf(day, 0, draft.timeZone ?? 'Asia/Tehran')).toISOString()
  const dayOf = (text: string, option: string) => parseCivilDay(readDay(text, option)) ?? 0
  const span = {
    ...(from === undefined ? {} : { from: beginOf(dayOf(from, '--from')) }),
    ...(to === undefined ? {} : { to: beginOf(dayOf(to, '--to') + 1) }),
  }
  const snapshot = await openSnapshot(place)
  try {
    const run = await dryRun({
      books: snapshot.engine,
      pepper: createPepper(given.pepper),
      fresh: snapshot.openFresh,
      draft,
      ...span,
    })
    if (!run)
      throw new VafaError({
        key: 'trial.empty',
        message: `the books of the club “${club}” hold no event yet`,
        hint: 'a dry run needs a day of sales: try it on a copy of a running club’s database',
      })
    const { events, sales, undecided } = run
    return { events, sales, undecided, comparison: compareOutcomes(run) }
  } finally {
    await snapshot.close()
  }
}
