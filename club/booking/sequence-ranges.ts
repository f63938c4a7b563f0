/** Numbers received, as ranges that neither touch nor overlap, in order. */
export type Ranges = readonly (readonly [first: number, last: number])[]

/** The ranges with one number more. */
export function withNumber(ranges: Ranges, n: number): Ranges {
  const last = ranges.at(-1)
  if (last && n === last[1] + 1) return [...ranges.slice(0, -1), [last[0], n]]
  if (ranges.some(([from, to]) => n >= from && n <= to)) return ranges
  const merged: [number, number][] = []
  for (const [from, to] of [...ranges, [n, n] as const].sort((a, b) => a[0] - b[0])) {
    const before = merged.at(-1)
    if (before && from <= before[1] + 1) before[1] = Math.max(before[1], to)
    else merged.push([from, to])
  }
  return merged
}

/** What is missing below the highest number received; a box counts from 1. */
export function holesOf(ranges: Ranges): Ranges {
  const holes: [number, number][] = []
  let next = 1
  for (const [from, to] of ranges) {
    if (from > next) holes.push([next, from - 1])
    next = to + 1
  }
  return holes
}
