/** So many different unknown cards and numbers at once, then one in six seconds: a lane sees one a minute. */
const mostAtOnce = 20
const oneMoreAfterMs = 6_000

export type Strangers = ReturnType<typeof createStrangers>

/**
 * Counts the different credentials of a lane that the club did not know: somebody who tries cards or numbers to find one
 * that is somebody's has to wait. The same card again and again counts once. `now`: milliseconds that never go back.
 */
export function createStrangers({ now }: { now(): number }) {
  let left = mostAtOnce
  let at = now()
  const recent = new Set<string>()
  const refill = () => {
    const gained = Math.floor((now() - at) / oneMoreAfterMs)
    if (gained <= 0) return
    at += gained * oneMoreAfterMs
    left = Math.min(mostAtOnce, left + gained)
    if (left === mostAtOnce) recent.clear()
  }
  return {
    /** The club does not know this token. */
    note(token: string): void {
      refill()
      if (recent.has(token)) return
      if (left === mostAtOnce) at = now()
      recent.add(token)
      left = Math.max(0, left - 1)
    },
    /** Whether the club is asked about nobody here for now. */
    tooMany(): boolean {
      refill()
      return left === 0
    },
  }
}
