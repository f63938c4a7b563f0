import { instantOf, parseCivilDay, type TimeZone } from './calendar.ts'

interface Dated {
  inForceFrom?: string | undefined
  timeZone?: TimeZone | undefined
}

/** The instant (milliseconds since 1970) from which a version decides; undefined where it always does. */
export function inForceFromMs({ inForceFrom, timeZone = 'Asia/Tehran' }: Dated): number | undefined {
  if (inForceFrom === undefined) return undefined
  const day = parseCivilDay(inForceFrom)
  return day === undefined ? Date.parse(inForceFrom) : instantOf(day, 0, timeZone)
}

/** Whether a version decides what happens at an instant (ISO 8601). */
export const isInForce = (programme: Dated, at: string): boolean =>
  (inForceFromMs(programme) ?? Number.NEGATIVE_INFINITY) <= Date.parse(at)
