import { readClubConfig } from '#club/config.ts'
import { holdControl, type OperatedBooks, reachControl } from '#club/control.ts'
import { readProgrammeKey } from '#club/key-file.ts'
import { openClubBooks } from '#club/open-books.ts'
import { publishedIn } from '#club/programmes/published.ts'
import { runProgrammes } from '#club/programmes/running.ts'
import { createLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'

/** Works on the books that a club.yaml names: through the club where it runs, on its database itself where it does not. */
export async function withClubBooks<T>(file: string, work: (books: OperatedBooks) => Promise<T>): Promise<T> {
  const config = readClubConfig(file)
  const running = await reachControl(config.control)
  if (running) {
    try {
      return await work(running)
    } finally {
      running.close()
    }
  }
  // Held so that no club starts meanwhile.
  const control = await holdControl(config.control)
  try {
    const log = createLogger({ name: 'club' })
    const key = readProgrammeKey(config.programmeKeyFile)
    const programmes = runProgrammes({
      files: config,
      ...{ key, runtime: systemRuntime, log },
      published: () => publishedIn(config.officeFile, systemRuntime),
    })
    const books = await openClubBooks(config, programmes.schedule())
    try {
      return await work(books)
    } finally {
      await books.close()
    }
  } finally {
    await control.close()
  }
}
