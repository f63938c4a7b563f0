/** Names, each with its place in an order; the first of them is found without looking at the others. */
export interface OldestFirst {
  /** Puts a name at a place, in the place of where it stood. */
  set(name: string, place: number): void
  has(name: string): boolean
  delete(name: string): void
  clear(): void
  /** The name with the lowest place. */
  first(): string | undefined
}

interface Entry {
  name: string
  place: number
}

/** A binary heap; what was deleted or moved stays in it until it comes up. */
export function createOldestFirst(): OldestFirst {
  const places = new Map<string, number>()
  let heap: Entry[] = []

  const placeAt = (index: number): number => heap[index]?.place ?? Number.POSITIVE_INFINITY
  const swap = (a: number, b: number) => {
    const [one, other] = [heap[a], heap[b]]
    if (one && other) [heap[a], heap[b]] = [other, one]
  }
  const push = (entry: Entry) => {
    let index = heap.push(entry) - 1
    for (let above = (index - 1) >> 1; index > 0 && placeAt(index) < placeAt(above); above = (index - 1) >> 1) {
      swap(index, above)
      index = above
    }
  }
  const pop = () => {
    swap(0, heap.length - 1)
    heap.pop()
    for (let index = 0; ; ) {
      const below = placeAt(2 * index + 2) < placeAt(2 * index + 1) ? 2 * index + 2 : 2 * index + 1
      if (placeAt(below) >= placeAt(index)) return
      swap(index, below)
      index = below
    }
  }
  return {
    set(name, place) {
      if (places.get(name) === place) return
      places.set(name, place)
      push({ name, place })
    },
    has: (name) => places.has(name),
    delete: (name) => void places.delete(name),
    clear() {
      places.clear()
      heap = []
    },
    first() {
      for (let top = heap[0]; top !== undefined; top = heap[0]) {
        if (places.get(top.name) === top.place) return top.name
        pop()
      }
      return undefined
    },
  }
}
