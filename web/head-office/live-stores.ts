import { batch, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { LiveStore } from '#protocol/head-office/live.ts'
import { toneOf } from './now/tone.ts'

/** The browser's own; each returns what ends it. */
export interface Moments {
  nextFrame(work: () => void): () => void
  after(ms: number, work: () => void): () => void
}

/** How stores stand, one signal each: what shows a store is drawn again when that store has something new. */
export interface LiveStores {
  /** Undefined until the club has told of it. */
  of(store: string): ReadonlySignal<LiveStore | undefined>
  told(state: LiveStore): void
  /** Which stores somebody can see now; undefined where nobody knows: all. */
  inSight(stores: ReadonlySet<string> | undefined): void
  close(): void
}

/** A frame draws so many rows that it is still a frame. */
const rowsAtOnce = 40
const outOfSightMs = 400

/**
 * Hundreds of stores tell twice a second. What is in sight, and whatever turns another colour, is drawn in the next frame; the
 * rest follows bit by bit, so that what a search or a screen reader finds further down is seconds old at most. Of each store only
 * the last word waits.
 */
export function createLiveStores(moments: Moments): LiveStores {
  const signals = new Map<string, Signal<LiveStore | undefined>>()
  const waiting = new Map<string, LiveStore>()
  let sight: ReadonlySet<string> | undefined
  let endFrame: (() => void) | undefined
  let endWait: (() => void) | undefined

  function signalOf(store: string): Signal<LiveStore | undefined> {
    const known = signals.get(store) ?? signal<LiveStore>()
    signals.set(store, known)
    return known
  }
  const presses = (state: LiveStore) =>
    sight === undefined || sight.has(state.store) || toneOf(signalOf(state.store).peek()) !== toneOf(state)

  /** Says whether some are left. */
  function draw(wanted: (state: LiveStore) => boolean): boolean {
    let drawn = 0
    return batch(() => {
      for (const [store, state] of waiting) {
        if (!wanted(state)) continue
        if (drawn === rowsAtOnce) return true
        drawn += 1
        waiting.delete(store)
        signalOf(store).value = state
      }
      return false
    })
  }
  function drawSoon() {
    endFrame ??= moments.nextFrame(() => {
      endFrame = undefined
      if (draw(presses)) drawSoon()
    })
  }
  function drawInTime() {
    endWait ??= moments.after(outOfSightMs, () => {
      endWait = undefined
      if (draw(() => true)) drawInTime()
    })
  }

  return {
    of: signalOf,
    told(state) {
      waiting.set(state.store, state)
      if (presses(state)) drawSoon()
      else drawInTime()
    },
    inSight(stores) {
      sight = stores
      if (waiting.size > 0) drawSoon()
    },
    close() {
      endFrame?.()
      endWait?.()
    },
  }
}

export const browserMoments: Moments = {
  nextFrame(work) {
    const frame = requestAnimationFrame(work)
    return () => cancelAnimationFrame(frame)
  },
  after(ms, work) {
    const timer = setTimeout(work, ms)
    return () => clearTimeout(timer)
  },
}
