import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { unsynced } from '#runtime/sqlite.ts'
import type { BoxDisk } from './database.ts'
import type { Intent } from './lane/inputs.ts'
import { openedText } from './sealing/seal.ts'
import { placeOf } from './sealing/sealed-tables.ts'

export type RedemptionIntents = ReturnType<typeof openRedemptionIntents>

/**
 * Credit that the club may be holding for a sale of this box, so that a box that goes down gives back what it had asked
 * for. An intent is durable before the club is asked, and goes when the sale that took the credit, or the fact that
 * gives it back, is on disk: one that is left over by a crash finds that fact in the outbox.
 */
export function openRedemptionIntents({ database, seal, runtime, log }: BoxDisk & { runtime: Runtime; log: Logger }) {
  const put = database.prepare('INSERT OR REPLACE INTO redemption_intent (redemptionid, lane, at, body) VALUES (?, ?, ?, ?)')
  const drop = database.prepare('DELETE FROM redemption_intent WHERE redemptionid = ?')
  const all = database.prepare<[], { redemptionid: string; lane: string; body: Buffer }>(
    'SELECT redemptionid, lane, body FROM redemption_intent ORDER BY at',
  )
  const forget = unsynced(database, (redemptionid: string) => drop.run(redemptionid))
  const placeAt = (redemptionid: string) => placeOf('redemption_intent', 'body', redemptionid)
  return {
    /** Returns when it is on disk; throws where it is not. */
    intend: (lane: string, intent: Intent): void =>
      void put.run(intent.redemptionid, lane, runtime.now(), seal.seal(placeAt(intent.redemptionid), JSON.stringify(intent))),
    forget(redemptionid: string): void {
      try {
        forget(redemptionid)
      } catch (error) {
        log.warn({ redemptionid, reason: messageOf(error) }, 'the end of a redemption is noted at the next start')
      }
    },
    all: (): { lane: string; intent: Intent }[] =>
      all.all().flatMap(({ redemptionid, lane, body }) => {
        // One that cannot be read any more lapses by itself at the club.
        const text = openedText(seal, placeAt(redemptionid), body, log)
        return text === undefined ? [] : [{ lane, intent: JSON.parse(text) as Intent }]
      }),
  }
}
