import { civilTime } from '#programme/calendar.ts'
import type { Programme } from '#programme/schema.ts'
import { tierOf, tierWindow } from '#programme/tier-of.ts'
import type { Effect } from '#protocol/effects.ts'
import { type ActiveDay, addActivity, measuresIn } from '../booking/activity.ts'
import type { Member } from './member-records.ts'

/** Days that a late sale may still be behind the newest one and count. */
const lateDays = 62

const zoneOf = ({ timeZone }: Programme) => timeZone ?? 'Asia/Tehran'

/** The civil day of an instant, in the programme's time zone. */
export const dayIn = (programme: Programme, at: string): number => civilTime(Date.parse(at), zoneOf(programme)).day

type Days = { from: number; to: number }

/** A booking asks twice for the same one. */
let latest: { programme: Programme; at: string; days: Days | undefined } | undefined

function windowIn(programme: Programme, at: string): Days | undefined {
  if (latest?.programme === programme && latest.at === at) return latest.days
  const window = tierWindow({ programme, at })
  const days = window && { from: dayIn(programme, window.from), to: dayIn(programme, at) }
  latest = { programme, at, days }
  return days
}

/** What a member did with `more` added, for the programme's tiers; as it was where it has none. */
export function activityWith(
  { activity: days = [] }: Member,
  { programme, more, at }: { programme: Programme; more: ActiveDay; at: string },
): Pick<Member, 'activity'> {
  const window = windowIn(programme, at)
  if (!window) return {}
  const newest = Math.max(window.from, days.at(-1)?.day ?? window.from)
  const length = window.to - window.from
  return { activity: addActivity(days, more, { from: newest - length - lateDays }) }
}

/**
 * The member's tier at an instant, by what was done until then and by a move that a rule decided (an effect `tier`).
 * Puts nothing: the rank goes with the member.
 */
export function rankAt(
  { rank, activity = [] }: Member,
  { programme, at, move }: { programme: Programme; at: string; move?: Extract<Effect, { kind: 'tier' }> | undefined },
): Member['rank'] {
  const window = windowIn(programme, at)
  if (!window) return rank
  const decided = tierOf({
    programme,
    current: move?.tier ?? rank?.tier,
    since: move?.since ?? rank?.since,
    measures: measuresIn(activity, window),
    at,
  })
  if (!decided) return rank
  const { tier, since, until } = decided
  return { tier, since, ...(until === undefined ? {} : { until }) }
}

/** Where a member stands among the tiers at an instant, with what was measured; undefined where there are none. */
export function tierStanding({ rank, activity = [] }: Member, { programme, at }: { programme: Programme; at: string }) {
  const window = windowIn(programme, at)
  if (!window) return undefined
  const measures = measuresIn(activity, window)
  const decided = tierOf({ programme, current: rank?.tier, since: rank?.since, measures, at })
  return decided && { ...decided, measures }
}
