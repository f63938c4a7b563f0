import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { type Database, unsynced } from '#runtime/sqlite.ts'
import type { Intent } from './lane/inputs.ts'

export type RedemptionIntents = ReturnType<typeof openRedemptionIntents>

/**
 * Credit that the club may be holding for a sale of this box, so that a box that goes down gives back what it had asked
 * for. An intent is durable before the club is asked, and goes when the sale that took the credit, or the fact that
 * gives it back, is on disk: one that is left over by a crash finds that fact in the outbox.
 */
export function openRedemptionIntents({ database, runtime, log }: { database: Database; runtime: Runtime; log: Logger }) {
  const put = database.prepare('INSERT OR REPLACE INTO redemption_intent (redemptionid, lane, at, body) VALUES (?, ?, ?, ?)')
  const drop = database.prepare('DELETE FROM redemption_intent WHERE redemptionid = ?')
  const all = database.prepare<[], { lane: string; body: string }>('SELECT lane, body FROM redemption_intent ORDER BY at')
  const forget = unsynced(database, (redemptionid: string) => drop.run(redemptionid))
  return {
    /** Returns when it is on disk; throws where it is not. */
    intend: (lane: string, intent: Intent): void =>
      void put.run(intent.redemptionid, lane, runtime.now(), JSON.stringify(intent)),
    forget(redemptionid: string): void {
      try {
        forget(redemptionid)
      } catch (error) {
        log.warn({ redemptionid, reason: messageOf(error) }, 'the end of a redemption is noted at the next start')
      }
    },
    all: (): { lane: string; intent: Intent }[] =>
      all.all().map(({ lane, body }) => ({ lane, intent: JSON.parse(body) as Intent })),
  }
}
