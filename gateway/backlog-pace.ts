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
const [first, fewest] = [32, 16]
/** The quickest answer is forgotten after twice so long at most: the line may have become another. */
const rememberMs = 300_000

/**
 * Feels its way: as long as answers come soon it sends more side by side, up to `most`; where they come late (a thin line, a
 * club that reads each store so much a second only, or one to which a thousand boxes come back at once) fewer. What is
 * under way is what a live fact stands behind. Late is what comes so much later than the quickest: a line that is long, or a
 * machine that is busy, is not made quicker by sending less.
 */
export function createBacklogPace({ most }: { most: number }): BacklogPace {
  let window = Math.min(first, most)
  let underWay = 0
  let cutAt = Number.NEGATIVE_INFINITY
  const none = Number.POSITIVE_INFINITY
  let quickest = { now: none, before: none, since: 0 }
  return {
    mayGo: () => underWay < window,
    launched() {
      underWay += 1
    },
    answered(afterMs, now) {
      underWay = Math.max(0, underWay - 1)
      if (afterMs === undefined) return
      if (now - quickest.since > rememberMs) quickest = { now: none, before: quickest.now, since: now }
      quickest.now = Math.min(quickest.now, afterMs)
      const late = afterMs - Math.min(quickest.now, quickest.before)
      if (late <= targetMs) {
        window = Math.min(most, window + 1)
        return
      }
      // Once for all that was under way together.
      if (late < 2 * targetMs || now - cutAt < afterMs) return
      window = Math.max(Math.min(fewest, most), Math.floor(window * 0.7))
      cutAt = now
    },
    reset() {
      underWay = 0
      window = Math.min(first, most)
      cutAt = Number.NEGATIVE_INFINITY
      quickest = { now: none, before: none, since: 0 }
    },
  }
}
