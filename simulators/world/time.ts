import type { Cancel, Runtime } from '#runtime/runtime.ts'
import type { Chance } from './chance.ts'

/** Time that goes only from one thing that happens to the next. */
export interface WorldTime {
  /** Milliseconds since the world began. */
  readonly elapsed: number
  after(ms: number, callback: () => void): Cancel
  sleep(ms: number): Promise<void>
  /** Lets things happen, in their order, until `done` or until so much time has passed; promises settle in between. */
  run(until: { done(): boolean; ms: number }): Promise<void>
}

interface Due {
  at: number
  order: number
  callback: (() => void) | undefined
}

const before = (a: Due, b: Due) => a.at < b.at || (a.at === b.at && a.order < b.order)

export function createWorldTime(): WorldTime {
  const heap: Due[] = []
  let elapsed = 0
  let made = 0

  const push = (due: Due) => {
    let at = heap.push(due) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!before(due, heap[above] as Due)) break
      heap[at] = heap[above] as Due
      at = above
    }
    heap[at] = due
  }
  const pop = (): Due | undefined => {
    const first = heap[0]
    const last = heap.pop()
    if (!first || !last || heap.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && before(heap[below + 1] as Due, heap[below] as Due)) below++
      if (!before(heap[below] as Due, last)) break
      heap[at] = heap[below] as Due
      at = below
    }
    heap[at] = last
    return first
  }
  // What the cores put off to the next turn of the event loop comes before this.
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

  const after: WorldTime['after'] = (ms, callback) => {
    const due: Due = { at: elapsed + Math.max(0, ms), order: made++, callback }
    push(due)
    return () => {
      due.callback = undefined
    }
  }
  return {
    get elapsed() {
      return elapsed
    },
    after,
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    async run({ done, ms }) {
      const end = elapsed + ms
      await settled()
      while (!done()) {
        const next = heap[0]
        if (!next || next.at > end) {
          elapsed = Math.max(elapsed, end)
          break
        }
        pop()
        if (!next.callback) continue
        elapsed = Math.max(elapsed, next.at)
        next.callback()
        await settled()
      }
    },
  }
}

/** One run of a process, from its start to its end. What it does after that reaches nobody. */
export interface Life {
  alive: boolean
  readonly runtime: Runtime
}

/** Saturday 14 Shahrivar 1405, 09:00 in Tehran. */
export const beginning = Date.parse('2026-09-05T05:30:00.000Z')

/**
 * A process comes to life. `number`: of the process and of its run, for ids that no other ever makes. `skewMs`: how far
 * its wall clock is off at this moment.
 */
export function beginLife(options: { time: WorldTime; chance: Chance; process: number; run: number; skewMs(): number }): Life {
  const { time, chance, skewMs } = options
  const prefix = `01900000-0000-7${hex(options.process, 3)}-8${hex(options.run, 3)}-`
  let made = 0
  const life: Life = {
    alive: true,
    runtime: {
      now: () => beginning + Math.floor(time.elapsed) + skewMs(),
      monotonic: () => time.elapsed,
      uuid: () => prefix + hex(++made, 12),
      random: chance.next,
      after: (ms, callback) =>
        time.after(ms, () => {
          if (life.alive) callback()
        }),
    },
  }
  return life
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
