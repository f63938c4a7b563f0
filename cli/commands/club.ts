import { type Club, startClub } from '#club/club.ts'
import { readClubConfig } from '#club/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { createLogger, type Logger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { builtPages } from '../built-pages.ts'
import { shareCompiled } from '../compile-cache.ts'
import { untilStopped } from './until-stopped.ts'
import { watchdogOf } from './watchdog.ts'

/**
 * `vafa club`: runs until SIGTERM or SIGINT; SIGHUP reads the programmes and the pages' certificate again. Standard output says when it is ready;
 * logs go to standard error.
 */
export async function runClub(options: { config: string }): Promise<void> {
  const config = readClubConfig(options.config)
  const log = createLogger({ name: 'club' })
  let running: Club | undefined
  // From the start on: until there is something to read again, the signal must not end the process.
  process.on('SIGHUP', () => {
    if (!running) return
    reloadProgrammes(running, options.config, log)
    running.renewPages()
  })
  if (config.pages) builtPages()
  const { service, watchdog } = watchdogOf(log)
  const club = await startClub({ config, runtime: systemRuntime, log, watchdog })
  running = club
  const at = config.broker?.mosquitto.url ?? `${config.listen.host}:${club.port}`
  process.stdout.write(`ready: club ${config.club} on ${at}\n`)
  setImmediate(shareCompiled)
  service.ready(`club ${config.club} on port ${club.port}`)
  untilStopped(() => {
    service.stopping()
    return club.close()
  })
  const failure = await club.closed
  if (failure) throw failure
}

/** Of club.yaml only what names the programmes is taken anew. */
function reloadProgrammes(club: Club, file: string, log: Logger): void {
  try {
    club.reloadProgrammes(readClubConfig(file))
  } catch (error) {
    const { key, hint } = error instanceof VafaError ? error : {}
    log.error({ key, reason: messageOf(error), hint }, 'the configuration was not read again; the programmes that run go on')
  }
}
