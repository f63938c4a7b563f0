import { columnsOf, recordOf } from '../books/table.ts'
import { tables } from '../books/tables.ts'
import type { Reader } from '../store/questions.ts'
import type { Insight } from './member-insight.ts'
import { type Behaviour, quintiles, scoreBy, segmentOf } from './rfm.ts'
import { intervalOf, scoresOf } from './scores.ts'
import type { Profiled, Segments } from './segments.ts'

const columns = columnsOf(tables.insight)
const names = columns.map(({ column }) => column)

/** Days between visits, in tenths, where the club knows none yet. */
const unknownInterval = 300

/** All members who were not erased, with what follows from their insight, as one another's scores are made of all. */
export async function everybody(reader: Reader, { now, segments }: { now: string; segments: Segments }): Promise<Profiled[]> {
  const rows = await reader.query<Record<string, string | number | null>>(
    `SELECT ${names.join(', ')} FROM insights i
     WHERE NOT EXISTS (SELECT 1 FROM erasures e WHERE e.memberid = i.memberid) ORDER BY memberid`,
  )
  const all = rows.map((row) =>
    recordOf<Insight>(
      columns,
      names.map((name) => row[name] ?? null),
    ),
  )
  const usual = usualInterval(all)
  const scored = all.map((insight) => ({ insight, scores: scoresOf(insight, { now, usual }) }))
  const behaviours = scored.map(({ insight, scores }): Behaviour | undefined =>
    scores.away === undefined ? undefined : { recency: scores.away, frequency: insight.purchases, spend: insight.spend },
  )
  const thresholds = segments.rfm
  const rfmOf = thresholds
    ? (one: Behaviour) => scoreBy(thresholds, one)
    : quintiles(behaviours.filter((one) => one !== undefined))
  return scored.map((one, index) => {
    const behaviour = behaviours[index]
    const points = behaviour && rfmOf(behaviour)
    return { ...one, points, rfm: points ? segmentOf(points) : 'never-bought' }
  })
}

/** The median of the members' own intervals. */
function usualInterval(all: readonly Insight[]): number {
  const known = all.flatMap((one) => intervalOf(one) ?? []).sort((a, b) => a - b)
  return known[known.length >> 1] ?? unknownInterval
}
