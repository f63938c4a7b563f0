import { readClubConfig } from '#club/config.ts'
import { placeOf } from '#club/open-books.ts'
import { createPepper } from '#club/pepper.ts'
import { readProgramme } from '#club/programmes/files.ts'
import { readDay } from '#club/reports/period.ts'
import { openSnapshot } from '#club/store/snapshot.ts'
import { compareOutcomes } from '#club/trial/comparison.ts'
import { type DryRun, dryRun } from '#club/trial/dry-run.ts'
import { dryRunCsv, dryRunText } from '#club/trial/report.ts'
import { instantOf, parseCivilDay } from '#programme/calendar.ts'
import type { Language } from '#protocol/text.ts'
import { readSecret } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { writeNew } from './new-file.ts'

interface Options {
  config: string
  /** Days of either calendar, both included. */
  from?: string
  to?: string
  csv?: string
  language: Language
}

/** `vafa programme dry-run FILE`: who would gain, who would lose, and what it would cost, by the club's own journal. */
export async function dryRunProgramme(file: string, { config: configFile, from, to, csv, language }: Options): Promise<void> {
  const draft = readProgramme(file)
  const config = readClubConfig(configFile)
  const pepper = createPepper(readSecret(config.pepperFile, 'the pepper'))
  const beginOf = (day: number) => new Date(instantOf(day, 0, draft.timeZone ?? 'Asia/Tehran')).toISOString()
  const dayOf = (text: string, option: string) => parseCivilDay(readDay(text, option)) ?? 0
  const span = {
    ...(from === undefined ? {} : { from: beginOf(dayOf(from, '--from')) }),
    ...(to === undefined ? {} : { to: beginOf(dayOf(to, '--to') + 1) }),
  }
  const snapshot = await openSnapshot(placeOf(config.database))
  let run: DryRun | undefined
  try {
    run = await dryRun({ books: snapshot.engine, pepper, fresh: snapshot.openFresh, draft, ...span })
  } finally {
    await snapshot.close()
  }
  if (!run)
    throw new VafaError({
      key: 'trial.empty',
      message: `the books of the club “${config.club}” hold no event yet`,
      hint: 'a dry run needs a day of sales: try it on a copy of a running club’s database',
    })
  const comparison = compareOutcomes(run)
  if (csv !== undefined) writeNew(csv, dryRunCsv(comparison), 0o644)
  const { id, version } = draft
  const { sales, undecided } = run
  process.stdout.write(dryRunText(comparison, { id, version, sales, undecided, language }))
}
