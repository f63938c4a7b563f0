import { performance } from 'node:perf_hooks'
import { messageOf } from '#runtime/errors.ts'

/** A sale that comes meanwhile waits for one step at most: a few milliseconds. */
const sizes = { whileBusy: 16, whileQuiet: 64 } as const
/** While sales come, counting takes at most this part of the time. */
const shareWhileBusy = 1 / 10

/**
 * Runs `step` behind everything else: some time after the books have changed, in small pieces, the smaller and rarer
 * the busier the books are. A step that fails is tried again after `retryMs`; `trouble` says meanwhile what it was.
 */
export function behindTheBooks(options: { step(most: number): Promise<number>; quietMs: number; retryMs?: number }) {
  const { step, quietMs, retryMs = 30_000 } = options
  let timer: NodeJS.Timeout | undefined
  let changed = false
  let stopped = false
  let trouble: string | undefined

  const arm = (ms: number) => {
    if (stopped) return
    timer ??= setTimeout(() => void run(), ms)
  }

  async function run(): Promise<void> {
    const busy = changed
    changed = false
    const most = busy ? sizes.whileBusy : sizes.whileQuiet
    const began = performance.now()
    let counted: number
    try {
      counted = await step(most)
      trouble = undefined
    } catch (error) {
      // Nothing is lost: the journal has it.
      trouble = messageOf(error)
      timer = undefined
      return arm(retryMs)
    }
    timer = undefined
    if (counted === most) arm(changed ? (performance.now() - began) / shareWhileBusy : 0)
    else if (changed) arm(quietMs)
  }

  return {
    /** The books have changed. */
    changed(): void {
      changed = true
      arm(quietMs)
    },
    /** Why the last step failed. */
    trouble: (): string | undefined => trouble,
    /** No step begins from now on. */
    stop(): void {
      stopped = true
      clearTimeout(timer)
    },
  }
}
