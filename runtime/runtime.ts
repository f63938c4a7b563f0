import { v7 } from 'uuid'

/** Ends a timer. Calling it twice, or late, does nothing. */
export type Cancel = () => void

/**
 * Time, ids and chance, as everything that is not pure gets them: one object, passed in, so that a whole fleet can
 * run under virtual time with seeded faults.
 */
export interface Runtime {
  /** Wall clock, milliseconds since 1970; may jump. */
  now(): number
  /** Milliseconds that never go back; for durations. */
  monotonic(): number
  /** A UUID, version 7. */
  uuid(): string
  /** At least 0, below 1. */
  random(): number
  /** Calls `callback` once after `ms`; does not keep the process alive. */
  after(ms: number, callback: () => void): Cancel
}

/** The real clock, ids and timers of this process. */
export const systemRuntime: Runtime = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  uuid: () => v7(),
  random: () => Math.random(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export const isoNow = (runtime: Runtime): string => new Date(runtime.now()).toISOString()
