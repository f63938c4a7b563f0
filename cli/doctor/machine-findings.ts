import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { GatewayStanding } from '#gateway/control.ts'
import { gatewayMigrations } from '#gateway/database.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import { openDatabaseToRead } from '#runtime/sqlite.ts'
import type { Machine } from '../attached/machine.ts'
import { type Finding, failed, ok, warning } from './finding.ts'

const mega = 1_048_576
/** Below the first the box soon cannot sell; below the second somebody should look. */
const leastFree = 50 * mega
const littleFree = 500 * mega
const longMs = 3_600_000

/** Room for the outbox, and whether it may be written. */
export function lookAtDisk(database: string): Finding {
  const folder = dirname(database)
  try {
    const { bavail, bsize, ffree } = statfsSync(folder)
    accessSync(folder, constants.W_OK)
    if (existsSync(database)) accessSync(database, constants.R_OK | constants.W_OK)
    const free = bavail * bsize
    const left = `${Math.floor(free / mega)} MB are free in ${folder}`
    if (free < leastFree || ffree === 0)
      return failed('disk', 'disk', left, `df -h ${folder} && sudo journalctl --vacuum-size=100M`)
    return free < littleFree ? warning('disk', 'disk', left, `df -h ${folder}`) : ok('disk', left)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ok('disk', `${folder} is not there yet: the gateway makes it at its first start`)
    if (codeOf(error) === 'EACCES' || codeOf(error) === 'EROFS')
      return failed(
        'disk',
        'permission',
        `this user may not write ${folder}`,
        `ls -ld ${folder} && sudo chown -R vafa: ${folder}`,
      )
    return failed('disk', 'disk', messageOf(error), `df -h ${folder}`)
  }
}

/** What has not reached the club yet. The running gateway is asked first; its database is never opened for writing here. */
export function lookAtOutbox(
  database: string,
  { standing, now }: { standing?: GatewayStanding | undefined; now: number },
): Finding {
  if (standing) return waiting(standing.backlog, now)
  if (!existsSync(database)) return ok('outbox', 'there is none yet')
  let opened: ReturnType<typeof openDatabaseToRead> | undefined
  try {
    opened = openDatabaseToRead(database, gatewayMigrations)
    const [check] = opened.pragma('quick_check(1)', { simple: false }) as { quick_check: string }[]
    if (check?.quick_check !== 'ok') throw new Error(`SQLite says ${check?.quick_check}`)
    const row = opened.prepare('SELECT count(*) AS count, min(at) AS oldest FROM outbox WHERE settledat IS NULL').get() as {
      count: number
      oldest: number | null
    }
    return waiting({ count: row.count, ...(row.oldest === null ? {} : { oldest: new Date(row.oldest).toISOString() }) }, now)
  } catch (error) {
    if (error instanceof VafaError && error.key === 'database.other')
      return warning('outbox', 'outbox', `${error.message}; the gateway brings it up to date when it starts`)
    return failed('outbox', 'disk', `${database} cannot be read: ${messageOf(error)}`, 'vafa gateway salvage --help')
  } finally {
    opened?.close()
  }
}

function waiting({ count, oldest }: { count: number; oldest?: string }, now: number): Finding {
  if (count === 0) return ok('outbox', 'everything has reached the club')
  const ageMs = oldest === undefined ? 0 : now - Date.parse(oldest)
  const detail = `${count} fact${count === 1 ? '' : 's'} wait for the club${oldest === undefined ? '' : `, the oldest since ${oldest}`}`
  return ageMs > longMs ? warning('outbox', 'outbox', `${detail}: nothing is lost, mend the line`) : ok('outbox', detail)
}

/** Any date before this Vafa was written is wrong. */
const earliest = Date.parse('2026-01-01')

/** Whether the wall clock is kept right, and how far it is from the club's. */
export function lookAtClock(
  machine: Machine,
  { standing, now }: { standing?: GatewayStanding | undefined; now: number },
): Finding {
  const set = 'sudo timedatectl set-ntp true'
  if (now < earliest) return failed('clock', 'clock', `it says ${new Date(now).toISOString()}`, set)
  const skewMs = standing?.skewMs
  if (skewMs !== undefined && Math.abs(skewMs) > 60_000)
    return failed(
      'clock',
      'clock',
      `it is ${Math.round(Math.abs(skewMs) / 1_000)} s ${skewMs > 0 ? 'behind' : 'ahead of'} the club's`,
      set,
    )
  const kept = ['systemd/timesync/synchronized', 'chrony/chronyd.pid', 'ntpd.pid', 'openntpd.pid'].some((path) => {
    try {
      return statSync(`${machine.run}/${path}`).isFile()
    } catch {
      return false
    }
  })
  const told = skewMs === undefined ? 'the club was not asked' : `${Math.abs(skewMs)} ms from the club's`
  return kept
    ? ok('clock', `kept by a time service; ${told}`)
    : warning('clock', 'clock', `nothing keeps it right (${told}): receipts would have wrong times while the line is down`, set)
}
