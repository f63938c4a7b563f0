/** So many a second, and so many at once after a rest. `now`: milliseconds that never go back. */
export interface Allowance {
  perSecond: number
  atOnce: number
}

/** A bucket for each name; at most `most` names are known, the least used give way. */
export function createAllowances({ perSecond, atOnce }: Allowance, most = 1_000) {
  const buckets = new Map<string, { left: number; at: number }>()
  const bucketOf = (name: string, now: number) => {
    const before = buckets.get(name)
    const left = before ? Math.min(atOnce, before.left + ((now - before.at) / 1_000) * perSecond) : atOnce
    return { left, at: now }
  }
  const put = (name: string, bucket: { left: number; at: number }) => {
    buckets.delete(name)
    buckets.set(name, bucket)
    const oldest = buckets.size > most ? buckets.keys().next().value : undefined
    if (oldest !== undefined) buckets.delete(oldest)
  }
  return {
    /** Takes one if there is one. */
    take(name: string, now: number): boolean {
      const bucket = bucketOf(name, now)
      const granted = bucket.left >= 1
      put(name, granted ? { ...bucket, left: bucket.left - 1 } : bucket)
      return granted
    },
    /** Whether there is one, without taking it. */
    has: (name: string, now: number): boolean => bucketOf(name, now).left >= 1,
  }
}
