import { setFlagsFromString } from 'node:v8'
import { gatewayConfig } from '#gateway/config.ts'
import { startGateway } from '#gateway/gateway.ts'
import { readConfig } from '#runtime/config.ts'
import { createDeskedLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { boxInstruments } from '../box-instruments.ts'
import { shareCompiled } from '../compile-cache.ts'
import { untilStopped } from './until-stopped.ts'
import { watchdogOf } from './watchdog.ts'

/** `vafa gateway`: runs until SIGTERM or SIGINT. Standard output says when it is ready; logs go to standard error. */
export async function runGateway(options: { config: string }): Promise<void> {
  // V8 lets the space for new objects grow to 128 MB; a box may have 512 MB for everything (docs/performance.md).
  setFlagsFromString('--semi-space-growth-factor=1')
  const config = readConfig(options.config, gatewayConfig)
  const { log, desk } = createDeskedLogger({ name: 'gateway' })
  const { service, watchdog } = watchdogOf(log)
  const gateway = await startGateway({
    ...{ config, configFile: options.config, runtime: systemRuntime, log, logDesk: desk, watchdog },
    instruments: boxInstruments(options.config),
  })
  process.stdout.write(`ready: gateway of ${config.store} in ${Math.round(performance.now())} ms\n`)
  setImmediate(shareCompiled)
  service.ready(`gateway of ${config.store}`)
  untilStopped(() => {
    service.stopping()
    return gateway.close()
  })
}
