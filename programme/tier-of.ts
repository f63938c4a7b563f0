import { civilTime, dayOfJalali, instantOf, jalaliOf, type TimeZone } from './calendar.ts'
import { measuresOf, type Tier, type Tiers, type TierWindow } from './tiers.ts'

interface WithTiers {
  tiers?: Tiers | undefined
  timeZone?: TimeZone | undefined
}

/** What a member did in the window of `tierWindow`, by measure: `spend`, `visits`, `points:club`; what is not there is 0. */
export type Measures = Readonly<Record<string, number>>

export interface TierDecision {
  tier: string
  /** The last instant at which what the tier asks was reached; it is the next decision's `since`. */
  since: string
  /** `joined`: the first tier; `grace`: not reached any more, and not lost yet; `never-lowered`: not reached, and kept. */
  reason: 'joined' | 'raised' | 'kept' | 'grace' | 'never-lowered' | 'lowered'
  /** The tier stays at least until this instant; undefined where it cannot be lost. */
  until: string | undefined
  /** The next tier up and what is missing to it, by measure; undefined in the highest. */
  next: { tier: string; missing: Record<string, number> } | undefined
}

/** The instants between which a member is measured, by which `tierOf` decides at `at`. */
export function tierWindow({ programme, at }: { programme: WithTiers; at: string }): { from: string; to: string } | undefined {
  if (!programme.tiers) return undefined
  const { window } = programme.tiers
  const zone = programme.timeZone ?? 'Asia/Tehran'
  const { day } = civilTime(Date.parse(at), zone)
  const first = window.days === undefined ? firstDayOf(periodIndexOf(day, window), window) : day - window.days + 1
  return { from: new Date(instantOf(first, 0, zone)).toISOString(), to: at }
}

/**
 * The tier of a member at an instant; undefined where the programme has none. Up it goes at once, as far as was
 * reached. Down it goes when the tier has not been reached for long enough: in a window of days, when the days of grace
 * after `since` are over; in a calendar, when the period after the one of `since` is over, and then the days of grace.
 * To decide seldom or often gives the same.
 */
export function tierOf(given: {
  programme: WithTiers
  /** The id of the tier so far; undefined at the beginning, and one that is not there any more counts as none. */
  current: string | undefined
  /** The `since` of the last decision, or of the effect that moved the member. */
  since: string | undefined
  measures: Measures
  /** ISO 8601. */
  at: string
}): TierDecision | undefined {
  const { programme, measures, at } = given
  if (!programme.tiers) return undefined
  const { list, downgrade } = programme.tiers
  const earned = earnedIn(list, measures)
  const before = list.findIndex(({ id }) => id === given.current)
  const atMs = Date.parse(at)
  const clock = clockOf(programme.tiers, programme.timeZone ?? 'Asia/Tehran')
  const decided = (level: number, sinceMs: number, reason: TierDecision['reason']): TierDecision => ({
    tier: list[level]?.id ?? '',
    since: new Date(sinceMs).toISOString(),
    reason,
    until: level === 0 || downgrade === 'never' ? undefined : new Date(clock.heldUntil(sinceMs)).toISOString(),
    next: nextOf(list[level + 1], measures),
  })
  const sinceBefore = given.since === undefined ? atMs : Date.parse(given.since)
  // A tier to which a rule moved the member may count as reached until later than now.
  const now = before === earned ? Math.max(atMs, sinceBefore) : atMs
  if (before < 0) return decided(earned, atMs, 'joined')
  if (earned > before) return decided(earned, now, 'raised')
  if (earned === before) return decided(earned, now, 'kept')
  if (downgrade === 'never') return decided(before, sinceBefore, 'never-lowered')

  let level = before
  let sinceMs = sinceBefore
  while (level > earned && clock.heldUntil(sinceMs) <= atMs) {
    level = downgrade === 'drop-one' ? level - 1 : earned
    sinceMs = level === earned ? atMs : clock.afterDrop(sinceMs)
  }
  return decided(level, sinceMs, level === before ? 'grace' : 'lowered')
}

/**
 * The instant until which a tier to which a rule moves a member counts as reached: for one whole window of days, or in
 * this period of the calendar.
 */
export function sinceOfMove({ programme, at }: { programme: WithTiers; at: string }): string {
  const days = programme.tiers?.window.days ?? 0
  return new Date(Date.parse(at) + days * 86_400_000).toISOString()
}

/** The highest tier of which everything is reached. Tiers ask for more the higher they are. */
function earnedIn(list: readonly Tier[], measures: Measures): number {
  let earned = 0
  list.forEach((tier, level) => {
    if ([...measuresOf(tier)].every(([name, from]) => (measures[name] ?? 0) >= from)) earned = level
  })
  return earned
}

function nextOf(tier: Tier | undefined, measures: Measures): TierDecision['next'] {
  if (!tier) return undefined
  const missing = [...measuresOf(tier)].map(([name, from]) => [name, from - (measures[name] ?? 0)] as const)
  return { tier: tier.id, missing: Object.fromEntries(missing.filter(([, rest]) => rest > 0)) }
}

/** Until when a tier is held that was last reached at an instant, and what counts as that instant for the one below. */
function clockOf({ window, grace = 0 }: Tiers, zone: TimeZone) {
  const beginOf = (day: number) => instantOf(day, 0, zone)
  const dayOf = (ms: number) => civilTime(ms, zone).day
  /** The civil day with which the hold ends, without grace. */
  const holdEnds = (sinceMs: number) =>
    window.days === undefined ? firstDayOf(periodIndexOf(dayOf(sinceMs), window) + 2, window) : dayOf(sinceMs) + 1
  return {
    heldUntil: (sinceMs: number) => beginOf(holdEnds(sinceMs) + grace),
    // A period of the calendar passes for each step down; in a window of days, the days of grace.
    afterDrop: (sinceMs: number) => beginOf(holdEnds(sinceMs) + (window.days === undefined ? 0 : grace)) - 1,
  }
}

const monthsIn = { year: 12, season: 3, month: 1 }

function periodIndexOf(day: number, { calendar = 'month' }: TierWindow): number {
  const { year, month } = jalaliOf(day)
  return Math.floor((year * 12 + month - 1) / monthsIn[calendar])
}

function firstDayOf(index: number, { calendar = 'month' }: TierWindow): number {
  const months = index * monthsIn[calendar]
  return dayOfJalali(Math.floor(months / 12), (months % 12) + 1, 1)
}
