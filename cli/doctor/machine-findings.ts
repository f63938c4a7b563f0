import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { GatewayStanding } from '#gateway/control.ts'
import { gatewayMigrations } from '#gateway/database.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import { openDatabaseToRead } from '#runtime/sqlite.ts'
import type { Machine } from '../attached/machine.ts'
import { apart, counted, type Finding, failed, ok, warning } from './finding.ts'

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
    const megabytes = Math.floor(free / mega)
    const left = {
      en: `${megabytes} MB are free in ${folder}`,
      fa: `${counted(megabytes)} مگابایت جا در ${apart(folder)} هست`,
    }
    if (free < leastFree || ffree === 0)
      return failed('disk', 'disk', left, `df -h ${folder} && sudo journalctl --vacuum-size=100M`)
    return free < littleFree ? warning('disk', 'disk', left, `df -h ${folder}`) : ok('disk', left)
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      return ok('disk', {
        en: `${folder} is not there yet: the gateway makes it at its first start`,
        fa: `${apart(folder)} هنوز نیست: سرویس فروشگاه در نخستین راه‌اندازی آن را می‌سازد`,
      })
    if (codeOf(error) === 'EACCES' || codeOf(error) === 'EROFS')
      return failed(
        'disk',
        'permission',
        { en: `this user may not write ${folder}`, fa: `این کاربر حق نوشتن در ${apart(folder)} را ندارد` },
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
  if (!existsSync(database)) return ok('outbox', { en: 'there is none yet', fa: 'هنوز ساخته نشده است' })
  let opened: ReturnType<typeof openDatabaseToRead> | undefined
  try {
    opened = openDatabaseToRead(database, gatewayMigrations)
    const [check] = opened.pragma('quick_check(1)', { simple: false }) as { quick_check: string }[]
    if (check?.quick_check !== 'ok') throw new Error(`SQLite says ${check?.quick_check}`)
    const row = opened
      .prepare('SELECT count(*) AS count, total(length(body)) AS bytes, min(at) AS oldest FROM outbox WHERE settledat IS NULL')
      .get() as { count: number; bytes: number; oldest: number | null }
    return waiting(
      { count: row.count, bytes: row.bytes, ...(row.oldest === null ? {} : { oldest: new Date(row.oldest).toISOString() }) },
      now,
    )
  } catch (error) {
    if (error instanceof VafaError && error.key === 'database.other')
      return warning('outbox', 'outbox', {
        en: `${error.message}; the gateway brings it up to date when it starts`,
        fa: `${apart(error.message)}؛ سرویس فروشگاه هنگام راه‌اندازی آن را به‌روز می‌کند`,
      })
    const said = {
      en: `${database} cannot be read: ${messageOf(error)}`,
      fa: `${apart(database)} خوانده نمی‌شود: ${apart(messageOf(error))}`,
    }
    return failed('outbox', 'disk', said, 'sudo systemctl stop vafa-gateway && sudo -u vafa vafa gateway repair')
  } finally {
    opened?.close()
  }
}

function waiting({ count, bytes, oldest }: { count: number; bytes: number; oldest?: string }, now: number): Finding {
  if (count === 0) return ok('outbox', { en: 'everything has reached the club', fa: 'همه چیز به باشگاه رسیده است' })
  const ageMs = oldest === undefined ? 0 : now - Date.parse(oldest)
  const kilobytes = Math.ceil(bytes / 1_024)
  const said = {
    en: `${count} fact${count === 1 ? '' : 's'} (${kilobytes} kB) wait for the club${oldest === undefined ? '' : `, the oldest since ${oldest}`}`,
    fa: `${counted(count)} رویداد (${counted(kilobytes)} کیلوبایت) منتظر باشگاه است${oldest === undefined ? '' : `؛ قدیمی‌ترین ${agoIn(ageMs)} است`}`,
  }
  if (ageMs <= longMs) return ok('outbox', said)
  return warning('outbox', 'outbox', {
    en: `${said.en}: nothing is lost, mend the line`,
    fa: `${said.fa}: چیزی گم نشده است، خط را درست کنید`,
  })
}

/** «از ۲ ساعت پیش» */
function agoIn(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return `از ${counted(minutes)} دقیقه پیش`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `از ${counted(hours)} ساعت پیش` : `از ${counted(Math.floor(hours / 24))} روز پیش`
}

/** Any date before this Vafa was written is wrong. */
const earliest = Date.parse('2026-01-01')

/** Whether the wall clock is kept right, and how far it is from the club's. */
export function lookAtClock(
  machine: Machine,
  { standing, now }: { standing?: GatewayStanding | undefined; now: number },
): Finding {
  const set = 'sudo timedatectl set-ntp true'
  if (now < earliest)
    return failed(
      'clock',
      'clock',
      { en: `it says ${new Date(now).toISOString()}`, fa: `${apart(new Date(now).toISOString())} را نشان می‌دهد` },
      set,
    )
  const skewMs = standing?.skewMs
  if (skewMs !== undefined && Math.abs(skewMs) > 60_000) {
    const seconds = Math.round(Math.abs(skewMs) / 1_000)
    const said = {
      en: `it is ${seconds} s ${skewMs > 0 ? 'behind' : 'ahead of'} the club's`,
      fa: `${counted(seconds)} ثانیه از ساعت باشگاه ${skewMs > 0 ? 'عقب' : 'جلو'} است`,
    }
    return failed('clock', 'clock', said, set)
  }
  const kept = ['systemd/timesync/synchronized', 'chrony/chronyd.pid', 'ntpd.pid', 'openntpd.pid'].some((path) => {
    try {
      return statSync(`${machine.run}/${path}`).isFile()
    } catch {
      return false
    }
  })
  const told =
    skewMs === undefined
      ? { en: 'the club was not asked', fa: 'از باشگاه پرسیده نشد' }
      : { en: `${Math.abs(skewMs)} ms from the club's`, fa: `${counted(Math.abs(skewMs))} میلی‌ثانیه اختلاف با ساعت باشگاه` }
  if (kept) return ok('clock', { en: `kept by a time service; ${told.en}`, fa: `سرویس زمان آن را درست نگه می‌دارد؛ ${told.fa}` })
  const said = {
    en: `nothing keeps it right (${told.en}): receipts would have wrong times while the line is down`,
    fa: `چیزی آن را درست نگه نمی‌دارد (${told.fa}): تا خط قطع است ساعت رسیدها ممکن است غلط باشد`,
  }
  return warning('clock', 'clock', said, set)
}
