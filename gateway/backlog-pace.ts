/** How many facts of the backlog may be under way, so that a live one never has to wait long behind them. */
export interface BacklogPace {
  /** Whether one more may leave. */
  mayGo(): boolean
  launched(): void
  /** One was answered after so long, milliseconds; undefined where it had to be sent again. */
  answered(afterMs: number | undefined, now: number): void
  /** The line is gone, and all that was under way with it. */
  reset(): void
}

/** A live sale may be this much later for the backlog's sake; the lane's budget is ten times as long. */
const targetMs = 150
const [first, fewest] = [16, 4]

/**
 * Feels its way: as long as answers come soon it sends more side by side, up to `most`; where they come late (a thin line, a
 * club that reads each store so much a second only, or one to which a thousand boxes come back at once) fewer. What is
 * under way is what a live fact stands behind.
 */
export function createBacklogPace({ most }: { most: number }): BacklogPace {
  let window = Math.min(first, most)
  let underWay = 0
  let cutAt = Number.NEGATIVE_INFINITY
  return {
    mayGo: () => underWay < window,
    launched() {
      underWay += 1
    },
    answered(afterMs, now) {
      underWay = Math.max(0, underWay - 1)
      if (afterMs === undefined) return
      if (afterMs <= targetMs) {
        window = Math.min(most, window + 1)
        return
      }
      // Once for all that was under way together.
      if (afterMs < 2 * targetMs || now - cutAt < afterMs) return
      window = Math.max(Math.min(fewest, most), Math.floor(window * 0.7))
      cutAt = now
    },
    reset() {
      underWay = 0
      window = Math.min(first, most)
      cutAt = Number.NEGATIVE_INFINITY
    },
  }
}
