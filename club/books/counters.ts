import type { Books } from './context.ts'

/** What was used of limits so far, by counter. */
export const usedOf = ({ desk }: Books, counters: readonly string[]): Record<string, number> =>
  Object.fromEntries(counters.map((counter) => [counter, desk.get('counter', counter)?.used ?? 0]))

/** Adds to what was used of a limit. */
export function count({ desk }: Books, counter: string, add: number): void {
  const used = desk.get('counter', counter)?.used ?? 0
  desk.put('counter', counter, { counter, used: used + add })
}
