import { z } from 'zod'
import { instantOf, parseCivilDay } from './calendar.ts'
import type { Programme } from './schema.ts'

const instant = z.iso.datetime({ offset: true })

/** From when a programme decides: an instant with its offset, or a civil date, which begins at 0:00 in its time zone. */
export const inForceFrom = z
  .string()
  .refine(
    (text) => parseCivilDay(text) !== undefined || instant.safeParse(text).success,
    'must be a date such as 1405-07-01 or 2026-09-23, or an instant with its offset such as 2026-09-23T06:00:00+03:30',
  )

/** Milliseconds since 1970; undefined where the programme names no time. */
export function inForceFromMs(programme: Pick<Programme, 'inForceFrom' | 'timeZone'>): number | undefined {
  if (programme.inForceFrom === undefined) return undefined
  const day = parseCivilDay(programme.inForceFrom)
  return day === undefined ? Date.parse(programme.inForceFrom) : instantOf(day, 0, programme.timeZone ?? 'Asia/Tehran')
}

/**
 * Of the versions of a programme the one that decides what happens at an instant (milliseconds since 1970): the highest
 * whose time has come. Where none has, the lowest: somebody must decide. Undefined only where there are none.
 */
export function inForceAt<P extends Pick<Programme, 'version' | 'inForceFrom' | 'timeZone'>>(
  programmes: readonly P[],
  instantMs: number,
): P | undefined {
  const rising = programmes.toSorted((a, b) => a.version - b.version)
  return rising.findLast((one) => (inForceFromMs(one) ?? Number.NEGATIVE_INFINITY) <= instantMs) ?? rising[0]
}
