import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { type Database, unsynced } from '#runtime/sqlite.ts'
import type { Anchor, AnchorMemory } from './clock.ts'

/** Milliseconds since the machine came up: all processes of one boot share them (Linux, CLOCK_MONOTONIC). */
export const sinceBoot = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000

/** Keeps the club's time over restarts of the gateway; one of another boot says nothing, since nobody knows how long it was off. */
export function openClockMemory({ database, bootid, log }: { database: Database; bootid: string; log: Logger }): AnchorMemory {
  const get = database.prepare<[], { value: string }>("SELECT value FROM box WHERE name = 'clock'")
  const put = database.prepare("INSERT OR REPLACE INTO box (name, value) VALUES ('clock', ?)")
  const write = unsynced(database, (value: string) => put.run(value))
  return {
    load() {
      const row = get.get()
      if (!row) return undefined
      const { bootid: of, ...anchor } = JSON.parse(row.value) as Anchor & { bootid: string }
      return of === bootid ? anchor : undefined
    },
    save(anchor) {
      try {
        write(JSON.stringify({ bootid, ...anchor }))
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'the club’s time is not on disk: after a restart it has to be heard again')
      }
    },
  }
}
