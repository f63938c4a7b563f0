import { readClubConfig } from '#club/config.ts'
import { placeOf } from '#club/open-books.ts'
import { readProgramme } from '#club/programmes/files.ts'
import { dryRunCsv, dryRunText } from '#club/trial/report.ts'
import { tryProgramme } from '#club/trial/run.ts'
import type { Language } from '#protocol/text.ts'
import { readSecret } from '#runtime/config.ts'
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
  const { club, database, pepperFile } = readClubConfig(configFile)
  const pepper = readSecret(pepperFile, 'the pepper')
  const { comparison, sales, undecided } = await tryProgramme({ draft, club, place: placeOf(database), pepper, from, to })
  if (csv !== undefined) writeNew(csv, dryRunCsv(comparison), 0o644)
  const { id, version } = draft
  process.stdout.write(dryRunText(comparison, { id, version, sales, undecided, language }))
}
