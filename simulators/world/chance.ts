/** Chance from a seed: the same seed gives the same choices in the same order. */
export interface Chance {
  /** At least 0, below 1. */
  next(): number
  /** A whole number, both ends included. */
  int(from: number, to: number): number
  /** True so often: 0.1 is one time in ten. */
  happens(probability: number): boolean
  pick<T>(list: readonly [T, ...T[]]): T
  /** One of its own for `name`, so that what one part of a world draws never changes what another one gets. */
  of(name: string): Chance
}

/** Mulberry32. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    happens: (probability) => next() < probability,
    pick: (list) => list[Math.floor(next() * list.length)] ?? list[0],
    of: (name) => createChance(hashOf(`${seed}/${name}`)),
  }
}

/** 32-bit FNV-1a, and once more stirred. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0
}
