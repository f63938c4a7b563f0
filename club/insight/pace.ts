import { messageOf } from '#runtime/errors.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'

/** So many entries a step: a sale that comes meanwhile waits a few milliseconds at most. */
const entriesAtOnce = 16
/** Nothing is counted until nobody has wanted the books for this long: also what a step writes makes the next sale slower. */
const quietMs = 30
/** Where the books are never quiet, counting begins after this long all the same, and then takes this part of the time. */
const patienceMs = 30_000
const shareWhileBusy = 1 / 10
/** A step that failed is tried again after this time. */
const retryMs = 30_000

/** The clock and the timers that it goes by. */
export type Timing = Pick<Runtime, 'monotonic' | 'after'>

/**
 * Runs `step` behind everything else: in small pieces, in moments in which nobody wants the books. `trouble` says why the
 * last step failed; nothing is lost by it, since the journal has everything.
 */
export function behindTheBooks(timing: Timing, step: (most: number, when: 'quiet' | 'overdue') => Promise<number>) {
  let cancel: Cancel | undefined
  let running = false
  let wanted = 0
  let quiet = timing.monotonic()
  let stopped = false
  let trouble: string | undefined

  const arm = (ms: number) => {
    if (!stopped) cancel ??= timing.after(ms, () => void run())
  }

  async function run(): Promise<void> {
    cancel = undefined
    const began = timing.monotonic()
    const busy = began - wanted < quietMs
    if (!busy) quiet = began
    if (running || (busy && began - quiet < patienceMs)) return arm(quietMs)
    running = true
    try {
      const counted = await step(entriesAtOnce, busy ? 'overdue' : 'quiet')
      trouble = undefined
      if (counted === entriesAtOnce) arm(busy ? (timing.monotonic() - began) / shareWhileBusy : 0)
    } catch (error) {
      trouble = messageOf(error)
      arm(retryMs)
    } finally {
      running = false
    }
  }

  return {
    /** Somebody wants the books now; what changes is counted in a moment. */
    wanted(): void {
      wanted = timing.monotonic()
      arm(quietMs)
    },
    trouble: (): string | undefined => trouble,
    /** No step begins from now on. */
    stop(): void {
      stopped = true
      cancel?.()
    },
  }
}
