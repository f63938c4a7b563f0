import type { VafaError } from '#runtime/errors.ts'

/** A connection's end, as the contract wants it of a device that listens: nothing but its host ends it. */
export interface Ending {
  readonly closed: Promise<VafaError | undefined>
  close(): Promise<void>
}

/** `end` is called once, by whoever comes first: `close()`, or the host that lets the device go. What it throws is over too. */
export function endsOnce(signal: AbortSignal, end: () => void | Promise<void>): Ending {
  const closed = Promise.withResolvers<VafaError | undefined>()
  let ending: Promise<void> | undefined
  const close = (): Promise<void> => {
    ending ??= (async () => {
      signal.removeEventListener('abort', close)
      try {
        await end()
      } catch {
        // It is let go, whatever that says.
      }
      closed.resolve(undefined)
    })()
    return ending
  }
  signal.addEventListener('abort', close)
  return { closed: closed.promise, close }
}
