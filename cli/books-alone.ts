import type { readClubConfig } from '#club/config.ts'
import { readProgrammeKey } from '#club/key-file.ts'
import { openClubBooks } from '#club/open-books.ts'
import { publishedIn } from '#club/programmes/published.ts'
import { runProgrammes } from '#club/programmes/running.ts'
import { createLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'

/** The books of a club that does not run, with the programmes that are in force now. */
export function openBooksAlone(config: ReturnType<typeof readClubConfig>): ReturnType<typeof openClubBooks> {
  const programmes = runProgrammes({
    ...{ files: config, key: readProgrammeKey(config.programmeKeyFile), runtime: systemRuntime },
    log: createLogger({ name: 'club' }),
    published: () => publishedIn(config.officeFile, systemRuntime),
  })
  return openClubBooks(config, programmes.schedule())
}
