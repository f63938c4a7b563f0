import type { Connection, Driver } from '#drivers/contract.ts'
import { superviseDevice } from '#drivers/supervisor.ts'
import { pathBeside } from '#runtime/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { AgentConfig } from './config.ts'
import type { AgentInput } from './machine/inputs.ts'
import type { DeviceState } from './machine/state.ts'

export interface TerminalDevices {
  /** What is connected now. */
  connections(): Connection[]
  close(): Promise<void>
}

/** The terminal's own reader, printer and display, by the same drivers and the same supervisor as at the box. */
export function startTerminalDevices(options: {
  config: Pick<AgentConfig, 'devices' | 'terminal'>
  configFile: string
  drivers: ReadonlyMap<string, Driver>
  runtime: Runtime
  log: Logger
  take(input: AgentInput): void
}): TerminalDevices {
  const { config, configFile, drivers, runtime, log, take } = options
  const states = new Map<string, DeviceState>()
  const connections = new Map<string, Connection>()
  const report = (state: DeviceState) => {
    states.set(state.device, state)
    take({ kind: 'devices', devices: [...states.values()] })
  }
  const supervisors = config.devices.flatMap(({ device, driver: kind, options: given }) => {
    const driver = drivers.get(kind)
    const parsed = driver?.options.safeParse(given)
    if (!driver || !parsed?.success) {
      const issue = parsed?.error?.issues[0]
      const reason = issue ? `${['options', ...issue.path].join('.')}: ${issue.message}` : `there is no driver “${kind}”`
      log.warn({ device, reason }, 'device left out')
      report({ device, status: 'absent', reason })
      return []
    }
    const memory = new Map<string, string>()
    return superviseDevice({
      device,
      store: config.terminal,
      driver,
      options: parsed.data,
      beside: (path) => pathBeside(configFile, path),
      // None of a terminal's drivers remembers anything over a restart.
      memory: { find: (name) => memory.get(name), keep: (name, value) => void memory.set(name, value) },
      draw: async () => {
        throw new VafaError({ key: 'device.unusable', message: `${device}: nothing is drawn for it on a terminal` })
      },
      warm: () => undefined,
      runtime,
      log,
      onEvent(event) {
        if (event.kind === 'credential') take({ kind: 'credential', credential: event.credential })
        else if (event.kind === 'refused') take({ kind: 'refused' })
      },
      onConnection(connection) {
        if (connection) connections.set(device, connection)
        else connections.delete(device)
      },
      onHealth: ({ status, reason }) => report({ device, status, ...(reason === undefined ? {} : { reason }) }),
    })
  })
  return {
    connections: () => [...connections.values()],
    async close() {
      await Promise.all(
        supervisors.map((one) =>
          one.close().catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'a device was left as it is')),
        ),
      )
    },
  }
}
