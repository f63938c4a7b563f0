import { civilTime, instantOf } from '#programme/calendar.ts'
import { compile } from '#programme/compiled.ts'
import { lotPolicyOf } from '#programme/expiry.ts'
import type { Programme } from '#programme/schema.ts'
import type { Lot } from './lots.ts'

/** How many civil days an instant lies before another. */
export function daysUntil(programme: Programme, { from, to }: { from: string; to: string }): number {
  const { timeZone } = compile(programme)
  return civilTime(Date.parse(to), timeZone).day - civilTime(Date.parse(from), timeZone).day
}

/** The first instant after `after` at which the programme wants the end of a lot to be announced. */
function nextReminder(programme: Programme, { unit, expiresAt = '', activeAt = '' }: Lot, after: string): string | undefined {
  const { timeZone } = compile(programme)
  const { day } = civilTime(Date.parse(expiresAt), timeZone)
  const since = activeAt > after ? activeAt : after
  return (lotPolicyOf(programme, unit)?.remind ?? [])
    .map(({ days }) => new Date(instantOf(day - days, 0, timeZone)).toISOString())
    .filter((instant) => instant > since)
    .sort()[0]
}

/**
 * The lots with the instants at which their ends are to be announced: those that were there before keep theirs, for
 * new ones the programme says it. Nothing that lies before `now` is announced.
 */
export function withReminders(
  programme: Programme,
  { before, lots, now }: { before: readonly Lot[]; lots: readonly Lot[]; now: string },
): readonly Lot[] {
  if (!programme.expiry || !lots.some((one) => one.expiresAt !== undefined)) return lots
  return lots.map(({ remindAt: _, ...lot }) => {
    if (lot.expiresAt === undefined) return lot
    const known = before.find((one) => one.unit === lot.unit && one.issuedBy === lot.issuedBy && one.expiresAt === lot.expiresAt)
    const remindAt = known ? known.remindAt : nextReminder(programme, lot, now)
    return remindAt === undefined ? lot : { ...lot, remindAt }
  })
}
