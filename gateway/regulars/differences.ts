import type { Effect } from '#protocol/effects.ts'
import type { Reply } from '#protocol/reply.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { type Database, unsynced } from '#runtime/sqlite.ts'

interface Sum {
  sales: number
  /** What was booked less what was announced. */
  credit: number
}

export type Differences = ReturnType<typeof openDifferences>

const creditIn = (effects: readonly Effect[]): number =>
  effects.reduce((sum, one) => sum + (one.kind === 'credit' ? one.granted : 0), 0)

/** Counts the sales of which the club booked other credit than the box had announced, for the store's state. */
export function openDifferences({ database, log }: { database: Database; log: Logger }) {
  const row = database.prepare<[], { value: string }>("SELECT value FROM box WHERE name = 'differences'").get()
  const put = database.prepare("INSERT OR REPLACE INTO box (name, value) VALUES ('differences', ?)")
  const putAdvice = database.prepare('INSERT OR REPLACE INTO advice_given (id, credit) VALUES (?, ?)')
  const dropAdvice = database.prepare('DELETE FROM advice_given WHERE id = ?')
  const waiting = new Map(
    database
      .prepare<[], { id: string; credit: number }>('SELECT id, credit FROM advice_given')
      .all()
      .map(({ id, credit }) => [id, credit]),
  )
  let sum: Sum = row ? (JSON.parse(row.value) as Sum) : { sales: 0, credit: 0 }
  const expect = unsynced(database, (id: string, credit: number) => putAdvice.run(id, credit))
  const settle = unsynced(database, (id: string) => {
    dropAdvice.run(id)
    put.run(JSON.stringify(sum))
  })
  return {
    /** The customer was told of so much; `id` is the advice’s. */
    announced(id: string, effects: readonly Effect[]): void {
      const credit = creditIn(effects)
      waiting.set(id, credit)
      try {
        expect(id, credit)
      } catch (error) {
        log.info({ reason: messageOf(error) }, 'after a restart nobody will know what was announced of this sale')
      }
    },
    /** The club's answer to a fact; that to advice says what was booked. */
    replied(id: string, reply: Reply): void {
      const announced = waiting.get(id)
      if (announced === undefined) return
      waiting.delete(id)
      const credit = reply.status === 'accepted' ? creditIn(reply.effects) - announced : 0
      if (credit !== 0) {
        sum = { sales: sum.sales + 1, credit: sum.credit + credit }
        log.info({ id, credit }, 'the club booked other credit than was announced without it')
      }
      try {
        settle(id)
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'a difference may be counted once more after a restart')
      }
    },
    state: (): Sum => sum,
  }
}
