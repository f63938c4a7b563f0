import type { Runtime } from './runtime.ts'

/** A runtime whose time goes only when it is told to, and whose chance is seeded: for tests and simulated fleets. */
export interface VirtualRuntime extends Runtime {
  /** Lets `ms` pass, firing what falls due, in order; promises settle in between. */
  advance(ms: number): Promise<void>
  /** How long until the next timer, or undefined where there is none. */
  nextTimerMs(): number | undefined
}

export function createVirtualRuntime(options: { startAt?: number; seed?: number } = {}): VirtualRuntime {
  const start = options.startAt ?? Date.UTC(2026, 10, 21, 9, 0, 0)
  let elapsed = 0
  let seed = options.seed ?? 1
  let ids = 0
  let timers: { dueAt: number; callback: () => void }[] = []

  const earliest = () =>
    timers.reduce<(typeof timers)[number] | undefined>((a, b) => (a && a.dueAt <= b.dueAt ? a : b), undefined)
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    uuid() {
      ids += 1
      return `01900000-0000-7000-8000-${ids.toString(16).padStart(12, '0')}`
    },
    /** Mulberry32. */
    random() {
      seed = (seed + 0x6d2b79f5) >>> 0
      let t = Math.imul(seed ^ (seed >>> 15), seed | 1)
      t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
    },
    after(ms, callback) {
      const timer = { dueAt: elapsed + ms, callback }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async advance(ms) {
      const end = elapsed + ms
      await settle()
      for (let next = earliest(); next && next.dueAt <= end; next = earliest()) {
        const due = next
        elapsed = Math.max(elapsed, due.dueAt)
        timers = timers.filter((other) => other !== due)
        due.callback()
        await settle()
      }
      elapsed = end
    },
    nextTimerMs() {
      const next = earliest()
      return next && next.dueAt - elapsed
    },
  }
}
