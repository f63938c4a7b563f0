import { existsSync } from 'node:fs'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import { type OfficeDatabase, openOfficeDatabase } from '../head-office/office-database.ts'

/** What was published from a page of head office and is to run, as texts. */
export interface PublishedTexts {
  current?: { version: number; text: string } | undefined
  next?: { version: number; text: string } | undefined
}

interface Row {
  version: number
  text: string
  publishedat: string
  by: string
  agreedby: string
  why: string
}

export type PublishedProgrammes = ReturnType<typeof createPublished>

/** The programmes that head office has published, and the draft. A version is never changed. */
export function createPublished({ database, runtime }: { database: OfficeDatabase; runtime: Runtime }) {
  const running = () =>
    database.prepare<[], { current: number | null; next: number | null }>('SELECT current, next FROM running').get()
  const version = (wanted: number | null | undefined) =>
    wanted == null ? undefined : database.prepare<[number], Row>('SELECT * FROM programmes WHERE version = ?').get(wanted)

  return {
    texts: (): PublishedTexts => ({ current: version(running()?.current), next: version(running()?.next) }),
    version,
    versions: (): Row[] => database.prepare<[], Row>('SELECT * FROM programmes ORDER BY version DESC').all(),
    /**
     * Keeps a version and has it run, at once or as the next one; `take` makes the club go by it. Where that throws,
     * nothing of it stays.
     */
    publish(
      given: {
        version: number
        text: string
        by: string
        agreedBy: string
        why: string
        as: 'current' | 'next'
        inForce: number
      },
      take: () => void,
    ): void {
      database.transaction(() => {
        database
          .prepare('INSERT INTO programmes VALUES (?, ?, ?, ?, ?, ?)')
          .run(given.version, given.text, isoNow(runtime), given.by, given.agreedBy, given.why)
        const [current, next] =
          given.as === 'current' ? [given.version, null] : [version(given.inForce)?.version ?? null, given.version]
        database.prepare('INSERT OR REPLACE INTO running VALUES (1, ?, ?)').run(current, next)
        take()
      })()
    },
    draft: (): { text: string; at: string; by: string } | undefined =>
      database.prepare<[], { text: string; at: string; by: string }>('SELECT text, at, by FROM draft').get(),
    keepDraft({ text, by }: { text: string; by: string }): void {
      if (text.trim() === '') database.prepare('DELETE FROM draft').run()
      else database.prepare('INSERT OR REPLACE INTO draft VALUES (1, ?, ?, ?)').run(text, isoNow(runtime), by)
    },
  }
}

/** For a command beside a club that is at rest: what was published, where anything ever was. */
export function publishedIn(file: string, runtime: Runtime): PublishedTexts {
  if (!existsSync(file)) return {}
  const database = openOfficeDatabase(file)
  try {
    return createPublished({ database, runtime }).texts()
  } finally {
    database.close()
  }
}
