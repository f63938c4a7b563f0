import { z } from 'zod'
import { keyed, type Range, range, unknownKeys, word } from '#programme/vocabulary.ts'
import { localised } from '#protocol/text.ts'
import type { Insight } from './member-insight.ts'
import { type Rfm, type RfmSegment, rfmSegmentNames } from './rfm.ts'
import type { Scores } from './scores.ts'

const names = z.array(z.string().min(1).max(60)).min(1).max(1_000)
const steps = z.array(z.int().min(0)).length(4)

/** All that are given must hold. */
export const segmentConditions = z.strictObject(
  {
    visits: range(0).optional(),
    purchases: range(0).optional(),
    spend: range(0).optional().meta({ description: 'what was paid for all purchases' }),
    basket: range(0).optional().meta({ description: 'mean of what was paid for a purchase' }),
    interval: range(0).optional().meta({ description: 'mean days between visits; never true before the second visit' }),
    away: range(0).optional().meta({ description: 'days since the last purchase; never true before the first' }),
    membership: range(0).optional().meta({ description: 'days since signing up' }),
    risk: range(0).optional().meta({ description: 'churn risk in percent' }),
    lifetime: range(0).optional().meta({ description: 'likely spend in the next year' }),
    bought: names.optional().meta({ description: 'at least one of these categories was bought' }),
    favourite: names.optional().meta({ description: 'the category that is bought most is among these' }),
    store: names.optional().meta({ description: 'the store of most visits is among these' }),
    rfm: z.array(word('RFM segment', rfmSegmentNames)).min(1).optional(),
    get all(): z.ZodOptional<z.ZodArray<z.ZodType<SegmentConditions>>> {
      return several
    },
    get any(): z.ZodOptional<z.ZodArray<z.ZodType<SegmentConditions>>> {
      return several
    },
    get not(): z.ZodOptional<z.ZodType<SegmentConditions>> {
      return nested.optional()
    },
  },
  { error: unknownKeys('condition of a segment', () => conditionWords) },
)
const nested: z.ZodType<SegmentConditions> = z.lazy(() => segmentConditions)
const several = z.array(nested).min(1).max(50).optional()
const conditionWords: readonly string[] = Object.keys(segmentConditions.shape)

export interface SegmentConditions {
  visits?: Range | undefined
  purchases?: Range | undefined
  spend?: Range | undefined
  basket?: Range | undefined
  interval?: Range | undefined
  away?: Range | undefined
  membership?: Range | undefined
  risk?: Range | undefined
  lifetime?: Range | undefined
  bought?: string[] | undefined
  favourite?: string[] | undefined
  store?: string[] | undefined
  rfm?: RfmSegment[] | undefined
  all?: SegmentConditions[] | undefined
  any?: SegmentConditions[] | undefined
  not?: SegmentConditions | undefined
}

/** A chain's own segments, and where its RFM scores begin. */
export const segmentsSchema = keyed('part of a segments file', {
  rfm: keyed('RFM score', { recency: steps, frequency: steps, spend: steps })
    .optional()
    .meta({ description: 'where the scores 2, 3, 4 and 5 begin; fifths of all members where it is left out' }),
  segments: z
    .array(
      keyed('part of a segment', {
        id: z.string().regex(/^[a-z0-9-]{1,60}$/, 'must be 1 to 60 of a–z, 0–9 and -'),
        name: localised.optional(),
        when: segmentConditions,
      }),
    )
    .max(200)
    .default([])
    .superRefine((segments, context) => {
      segments.forEach(({ id }, index) => {
        if (segments.findIndex((one) => one.id === id) < index)
          context.addIssue({ code: 'custom', path: [index, 'id'], message: `a second segment is called ${id}` })
      })
    }),
})
export type Segments = z.infer<typeof segmentsSchema>

/** A member as segments see one. */
export interface Profiled {
  insight: Insight
  scores: Scores
  rfm: RfmSegment
  /** What the segment comes from; undefined before the first purchase. */
  points: Rfm | undefined
}

const within = (value: number | undefined, range: Range | undefined): boolean =>
  range === undefined || (value !== undefined && value >= (range.from ?? 0) && value <= (range.to ?? Number.POSITIVE_INFINITY))
const among = (value: string | undefined, list: readonly string[] | undefined): boolean =>
  list === undefined || (value !== undefined && list.includes(value))

/** Whether a member belongs to a segment. */
export function belongs(when: SegmentConditions, member: Profiled): boolean {
  const { insight, scores, rfm } = member
  const tenth = (value: number | undefined) => (value === undefined ? undefined : value / 10)
  const percent = scores.risk === undefined ? undefined : scores.risk / 100
  return (
    within(insight.visits, when.visits) &&
    within(insight.purchases, when.purchases) &&
    within(insight.spend, when.spend) &&
    within(scores.basket, when.basket) &&
    within(tenth(scores.interval), when.interval) &&
    within(scores.away, when.away) &&
    within(scores.membership, when.membership) &&
    within(percent, when.risk) &&
    within(scores.lifetime, when.lifetime) &&
    (when.bought === undefined || insight.tastes.some(({ category }) => when.bought?.includes(category))) &&
    among(scores.favourites[0]?.category, when.favourite) &&
    among(scores.store, when.store) &&
    among(rfm, when.rfm) &&
    (when.all?.every((one) => belongs(one, member)) ?? true) &&
    (when.any?.some((one) => belongs(one, member)) ?? true) &&
    !(when.not && belongs(when.not, member))
  )
}
