import { VafaError } from '#runtime/errors.ts'
import type { Arrival } from '../booking/arrival.ts'
import type { Outcome } from './store.ts'

/**
 * What a database refuses for good, whatever it is that it minds, would be sent again for ever and keep all that come
 * with it out of the books. So the batch is taken in halves, and the one event that is refused alone is set aside.
 */
export async function takeInParts(
  arrivals: readonly Arrival[],
  parts: {
    /** Books a batch whole or not at all. */
    book(arrivals: readonly Arrival[]): Promise<Outcome>
    /** Sets a single one aside. */
    setAside(arrival: Arrival, error: VafaError): Promise<Outcome>
  },
): Promise<Outcome> {
  try {
    return await parts.book(arrivals)
  } catch (error) {
    if (!(error instanceof VafaError && error.permanent)) throw error
    const [first, ...others] = arrivals
    if (!first) throw error
    if (others.length === 0) return parts.setAside(first, error)
    const middle = Math.ceil(arrivals.length / 2)
    const before = await takeInParts(arrivals.slice(0, middle), parts)
    const after = await takeInParts(arrivals.slice(middle), parts)
    return { answers: [...before.answers, ...after.answers], notices: [...before.notices, ...after.notices] }
  }
}
