import { errorCatalogue } from '#protocol/errors.ts'
import type { quarantineRequests } from '#protocol/head-office/quarantine.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import { quarantineAdvice } from '../../quarantine-advice.ts'
import type { ClubStore, QuarantineEntry, QuarantineName } from '../../store/store.ts'
import type { Answers } from '../asker.ts'

/** What could not be booked: looked at, corrected and booked, or dropped. */
export function quarantineAnswers(parts: {
  books: Pick<ClubStore, 'quarantine' | 'quarantined' | 'release' | 'dropQuarantined'>
  runtime: Runtime
}): Answers<keyof typeof quarantineRequests> {
  const { books, runtime } = parts
  const shown = <Entry extends QuarantineEntry>(entry: Entry) => ({
    ...entry,
    title: errorCatalogue[entry.key].title,
    advice: quarantineAdvice(entry.key),
  })
  const nameOf = ({
    id,
    store,
    hash,
  }: {
    id: string
    store?: string | undefined
    hash?: string | undefined
  }): QuarantineName => ({
    id,
    ...(store === undefined ? {} : { store }),
    ...(hash === undefined ? {} : { hash }),
  })
  return {
    quarantine: async () => ({ entries: (await books.quarantine()).map(shown) }),
    quarantined: async (asked) => shown(await books.quarantined(nameOf(asked))),
    async 'quarantine-release'({ correction, why, ...asked }, { user, tell }) {
      // What was corrected may name people: the journal has it sealed.
      tell({ subject: asked.id, data: { why, corrected: correction !== undefined } })
      const how = { who: user.name, at: isoNow(runtime), ...(why === undefined ? {} : { why }) }
      const released = await books.release(nameOf(asked), { ...how, ...(correction === undefined ? {} : { correction }) })
      tell({ after: released })
      return released
    },
    async 'quarantine-drop'({ why, ...asked }, { user, tell }) {
      tell({ subject: asked.id, data: { why } })
      await books.dropQuarantined(nameOf(asked), { who: user.name, at: isoNow(runtime), why })
      return {}
    },
  }
}
