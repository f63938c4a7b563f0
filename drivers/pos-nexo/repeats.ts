import { createHash } from 'node:crypto'
import type { DeviceMemory } from '../contract.ts'
import type { Booking } from './bookings.ts'
import type { ResponseBody } from './responses.ts'
import type { TransactionCategory } from './vocabulary.ts'

/** The standard wants a ServiceID unique within a day; what is older is another request. */
const dayMs = 24 * 3_600_000
const mostKept = 2_000

export interface Served {
  category: TransactionCategory
  /** Of the whole message. */
  hash: string
  at: number
  body: Promise<ResponseBody>
  done: boolean
}

interface Kept {
  at: number
  booking: Booking
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

/**
 * What was asked and answered within the day, by the request's key. Responses are held in memory; of what moves money the
 * device's memory has enough to ask the lane again after a restart.
 */
export function createRepeats(options: { memory: DeviceMemory; now(): number }) {
  const { memory, now } = options
  const served = new Map<string, Served>()
  const fresh = (at: number) => now() - at < dayMs
  return {
    find(key: string): Served | undefined {
      const one = served.get(key)
      return one && fresh(one.at) ? one : undefined
    },
    /** Begins to serve a request; the body it resolves with is every repeat's. */
    serve(key: string, request: { category: TransactionCategory; hash: string }, work: () => Promise<ResponseBody>): Served {
      const one: Served = { ...request, at: now(), done: false, body: work() }
      one.body.then(
        () => {
          one.done = true
        },
        () => served.delete(key),
      )
      served.delete(key)
      served.set(key, one)
      if (served.size > mostKept) served.delete(served.keys().next().value ?? '')
      return one
    },
    remember(key: string, booking: Booking): void {
      memory.keep(`request|${key}`, JSON.stringify({ at: now(), booking } satisfies Kept))
    },
    remembered(key: string): Booking | undefined {
      const text = memory.find(`request|${key}`)
      if (text === undefined) return undefined
      const kept = JSON.parse(text) as Kept
      return fresh(kept.at) ? kept.booking : undefined
    },
  }
}
export type Repeats = ReturnType<typeof createRepeats>
