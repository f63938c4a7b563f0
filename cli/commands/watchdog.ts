import type { Logger } from '#runtime/log.ts'
import type { Pulse } from '#runtime/pulse.ts'
import { type ServiceManager, serviceManager } from '#runtime/service-manager.ts'
import type { Watchdog } from '#runtime/watching.ts'

/**
 * Systemd's side of a daemon: told when it is ready, and fed each time that an attempt to commit completes, also one that
 * fails: a full disk is shown in the status, and no restart cures it.
 */
export function watchdogOf(log: Logger): {
  service: ServiceManager
  watchdog: Watchdog | undefined
} {
  const service = serviceManager({ env: process.env, log })
  let ok = true
  const onPulse = (pulse: Pulse) => {
    service.feed(pulse.ok ? (ok ? undefined : 'working') : `cannot commit: ${pulse.reason}`)
    ok = pulse.ok
  }
  return { service, watchdog: service.watchdogMs === undefined ? undefined : { everyMs: service.watchdogMs / 3, onPulse } }
}
