import { type KeptGateway, keepGateway } from '#gateway/configuration/keeper.ts'
import { messageOf } from '#runtime/errors.ts'
import { createDeskedLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { boxInstruments } from '../box-instruments.ts'
import { shareCompiled } from '../compile-cache.ts'
import { untilStopped } from './until-stopped.ts'
import { watchdogOf } from './watchdog.ts'

/** `vafa gateway`: runs until SIGTERM or SIGINT; SIGHUP reads gateway.yaml again. Standard output says when it is ready; logs go to standard error. */
export async function runGateway(options: { config: string }): Promise<void> {
  const { log, desk } = createDeskedLogger({ name: 'gateway' })
  let running: KeptGateway | undefined
  // From the start on: until there is something to read again, the signal must not end the process.
  process.on('SIGHUP', () => {
    running?.reload().then(
      ({ changed }) => log.info(changed ? 'gateway.yaml is taken anew' : 'gateway.yaml says what it said before'),
      (error: unknown) => log.error({ reason: messageOf(error) }, 'gateway.yaml was not taken; the box goes on by what it has'),
    )
  })
  const { service, watchdog } = watchdogOf(log)
  const kept = await keepGateway({
    ...{ configFile: options.config, runtime: systemRuntime, log, logDesk: desk, watchdog },
    instruments: boxInstruments(options.config),
  })
  running = kept
  process.stdout.write(`ready: gateway of ${kept.gateway.store} in ${Math.round(performance.now())} ms\n`)
  setImmediate(shareCompiled)
  service.ready(`gateway of ${kept.gateway.store}`)
  untilStopped(() => {
    service.stopping()
    return kept.close()
  })
}
