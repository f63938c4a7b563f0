import { messageOf } from './errors.ts'
import type { Cancel, Runtime } from './runtime.ts'

/** The last attempt to commit something. `at`: milliseconds since 1970. */
export type Pulse = { at: number; ok: true } | { at: number; ok: false; reason: string }

/** After an attempt that failed, so that it is soon seen when there is room again. */
const againMs = 2_000

/**
 * Tries a small commit again and again. What matters for a watchdog is that an attempt *completes*: a full disk is a
 * thing to show, and no restart cures it; a thread that hangs completes nothing. The next attempt begins `everyMs` after
 * the last one is through.
 */
export function keepPulse(options: {
  attempt(): Promise<void>
  everyMs: number
  runtime: Runtime
  onPulse(pulse: Pulse): void
}): { last(): Pulse | undefined; failed(reason: string): void; close(): void } {
  const { attempt, everyMs, runtime, onPulse } = options
  let last: Pulse | undefined
  let closed = false
  let cancel: Cancel = () => {}
  const again = (ms: number) => {
    cancel()
    if (!closed) cancel = runtime.after(ms, beat)
  }
  const beat = () => {
    attempt()
      .then(
        (): Pulse => ({ at: runtime.now(), ok: true }),
        (error: unknown): Pulse => ({ at: runtime.now(), ok: false, reason: messageOf(error) }),
      )
      .then((pulse) => {
        if (closed) return
        last = pulse
        onPulse(pulse)
        again(pulse.ok ? everyMs : Math.min(everyMs, againMs))
      })
  }
  beat()
  return {
    last: () => last,
    /** A commit that somebody waited for has failed: that counts until an attempt goes well. */
    failed(reason) {
      if (closed) return
      last = { at: runtime.now(), ok: false, reason }
      onPulse(last)
      again(Math.min(everyMs, againMs))
    },
    close() {
      closed = true
      cancel()
    },
  }
}
