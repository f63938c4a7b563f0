import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { BoxDisk } from './database.ts'
import type { Cashier } from './lane/state.ts'
import { openedText } from './sealing/seal.ts'
import { placeOf } from './sealing/sealed-tables.ts'

export type Cashiers = ReturnType<typeof openCashiers>

/** Who has signed on at which lane, so that a restart in the middle of a shift asks nobody to do it again. */
export function openCashiers({ database, seal, log }: BoxDisk & { log: Logger }) {
  const put = database.prepare('INSERT OR REPLACE INTO signed_on (lane, body) VALUES (?, ?)')
  const drop = database.prepare('DELETE FROM signed_on WHERE lane = ?')
  const get = database.prepare<[string], { body: Buffer }>('SELECT body FROM signed_on WHERE lane = ?')
  return {
    keep(lane: string, cashier: Cashier | undefined): void {
      try {
        if (cashier) put.run(lane, seal.seal(placeOf('signed_on', 'body', lane), JSON.stringify(cashier)))
        else drop.run(lane)
      } catch (error) {
        log.warn({ lane, reason: messageOf(error) }, 'a restart would forget who has signed on')
      }
    },
    find(lane: string): Cashier | undefined {
      const row = get.get(lane)
      const text = row && openedText(seal, placeOf('signed_on', 'body', lane), row.body, log)
      return text === undefined ? undefined : (JSON.parse(text) as Cashier)
    },
  }
}
