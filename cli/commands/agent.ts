import { journalPaths, startAgent } from '#agent/agent.ts'
import { agentConfig } from '#agent/config.ts'
import { openTtyConsole } from '#agent/console/tty-console.ts'
import { agentMigrations } from '#agent/journal/database.ts'
import { repairJournal } from '#agent/journal/repair.ts'
import { setPin } from '#agent/pin.ts'
import { loadDrivers } from '#drivers/registry.ts'
import { readConfig } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { createLogger, silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { openDatabase } from '#runtime/sqlite.ts'
import { readPin } from './read-pin.ts'

/** `vafa agent`: runs on its console until SIGTERM, SIGHUP or Ctrl-C. Logs go to standard error, where that is no console. */
export async function runAgent(options: { config: string }): Promise<void> {
  const config = readConfig(options.config, agentConfig)
  const { stdin, stdout, stderr } = process
  if (!stdin.isTTY || !stdout.isTTY)
    throw new VafaError({
      key: 'agent.no-console',
      message: 'the agent needs a console: standard input and output are none',
      hint: 'run it on a terminal, or by systemd with StandardInput=tty (docs/agent.md)',
    })
  const drivers = await loadDrivers(config.devices.map(({ driver }) => driver))
  let stop = () => {}
  const console = openTtyConsole({
    input: stdin,
    output: stdout,
    columns: config.console.columns,
    rows: config.console.rows,
    runtime: systemRuntime,
    onInterrupt: () => stop(),
  })
  const log = stderr.isTTY ? silentLogger : createLogger({ name: 'agent' })
  try {
    const agent = startAgent({ config, configFile: options.config, drivers, console, runtime: systemRuntime, log })
    let stopping = false
    stop = () => {
      if (stopping) process.exit(1)
      stopping = true
      agent.close().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    }
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
    // The far end of a serial console is gone, or its window.
    stdin.on('end', stop).on('error', stop)
  } catch (error) {
    console.close()
    throw error
  }
}

/** `vafa agent pin`: the agent may run meanwhile. */
export async function setAgentPin(options: { config: string }): Promise<void> {
  const config = readConfig(options.config, agentConfig)
  const pin = await readPin()
  const database = openDatabase(journalPaths(config, options.config).path, agentMigrations)
  try {
    await setPin(database, pin)
  } finally {
    database.close()
  }
  process.stdout.write('The PIN is set.\n')
}

/** `vafa agent repair`: what is whole of a damaged journal goes on in another one. The agent must not run. */
export function repairAgent(options: { config: string }): void {
  const config = readConfig(options.config, agentConfig)
  const { path } = journalPaths(config, options.config)
  const { folder, kept, doubtful, pin } = repairJournal({ path, now: Date.now() })
  const lines = [
    `the damaged journal lies in ${folder}, as it was; ${kept} of its entries are in the new one`,
    ...doubtful.map(
      ({ trace, total }) =>
        `not known whether it was answered: trace ${trace}${total === undefined ? '' : `, ${total}`}; ask for its receipt at the box`,
    ),
    ...(pin === 'lost' ? ['the PIN of the service menu is lost: set it anew with `vafa agent pin`'] : []),
    'now start the terminal; it goes on with the next batch',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
