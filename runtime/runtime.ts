import { randomFillSync } from 'node:crypto'
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

/**
 * UUIDs of version 7 that rise within a millisecond too. Their randomness is drawn for 256 at a time: drawn for each by
 * itself, a UUID takes 13 µs instead of 3, and a sale needs several.
 */
function uuids(): () => string {
  const pool = new Uint8Array(16 * 256)
  let at = pool.length
  let msecs = 0
  let seq = 0
  return () => {
    if (at === pool.length) {
      randomFillSync(pool)
      at = 0
    }
    const random = pool.subarray(at, at + 16)
    at += 16
    const now = Date.now()
    if (now > msecs) {
      msecs = now
      seq = new DataView(random.buffer, random.byteOffset).getUint32(6) >>> 1
    } else seq += 1
    return v7({ random, msecs, seq })
  }
}

/** The real clock, ids and timers of this process. */
export const systemRuntime: Runtime = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  uuid: uuids(),
  random: () => Math.random(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export const isoNow = (runtime: Runtime): string => new Date(runtime.now()).toISOString()
