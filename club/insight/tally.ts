import type { JournalRow } from './counted.ts'
import { added, type Increment, isNothing, type Measure, measureKey } from './increments.ts'

/** An entry that cannot be counted: one such stops none of the others, and reports say that it is missing. */
export const uncounted = ({ id, store }: Pick<JournalRow, 'id' | 'store'>): Increment => ({
  day: '',
  store,
  dimension: 'uncounted',
  key: id,
  flow: '',
  count: 1,
})

/**
 * Measures with entries added to what `known` has, by their keys; `undefined`: nothing is left of it. An entry with
 * which a figure would leave the exact integers is not counted at all.
 */
export function addEntries(
  known: ReadonlyMap<string, Measure>,
  entries: readonly { entry: Pick<JournalRow, 'id' | 'store'>; increments: readonly Increment[] }[],
): Map<string, Measure | undefined> {
  const measures = new Map<string, Measure>()
  const withAll = (increments: readonly Increment[]) => {
    const after = new Map<string, Measure>()
    for (const one of increments) {
      const key = measureKey(one)
      after.set(key, added(after.get(key) ?? measures.get(key) ?? known.get(key), one))
    }
    return after
  }
  for (const { entry, increments } of entries) {
    let after: ReadonlyMap<string, Measure>
    try {
      after = withAll(increments)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      after = withAll([uncounted(entry)])
    }
    for (const [key, measure] of after) measures.set(key, measure)
  }
  return new Map([...measures].map(([key, measure]) => [key, isNothing(measure) ? undefined : measure]))
}
