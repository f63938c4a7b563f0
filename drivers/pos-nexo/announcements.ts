import type { Runtime } from '#runtime/runtime.ts'
import type { LaneNotice, PrinterStatus } from '../contract.ts'
import { type Condition, printerWord } from './administration.ts'
import type { NexoTill } from './options.ts'
import { eventMessage, type Notice } from './responses.ts'

/** What the box says by itself, to the WebSockets of one lane's tills; and what it knows of the lane's devices from that. */
export function createAnnouncements(runtime: Runtime) {
  const listeners = new Map<(text: string) => void, NexoTill>()
  let uplink: 'online' | 'offline' | undefined
  let printer: PrinterStatus | undefined

  /** One event as it is written to a till. */
  const written = ({ saleid, poiid }: NexoTill, notice: Omit<Notice, 'TimeStamp'>): string => {
    const party = { SaleID: saleid, POIID: poiid, DeviceID: runtime.uuid().slice(-10) }
    return JSON.stringify(eventMessage(party, { ...notice, TimeStamp: new Date(runtime.now()).toISOString() }))
  }
  const notify = (notice: Omit<Notice, 'TimeStamp'>) => {
    for (const [send, till] of listeners) send(written(till, notice))
  }

  return {
    written,
    notify,
    listen(till: NexoTill, send: (text: string) => void): () => void {
      listeners.set(send, till)
      return () => listeners.delete(send)
    },
    get condition(): Omit<Condition, 'busy'> {
      return { uplink, printer }
    },
    /** What the lane itself says of its line to the club, when it is asked. */
    learned(state: 'online' | 'offline'): void {
      uplink = state
    },
    notice(happened: LaneNotice) {
      switch (happened.kind) {
        case 'presented':
          return notify({ EventToNotify: 'CardInserted' })
        case 'removed':
          return notify({ EventToNotify: 'CardRemoved' })
        case 'uplink':
          if (uplink !== undefined && uplink !== happened.state)
            notify({ EventToNotify: happened.state === 'online' ? 'NetworkConnected' : 'NetworkDisconnected' })
          uplink = happened.state
          return
        case 'printer': {
          const before = printer ? printerWord(printer) : 'OK'
          printer = happened.status
          const word = printerWord(printer)
          if (word !== before && word !== 'OK' && word !== 'PaperLow')
            notify({ EventToNotify: 'OutOfOrder', EventDetails: `printer: ${word}` })
          return
        }
      }
    },
  }
}
