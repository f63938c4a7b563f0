const firstMs = 400
const longestMs = 8_000

export interface Retry {
  /** Tries after a while: longer each time, and not at the same instant as a thousand other pages. */
  later(): void
  now(): void
  succeeded(): void
  stop(): void
}

export function createRetry(attempt: () => Promise<void>): Retry {
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  function start(afterMs: number) {
    clearTimeout(timer)
    timer = setTimeout(() => {
      timer = undefined
      void attempt()
    }, afterMs)
  }
  return {
    later() {
      const waitMs = Math.min(longestMs, firstMs * 2 ** failures)
      failures += 1
      start(waitMs * (0.5 + Math.random() / 2))
    },
    now: () => start(0),
    succeeded() {
      failures = 0
    },
    stop: () => clearTimeout(timer),
  }
}
