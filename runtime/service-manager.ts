import { spawn } from 'node:child_process'
import { messageOf } from './errors.ts'
import type { Logger } from './log.ts'

/**
 * What a daemon tells systemd (sd_notify(3)), by systemd's own `systemd-notify`, since Node has no datagram sockets of the
 * file system. Outside of systemd nothing is told.
 */
export interface ServiceManager {
  /** It works from now on; `status` is shown by `systemctl status`. */
  ready(status: string): void
  stopping(): void
  /** It is alive. Where this is not said within `watchdogMs` systemd kills and starts it again. */
  feed(status?: string): void
  /** Undefined where nobody watches. */
  readonly watchdogMs: number | undefined
}

export function serviceManager({ env, log }: { env: NodeJS.ProcessEnv; log: Logger }): ServiceManager {
  const watched = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(process.pid)
  const micros = watched ? Number(env.WATCHDOG_USEC) : Number.NaN
  const watchdogMs = Number.isFinite(micros) && micros > 0 ? micros / 1_000 : undefined
  let told = false
  const notify = (...words: string[]) => {
    if (env.NOTIFY_SOCKET === undefined) return
    const child = spawn('systemd-notify', words, { env, stdio: 'ignore' })
    child.on('error', (error) => {
      if (!told) log.error({ reason: messageOf(error) }, 'systemd cannot be told anything: is systemd-notify there?')
      told = true
    })
    child.unref()
  }
  const status = (text: string | undefined) => (text === undefined ? [] : [`STATUS=${text}`])
  return {
    ready: (text) => notify('READY=1', ...status(text)),
    stopping: () => notify('STOPPING=1'),
    feed: (text) => notify('WATCHDOG=1', ...status(text)),
    watchdogMs,
  }
}
