import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Database } from '#runtime/sqlite.ts'
import type { Cashier } from './lane/state.ts'

export type Cashiers = ReturnType<typeof openCashiers>

const keyOf = (lane: string) => `cashier/${lane}`

/** Who has signed on at which lane, so that a restart in the middle of a shift asks nobody to do it again. */
export function openCashiers({ database, log }: { database: Database; log: Logger }) {
  const put = database.prepare('INSERT OR REPLACE INTO box (name, value) VALUES (?, ?)')
  const drop = database.prepare('DELETE FROM box WHERE name = ?')
  const get = database.prepare<[string], { value: string }>('SELECT value FROM box WHERE name = ?')
  return {
    keep(lane: string, cashier: Cashier | undefined): void {
      try {
        if (cashier) put.run(keyOf(lane), JSON.stringify(cashier))
        else drop.run(keyOf(lane))
      } catch (error) {
        log.warn({ lane, reason: messageOf(error) }, 'a restart would forget who has signed on')
      }
    },
    find(lane: string): Cashier | undefined {
      const row = get.get(keyOf(lane))
      return row && (JSON.parse(row.value) as Cashier)
    },
  }
}
