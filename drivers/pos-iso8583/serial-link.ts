import { control, createSerialReader, serialFrame } from '#protocol/iso8583/frames.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'

/** How long an ACK is waited for, and how often a frame is sent in all. */
export const serialTimes = { ackMs: 2_000, tries: 3 } as const

export interface SerialLink {
  take(bytes: Uint8Array): void
  /** Sends one message after the other; resolves to whether it was taken. */
  send(message: Uint8Array): Promise<boolean>
  close(): void
}

/**
 * Either end of a serial line: a frame is acknowledged with ACK, a damaged one with NAK, and sent again on NAK or
 * silence, three times in all. Who misses an ACK sends the message twice: whoever takes it must know a repeat.
 */
export function createSerialLink(options: {
  runtime: Runtime
  longest: number
  write(bytes: Uint8Array): void
  onMessage(bytes: Buffer): void
}): SerialLink {
  const { runtime, longest, write, onMessage } = options
  const reader = createSerialReader({ longest })
  const queue: { frame: Buffer; tries: number; done(taken: boolean): void }[] = []
  let cancel: Cancel | undefined

  const sendFirst = () => {
    const first = queue[0]
    if (!first) return
    first.tries += 1
    write(first.frame)
    cancel = runtime.after(serialTimes.ackMs, again)
  }
  const settle = (taken: boolean) => {
    cancel?.()
    cancel = undefined
    queue.shift()?.done(taken)
    sendFirst()
  }
  const again = () => {
    cancel?.()
    cancel = undefined
    if ((queue[0]?.tries ?? 0) >= serialTimes.tries) settle(false)
    else sendFirst()
  }

  return {
    take(bytes) {
      for (const piece of reader.push(bytes)) {
        if (piece.kind === 'message') {
          write(Buffer.from([control.ack]))
          onMessage(piece.bytes)
        } else if (piece.kind === 'damaged') write(Buffer.from([control.nak]))
        else if (queue.length > 0 && cancel) piece.kind === 'ack' ? settle(true) : again()
      }
    },
    send(message) {
      return new Promise((done) => {
        queue.push({ frame: serialFrame(message), tries: 0, done })
        if (queue.length === 1) sendFirst()
      })
    },
    close() {
      cancel?.()
      cancel = undefined
      for (const { done } of queue.splice(0)) done(false)
    },
  }
}
