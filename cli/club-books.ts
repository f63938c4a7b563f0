import { readClubConfig } from '#club/config.ts'
import { holdControl, type OperatedBooks, reachControl } from '#club/control.ts'

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
  // Loaded only here: beside a running club a command needs none of it.
  const { openBooksAlone } = await import('./books-alone.ts')
  // Held so that no club starts meanwhile.
  const control = await holdControl(config.control)
  try {
    const books = await openBooksAlone(config)
    try {
      return await work(books)
    } finally {
      await books.close()
    }
  } finally {
    await control.close()
  }
}
