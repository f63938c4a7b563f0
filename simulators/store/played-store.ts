import type { Driver } from '#drivers/contract.ts'
import { magstripeHidOver } from '#drivers/magstripe-hid/driver.ts'
import { loadDrivers } from '#drivers/registry.ts'
import { scannerHidOver } from '#drivers/scanner-hid/driver.ts'
import { controlPath, type DeviceConfig, type GatewayConfig } from '#gateway/config.ts'
import { reachGateway } from '#gateway/control.ts'
import { type Gateway, startGateway } from '#gateway/gateway.ts'
import { localBrokerOf } from '#gateway/local-broker.ts'
import type { DeviceHealth } from '#protocol/state.ts'
import { pathBeside } from '#runtime/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { type Logger, silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { players } from '../devices/players.ts'
import type { Seen, VirtualDevice } from '../devices/virtual-device.ts'
import { createVirtualHid } from '../hid/virtual-hid.ts'
import { refusedOn } from './permission.ts'

export interface PlayedDevice {
  readonly device: string
  readonly driver: string
  /** The lane that it is configured for. */
  readonly lane: string
  readonly virtual: VirtualDevice
}

/** Something that a device of the store saw. `at`: milliseconds since 1970. */
export interface Happened {
  at: number
  device: string
  lane: string
  seen: Seen
}

/** A store's devices, played around its gateway. */
export interface PlayedStore {
  readonly config: GatewayConfig
  readonly devices: readonly PlayedDevice[]
  /** What is not played, and why: it is real, or on a lane that serves customers. */
  readonly left: readonly { device: string; reason: string }[]
  /** Where the gateway was started with them; its devices' health is known then. */
  readonly gateway: Gateway | undefined
  /** As the gateway finds them, whoever started it. */
  health(): Promise<readonly DeviceHealth[]>
  /** What has come already, the last of it. */
  readonly earlier: readonly Happened[]
  /** Whatever comes from now on. Returns how to stop. */
  onHappened(listener: (happened: Happened) => void): () => void
  close(): Promise<void>
}

export interface PlayedStoreOptions {
  config: GatewayConfig
  configFile: string
  /** These devices only. */
  only?: readonly string[]
  /** `running`: the store's own, which must be there; `own`: starts it here; `either`: its own where it runs. */
  gateway: 'running' | 'own' | 'either'
  log?: Logger
}

const keptEarlier = 200

/**
 * Plays every device of a store that can be played, around its gateway. Rejects with `sim.live-lane` where every lane
 * serves customers, with `gateway.running` or `sim.no-gateway` where the gateway is not as asked.
 */
export async function playStore(options: PlayedStoreOptions): Promise<PlayedStore> {
  const { config, configFile, log = silentLogger } = options
  const running = await isRunning(options)
  const hid = createVirtualHid()
  const listeners = new Set<(happened: Happened) => void>()
  const earlier: Happened[] = []
  const tell = (happened: Happened) => {
    earlier.push(happened)
    if (earlier.length > keptEarlier) earlier.shift()
    for (const listener of listeners) listener(happened)
  }
  const played: PlayedDevice[] = []
  const left: { device: string; reason: string }[] = []
  let gateway: Gateway | undefined
  const close = async () => {
    await Promise.all(played.map(({ virtual }) => virtual.close()))
    await gateway?.close()
  }
  try {
    for (const one of [...config.devices, ...localBrokerOf(config)]) {
      const { device, driver, lane } = one
      if (options.only && !options.only.includes(device)) continue
      const result = await play(one, {
        ...options,
        seen: (seen) => tell({ at: systemRuntime.now(), device, lane, seen }),
        ...(running ? {} : { hid }),
      })
      if ('reason' in result) left.push({ device, reason: result.reason })
      else played.push({ device, driver, lane, virtual: result.virtual })
    }
    if (played.length === 0) throw nothingToPlay(options, left)
    if (!running) {
      const seam = new Map<string, Driver>(await loadDrivers())
      seam.set('scanner-hid', scannerHidOver(hid.transport))
      seam.set('magstripe-hid', magstripeHidOver(hid.transport))
      gateway = await startGateway({ config, configFile, runtime: systemRuntime, log, drivers: seam })
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    config,
    devices: played,
    left,
    gateway,
    earlier,
    async health() {
      if (gateway) return gateway.health()
      const operator = await reachGateway(pathBeside(configFile, controlPath(config)))
      try {
        return (await operator?.standing())?.devices ?? []
      } finally {
        operator?.close()
      }
    },
    onHappened(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close,
  }
}

async function isRunning({ config, configFile, gateway }: PlayedStoreOptions): Promise<boolean> {
  if (gateway === 'own') return false
  const reached = await reachGateway(pathBeside(configFile, controlPath(config)))
  reached?.close()
  if (reached || gateway === 'either') return reached !== undefined
  throw new VafaError({
    key: 'sim.no-gateway',
    message: `the gateway of ${config.store} does not run`,
    hint: `start it (npx vafa gateway -c ${configFile}), or add --store to run one here`,
    permanent: false,
  })
}

type Playing = { virtual: VirtualDevice } | { reason: string }

async function play(
  { device, driver: kind, lane, options }: DeviceConfig,
  setting: Pick<PlayedStoreOptions, 'config' | 'configFile'> & {
    seen(what: Seen): void
    hid?: ReturnType<typeof createVirtualHid>
  },
): Promise<Playing> {
  const { config, configFile, seen, hid } = setting
  const [driver, player] = [(await loadDrivers([kind])).get(kind), players.get(kind)]
  if (!driver || !player) return { reason: `nobody plays ${kind}` }
  try {
    const parsed = driver.options.parse(options)
    const refused = refusedOn(config, driver.lanes?.(parsed) ?? [lane])
    if (refused) return { reason: refused.message }
    const virtual = await player({
      device,
      lane,
      options: parsed,
      beside: (path) => pathBeside(configFile, path),
      store: config.store,
      seen,
      ...(hid ? { hid } : {}),
    })
    return { virtual }
  } catch (error) {
    return { reason: messageOf(error) }
  }
}

function nothingToPlay(
  { config, configFile }: PlayedStoreOptions,
  left: readonly { device: string; reason: string }[],
): VafaError {
  const lanes = config.lanes.map(({ lane }) => lane)
  const refused = lanes.length > 0 && lanes.every((lane) => refusedOn(config, [lane]) !== undefined)
  const refusal = refused ? refusedOn(config, lanes) : undefined
  return (
    refusal ??
    new VafaError({
      key: 'sim.nothing-to-play',
      message: `${configFile} has no device that can be played${left.length === 0 ? '' : `: ${left.map(({ device, reason }) => `${device}: ${reason}`).join('; ')}`}`,
      hint: 'docs/simulators.md says what a device needs to be played',
    })
  )
}
