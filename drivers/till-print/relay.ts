import { VafaError } from '#runtime/errors.ts'
import type { ByteStream } from '../stream/stream.ts'
import type { Passed, ReceiptStream } from './receipt-stream.ts'

/** The till's end of the line. */
export interface TillEnd {
  write(bytes: Uint8Array): void
  /** Stops and starts reading: a till whose printer is busy waits, as it would without us. */
  pause(): void
  resume(): void
}

export type ReceiptEnd = Extract<Passed, { kind: 'end' }>

export interface Relay {
  /** What the till sends. */
  take(bytes: Uint8Array): void
  /** The till has hung up. Resolves when all of it is with the printer; `half`: in the middle of a receipt. */
  finish(): Promise<{ half: boolean }>
}

/** So much may wait for the printer in here; then the till waits. */
const mostWaiting = 65_536

/**
 * Passes a till's bytes on to the printer, in their order and unchanged; only the end of a receipt waits for
 * `beforeCut`, which must not take longer than a cut may be held. What the printer answers at once passes what is held.
 */
export function createRelay(options: {
  receipts: ReceiptStream
  printer: Pick<ByteStream, 'write'>
  till: TillEnd
  beforeCut(end: ReceiptEnd): Promise<Uint8Array>
  /** The printer takes nothing any more. */
  onFailure(error: VafaError): void
}): Relay {
  const { receipts, printer, till, beforeCut, onFailure } = options
  const waiting: Passed[] = []
  let waitingBytes = 0
  let paused = false
  let holding = false
  let failed = false
  let working: Promise<void> | undefined

  const work = async (): Promise<void> => {
    try {
      for (let one = waiting.shift(); one && !failed; one = waiting.shift()) {
        if (one.kind === 'end') {
          holding = true
          const lines = await beforeCut(one)
          holding = false
          if (lines.length > 0) await printer.write(lines)
        }
        if (one.bytes.length > 0) await printer.write(one.bytes)
        waitingBytes -= one.bytes.length
        if (paused && waitingBytes <= mostWaiting / 2) {
          paused = false
          till.resume()
        }
      }
    } catch (error) {
      fail(error)
    } finally {
      holding = false
      working = undefined
    }
  }

  const fail = (error: unknown) => {
    if (failed) return
    failed = true
    waiting.length = 0
    onFailure(
      error instanceof VafaError
        ? error
        : new VafaError({ key: 'device.failed', message: 'a receipt could not be passed on', permanent: false, cause: error }),
    )
  }

  const enqueue = (all: readonly Passed[]) => {
    for (const one of all) {
      if (one.kind === 'real-time' && holding) {
        printer.write(one.bytes).catch(fail)
        continue
      }
      waiting.push(one)
      waitingBytes += one.bytes.length
    }
    if (!paused && waitingBytes > mostWaiting) {
      paused = true
      till.pause()
    }
    if (waiting.length > 0) working ??= work()
  }

  return {
    take(bytes) {
      if (!failed) enqueue(receipts.push(bytes))
    },
    async finish() {
      if (!failed) enqueue(receipts.end())
      const { half } = receipts
      await working
      return { half }
    },
  }
}
