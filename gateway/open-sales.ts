import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import { unsynced } from '#runtime/sqlite.ts'
import type { BoxDisk } from './database.ts'
import type { OpenSale, PinnedQuote } from './lane/state.ts'
import { openedText } from './sealing/seal.ts'
import { placeOf } from './sealing/sealed-tables.ts'

export interface KeptSale {
  sale: OpenSale
  quote: PinnedQuote
}

const writeEveryMs = 200
/** Where the disk took nothing. */
const writeAgainMs = 1_000
const keepMs = 24 * 3_600_000

export type OpenSales = ReturnType<typeof openOpenSales>

/**
 * Sales between quote and payment, so that a box that restarts just then still knows the customer's card and the
 * price that the till shows. Written behind: a sale that is paid within 200 ms never touches the disk here.
 */
export function openOpenSales({ database, seal, runtime, log }: BoxDisk & { runtime: Runtime; log: Logger }) {
  const put = database.prepare('INSERT OR REPLACE INTO open_sale (saleid, at, body) VALUES (?, ?, ?)')
  const drop = database.prepare('DELETE FROM open_sale WHERE saleid = ?')
  const get = database.prepare<[string], { body: Buffer }>('SELECT body FROM open_sale WHERE saleid = ?')
  database.prepare('DELETE FROM open_sale WHERE at < ?').run(runtime.now() - keepMs)
  const onDisk = new Set(
    database
      .prepare<[], { saleid: string }>('SELECT saleid FROM open_sale')
      .all()
      .map(({ saleid }) => saleid),
  )
  /** What is to be written; undefined: to be deleted. */
  const due = new Map<string, KeptSale | undefined>()
  let cancelWrite: Cancel | undefined
  /** Said once, until the disk takes it. */
  let stuck = false
  let closed = false

  const sealed = (kept: KeptSale): Buffer => seal.seal(placeOf('open_sale', 'body', kept.sale.saleid), JSON.stringify(kept))
  const writeDue = unsynced(database, () => {
    for (const [saleid, kept] of due)
      if (kept) put.run(saleid, runtime.now(), sealed(kept))
      else drop.run(saleid)
  })
  const write = () => {
    cancelWrite = undefined
    try {
      writeDue()
      for (const [saleid, kept] of due)
        if (kept) onDisk.add(saleid)
        else onDisk.delete(saleid)
      due.clear()
      stuck = false
    } catch (error) {
      if (!stuck) log.warn({ reason: messageOf(error) }, 'open sales are not on disk: a restart now would forget them')
      stuck = true
      if (!closed) writeLater(writeAgainMs)
    }
  }
  const writeLater = (ms = writeEveryMs) => {
    cancelWrite ??= runtime.after(ms, write)
  }

  return {
    keep(kept: KeptSale): void {
      due.set(kept.sale.saleid, kept)
      writeLater()
    },
    forget(saleid: string): void {
      if (!onDisk.has(saleid)) {
        due.delete(saleid)
        return
      }
      due.set(saleid, undefined)
      writeLater()
    },
    /** As `keep`, durable when it returns: what a till was told of credit that is held must outlive a power cut. */
    keepNow(kept: KeptSale): void {
      const { saleid } = kept.sale
      try {
        put.run(saleid, runtime.now(), sealed(kept))
        onDisk.add(saleid)
        due.delete(saleid)
      } catch (error) {
        log.warn({ saleid, reason: messageOf(error) }, 'an open sale is not on disk yet')
        due.set(saleid, kept)
        writeLater()
      }
    },
    find(saleid: string): KeptSale | undefined {
      if (due.has(saleid)) return due.get(saleid)
      if (!onDisk.has(saleid)) return undefined
      const row = get.get(saleid)
      const text = row && openedText(seal, placeOf('open_sale', 'body', saleid), row.body, log)
      return text === undefined ? undefined : (JSON.parse(text) as KeptSale)
    },
    close(): void {
      closed = true
      cancelWrite?.()
      if (due.size > 0) write()
    },
  }
}
