/** So many taken items are let go at once: `shift` would move all others each time. */
const compactedAt = 1_000

/** What waits, by whom it comes from. */
export interface FairQueue<T> {
  readonly size: number
  /** False where that one has too much waiting already; then it is not taken. */
  push(from: string, item: T): boolean
  /** At most `count`, one of each in turn, and no more than `mostOfOne` of any; of each in the order of arrival. */
  take(count: number, mostOfOne?: number): T[]
}

/**
 * A queue in which one who sends a flood delays nobody but itself: whoever has something waiting is served in turn. At most
 * `most` wait of each.
 */
export function createFairQueue<T>({ most }: { most: number }): FairQueue<T> {
  /** In the order in which their turn comes. `next`: what of it is taken already. */
  const lines = new Map<string, { items: T[]; next: number }>()
  let size = 0
  return {
    get size() {
      return size
    },
    push(from, item) {
      const line = lines.get(from)
      if (line === undefined) lines.set(from, { items: [item], next: 0 })
      else if (line.items.length - line.next >= most) return false
      else line.items.push(item)
      size += 1
      return true
    },
    take(count, mostOfOne = count) {
      const taken: T[] = []
      // Whoever has one left after a round has had as many as any other.
      for (let visits = lines.size, round = 1; taken.length < count && size > 0; visits -= 1) {
        if (visits === 0) {
          round += 1
          visits = lines.size
        }
        if (round > mostOfOne) break
        const [from, line] = lines.entries().next().value as [string, { items: T[]; next: number }]
        taken.push(line.items[line.next] as T)
        line.next += 1
        size -= 1
        lines.delete(from)
        if (line.next < line.items.length) {
          // Behind all others.
          lines.set(from, line)
          if (line.next >= compactedAt) {
            line.items.splice(0, line.next)
            line.next = 0
          }
        }
      }
      return taken
    },
  }
}
