import type { Localised } from '#protocol/text.ts'

/** What a score is made of: days since the last purchase, number of purchases, what was paid for them. */
export interface Behaviour {
  recency: number
  frequency: number
  spend: number
}

/** Each from 1 to 5; 5 is best. */
export type Rfm = Behaviour

/** Where the scores 2, 3, 4 and 5 begin. Of recency they fall: so many days at most. */
export interface Thresholds {
  recency: readonly number[]
  frequency: readonly number[]
  spend: readonly number[]
}

/** Fixed scores by thresholds. */
export const scoreBy = (thresholds: Thresholds, { recency, frequency, spend }: Behaviour): Rfm => ({
  recency: 1 + thresholds.recency.filter((most) => recency <= most).length,
  frequency: 1 + thresholds.frequency.filter((least) => frequency >= least).length,
  spend: 1 + thresholds.spend.filter((least) => spend >= least).length,
})

/**
 * Scores by fifths of all members who have bought: 5 is the best fifth. Who is equal scores equally, as the lowest of
 * them.
 */
export function quintiles(all: readonly Behaviour[]): (one: Behaviour) => Rfm {
  const recency = ascending(all.map((one) => -one.recency))
  const frequency = ascending(all.map((one) => one.frequency))
  const spend = ascending(all.map((one) => one.spend))
  return (one) => ({
    recency: fifth(recency, -one.recency),
    frequency: fifth(frequency, one.frequency),
    spend: fifth(spend, one.spend),
  })
}

const ascending = (values: readonly number[]) => Float64Array.from(values).sort()

/** How many fifths of the values lie below one. */
function fifth(values: Float64Array, value: number): number {
  let [from, to] = [0, values.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((values[middle] ?? 0) < value) from = middle + 1
    else to = middle
  }
  return values.length === 0 ? 1 : 1 + Math.floor((5 * from) / values.length)
}

export const rfmSegments = {
  champion: { fa: 'قهرمان', en: 'champion' },
  loyal: { fa: 'وفادار', en: 'loyal' },
  'at-risk': { fa: 'در خطر', en: 'at risk' },
  promising: { fa: 'امیدبخش', en: 'promising' },
  'needs-attention': { fa: 'نیازمند توجه', en: 'needs attention' },
  sleeping: { fa: 'خوابیده', en: 'sleeping' },
  new: { fa: 'تازه', en: 'new' },
  'about-to-sleep': { fa: 'رو به خواب', en: 'about to sleep' },
  lost: { fa: 'از دست رفته', en: 'lost' },
  'never-bought': { fa: 'بدون خرید', en: 'never bought' },
} as const satisfies Record<string, Localised>
export type RfmSegment = keyof typeof rfmSegments
export const rfmSegmentNames = Object.keys(rfmSegments) as [RfmSegment, ...RfmSegment[]]

const grid: readonly (readonly RfmSegment[])[] = [
  ['champion', 'promising', 'new'],
  ['loyal', 'needs-attention', 'about-to-sleep'],
  ['at-risk', 'sleeping', 'lost'],
]

/** By how lately (rows: 4–5, 3, 1–2) and how often (columns: 4–5, 2–3, 1); of spend it does not depend. */
export function segmentOf({ recency, frequency }: Rfm): RfmSegment {
  const row = recency >= 4 ? 0 : recency === 3 ? 1 : 2
  const place = frequency >= 4 ? 0 : frequency >= 2 ? 1 : 2
  return grid[row]?.[place] ?? 'lost'
}
