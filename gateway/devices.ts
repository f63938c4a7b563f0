import type { Connection, DeviceEvent, DeviceHost, DeviceMemory, Driver, LanePages } from '#drivers/contract.ts'
import { type Supervisor, superviseDevice } from '#drivers/supervisor.ts'
import type { LaneScreen } from '#protocol/lane.ts'
import type { DeviceHealth } from '#protocol/state.ts'
import { pathBeside } from '#runtime/config.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { DeviceConfig } from './config.ts'
import type { Fingers } from './fingers/fingers.ts'
import type { LaneHardware } from './lane/hardware.ts'

/** Where a device's events go, and what of it the lane can use. */
export interface LaneOfDevice {
  hardware: LaneHardware
  deviceEvent(device: string, event: DeviceEvent): void
  refreshDisplay(): void
  screen(): LaneScreen
}

export interface DevicesOptions {
  store: string
  devices: readonly DeviceConfig[]
  /** Named in what is said of a wrong device. */
  configFile: string
  drivers: ReadonlyMap<string, Driver>
  laneOf(lane: string): LaneOfDevice | undefined
  memoryOf(device: string): DeviceMemory
  fingers: Pick<Fingers, 'attach' | 'detach' | 'seen'>
  draw: DeviceHost['draw']
  warm: DeviceHost['warm']
  runtime: Runtime
  log: Logger
  onHealth(health: DeviceHealth): void
}

/** A device as it is configured, which can be had elsewhere for a while. */
export interface SettledDevice {
  driver: Driver
  /** As the driver's schema gave them. */
  options: unknown
  /** Lets it go and opens it in another way; in its own where none is given. */
  redirect(other?: { driver: Driver; options: unknown }): void
}

export interface Devices {
  health(): DeviceHealth[]
  /** Where devices listen that listen themselves, while they do. */
  readonly addresses: ReadonlyMap<string, { host: string; port: number }>
  /** Where pages of lanes are served, while they are. */
  pages(): LanePages | undefined
  /** False where there is no such device, or its configuration is wrong. */
  restart(device: string): boolean
  /** A device that is configured rightly; undefined where there is none of this name. */
  find(device: string): SettledDevice | undefined
  close(): Promise<void>
}

/** Starts every device that is configured rightly; of the others it says what is wrong and where. */
export function startDevices(options: DevicesOptions): Devices {
  const { configFile, runtime, log } = options
  const health = new Map<string, DeviceHealth>()
  const addresses = new Map<string, { host: string; port: number }>()
  const supervisors = new Map<string, Supervisor>()
  const settled = new Map<string, SettledDevice>()
  const pages = new Map<string, LanePages>()
  const report = (one: DeviceHealth) => {
    health.set(one.device, one)
    options.onHealth(one)
  }
  for (const [index, config] of options.devices.entries()) {
    const { device, driver: kind } = config
    const ready = prepare(config, options)
    if ('fault' in ready) {
      const reason = `${configFile}: devices.${index}${ready.path}: ${ready.fault}`
      log.warn({ device, reason }, 'device left out')
      report({
        device,
        driver: kind,
        status: 'absent',
        since: new Date(runtime.now()).toISOString(),
        reason,
        key: 'config.device',
      })
      continue
    }
    const { driver, lanes } = ready
    const own = lanes.get(config.lane)
    const supervisor = superviseDevice({
      device,
      store: options.store,
      driver,
      options: ready.options,
      beside: (path) => pathBeside(configFile, path),
      memory: options.memoryOf(device),
      draw: options.draw,
      warm: options.warm,
      runtime,
      log,
      onEvent(told) {
        const event = told.kind === 'finger' ? options.fingers.seen(device, told) : told
        const named = 'lane' in event ? event.lane : undefined
        const lane = named === undefined ? own : lanes.get(named)
        if (lane) lane.deviceEvent(device, event)
        else log.warn({ device, lane: named ?? config.lane }, 'an event of a lane that this device does not serve')
      },
      onConnection(connection) {
        if (connection?.address) addresses.set(device, connection.address)
        else addresses.delete(device)
        if (connection?.pages) pages.set(device, connection.pages)
        else pages.delete(device)
        for (const [name, lane] of lanes) lane.hardware.changed(device, connection && connectionOf(connection, name))
        for (const [name, screen] of connection?.screens ?? []) {
          const lane = lanes.get(name)
          if (lane) screen.show(lane.screen())
        }
        if (connection?.display) own?.refreshDisplay()
        if (connection?.fingers) options.fingers.attach(device, config.lane, connection.fingers)
        else options.fingers.detach(device)
      },
      onHealth: report,
    })
    supervisors.set(device, supervisor)
    settled.set(device, { driver, options: ready.options, redirect: (other = ready) => supervisor.redirect(other) })
  }
  return {
    health: () => [...health.values()],
    addresses,
    pages: () => pages.values().next().value,
    restart(device) {
      supervisors.get(device)?.restart()
      return supervisors.has(device)
    },
    find: (device) => settled.get(device),
    async close() {
      await Promise.all([...supervisors.values()].map((supervisor) => supervisor.close()))
    },
  }
}

/** A connection as one of its lanes has it: with the till that speaks for this lane. */
function connectionOf(connection: Connection, lane: string): Connection {
  const till = connection.tills?.get(lane)
  return till ? { ...connection, till } : connection
}

type Prepared = { driver: Driver; options: unknown; lanes: ReadonlyMap<string, LaneOfDevice> } | { fault: string; path: string }

function prepare({ lane: laneName, driver: kind, options }: DeviceConfig, { drivers, laneOf }: DevicesOptions): Prepared {
  const noLane = (lane: string) => `there is no lane “${lane}”`
  if (!laneOf(laneName)) return { path: '.lane', fault: noLane(laneName) }
  const driver = drivers.get(kind)
  if (!driver) return { path: '.driver', fault: `there is no driver “${kind}”; there are ${[...drivers.keys()].join(', ')}` }
  const parsed = driver.options.safeParse(options)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return { path: ['.options', ...(issue?.path ?? [])].join('.'), fault: issue?.message ?? 'invalid' }
  }
  const lanes = new Map<string, LaneOfDevice>()
  for (const name of driver.lanes?.(parsed.data) ?? [laneName]) {
    const lane = laneOf(name)
    if (!lane) return { path: '.options', fault: noLane(name) }
    lanes.set(name, lane)
  }
  return { driver, options: parsed.data, lanes }
}
