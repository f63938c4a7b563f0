import * as versions from '#programme/in-force.ts'
import type { Programme } from '#programme/schema.ts'
import { VafaError } from '#runtime/errors.ts'

/** The club's rules: those that decide, and those that follow at an instant of their own (`inForceFrom`). */
export interface Schedule<P = Programme> {
  current: P
  next?: P
}

/**
 * The programme that decides what happened at an instant (ISO 8601, a sale's `effectiveAt`), whenever the club hears of
 * it: a sale of before midnight that arrives after it is decided by the rules of its own day.
 *
 * `programmes` holds the schedule's and may hold every version that was ever in force; one that is still to come and
 * was withdrawn does not belong there.
 */
export function inForceAt(programmes: readonly [Programme, ...Programme[]], instant: string): Programme {
  return versions.inForceAt(programmes, Date.parse(instant)) ?? programmes[0]
}

/**
 * A schedule with what head office has published: the highest version that is in force decides, and the one that
 * is to come is the published one where there is one. What decided before stays known where nothing is to come, for sales
 * of then that arrive late.
 */
export function withPublished<P extends { programme: Programme }>(
  own: Schedule<P>,
  published: readonly P[],
  now: number,
): Schedule<P> {
  if (published.length === 0) return own
  const pending = ({ programme }: P) => (versions.inForceFromMs(programme) ?? 0) > now
  const all = [own.current, ...(own.next ? [own.next] : []), ...published]
  const [current = own.current, before] = all
    .filter((one) => !pending(one))
    .sort((a, b) => b.programme.version - a.programme.version)
  const next = [...published, ...(own.next ? [own.next] : [])].find(
    (one) => pending(one) && one.programme.version > current.programme.version,
  )
  if (next) return { current, next }
  const dated = current.programme.inForceFrom !== undefined
  return before && dated && before.programme.version < current.programme.version
    ? { current: before, next: current }
    : { current }
}

/** From when the next programme decides, milliseconds since 1970; undefined where there is none to come. */
export function nextFrom({ next }: Schedule, now: number): number | undefined {
  const from = next && versions.inForceFromMs(next)
  return from !== undefined && from > now ? from : undefined
}

/**
 * Throws a `VafaError` where the club cannot go by this schedule at `now` (milliseconds since 1970). `running` is the
 * programme in force until now, if the club has been running: there is no way back to an older one.
 */
export function checkSchedule({ current, next }: Schedule, { now, running }: { now: number; running?: Programme }): void {
  const from = versions.inForceFromMs(current)
  if (from !== undefined && from > now)
    throw wrong(
      'programme.not-yet',
      `programme version ${current.version} is in force only from ${current.inForceFrom}`,
      'name it as `nextProgramme`, and as `programme` the one that decides until then',
    )
  if (next) checkNext(current, next)
  if (!running) return
  checkCurrency(current, running)
  const fresh = versions.inForceAt(next ? [current, next] : [current], now) ?? current
  if (fresh.version < running.version)
    throw wrong(
      'programme.older',
      `programme version ${running.version} is in force, and version ${fresh.version} is an older one`,
      'to go back to old rules, give them a new, higher version',
    )
  const same = [current, next].find((one) => one?.version === running.version)
  if (same && JSON.stringify(same) !== JSON.stringify(running))
    throw wrong(
      'programme.changed',
      `programme version ${running.version} is in force with other rules`,
      'raise `version` in the programme: each version stands for one set of rules for ever',
    )
}

function checkNext(current: Programme, next: Programme): void {
  if (next.inForceFrom === undefined)
    throw wrong(
      'programme.undated',
      `the next programme, version ${next.version}, does not say from when it is in force`,
      "write `inForceFrom: '1405-07-01'` at its top, or name it as `programme`",
    )
  if (next.version <= current.version)
    throw wrong(
      'programme.older',
      `the next programme has version ${next.version}, and the current one has ${current.version}`,
      'raise `version` in the next programme',
    )
  checkCurrency(next, current)
}

function checkCurrency(fresh: Programme, { currency }: Programme): void {
  if (fresh.currency === currency) return
  throw wrong(
    'programme.currency',
    `programme version ${fresh.version} is in ${fresh.currency}, and the books are kept in ${currency}`,
    `write \`currency: ${currency}\` in it`,
  )
}

const wrong = (key: string, message: string, hint: string) => new VafaError({ key, message, hint })
