/** The part of nfc-pcsc 0.8 that the driver's child uses; the package has no types of its own. */
declare module 'nfc-pcsc' {
  import type { EventEmitter } from 'node:events'

  export class NFC extends EventEmitter<{ reader: [Reader]; error: [Error] }> {}

  /** Emits `card` when one is connected to, `card.off`, `error`, `end`; and connect failures under the error itself. */
  export class Reader extends EventEmitter {
    readonly name: string
    /** False: `card` carries only the ATR, and nothing is asked of the card. */
    autoProcessing: boolean
    readonly connection: { protocol?: number } | null
    connect(): Promise<unknown>
    disconnect(): Promise<unknown>
    transmit(apdu: Buffer, maxReplyLength: number): Promise<Buffer>
  }
}
