import type { Driver, LanePages } from '#drivers/contract.ts'
import { loadDrivers } from '#drivers/registry.ts'
import packageJson from '#package' with { type: 'json' }
import type { DeviceHealth } from '#protocol/state.ts'
import type { KnownSecret } from '#protocol/token-keys.ts'
import { storeTopics } from '#protocol/topics.ts'
import { pathBeside, readSecret } from '#runtime/config.ts'
import { namingDatabase } from '#runtime/database-error.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { LogDesk } from '#runtime/log-desk.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { openTracer } from '#runtime/tracing/tracer.ts'
import type { Watchdog, Watching } from '#runtime/watching.ts'
import { type Box, type BoxOptions, openBox } from './box.ts'
import { sinceBoot } from './clock-memory.ts'
import { controlPath, diskOf, type GatewayConfig } from './config.ts'
import type { KeptConfiguration } from './configuration/keeper.ts'
import { serveOperator } from './control.ts'
import { openGatewayDatabase, whenDamaged } from './database.ts'
import { type Devices, startDevices } from './devices.ts'
import { commitAttempt } from './disk-trouble.ts'
import { bootIdOf } from './envelopes.ts'
import { enrolmentUrl, openClubLogin } from './identity/club-login.ts'
import type { BoxIdentity } from './identity/identity.ts'
import { localBrokerOf } from './local-broker.ts'
import { createRemoteHands } from './remote/commands.ts'
import type { Instruments } from './remote/instruments.ts'
import { createBoxWorld } from './remote/world.ts'
import { createStaffDesk } from './staff.ts'
import { openUpdater, refuseUpdates, type Updater, type UpdaterOptions } from './updates/updater.ts'
import { warmUp } from './warm-up.ts'
import { openBoxMeter, watchBox } from './watching.ts'

export interface GatewayOptions {
  config: GatewayConfig
  /** Where the configuration was read from: its relative paths count from there, and errors name it. */
  configFile: string
  runtime: Runtime
  /** Milliseconds since the machine came up; the machine's own where it is left out. */
  sinceBoot?: () => number
  log: Logger
  /** The kinds of devices it knows; all that Vafa has where it is left out. */
  drivers?: ReadonlyMap<string, Driver>
  /** The log as head office may ask for it; nothing of it where it is left out. */
  logDesk?: LogDesk
  /** Whoever keeps its configuration; it takes none from head office where that is left out. */
  configuration?: KeptConfiguration
  /** What head office can have this box looked at with; nothing beyond what the gateway knows where it is left out. */
  instruments?: Instruments
  /** Who feeds a watchdog by the pulse of the database. */
  watchdog?: Watchdog | undefined
}

export interface Gateway {
  readonly store: string
  readonly boxid: string
  readonly ports: {
    /** Where it is watched; absent without `watch`. */
    readonly watch?: number
    /** Where devices listen that listen themselves (tills), by device; absent until they do. */
    readonly devices: ReadonlyMap<string, { host: string; port: number }>
    /** Where pages of lanes are served, once they are. */
    readonly pages: number | undefined
  }
  /** The last health of each device. */
  health(): DeviceHealth[]
  /** Whether the club answers. */
  readonly online: boolean
  /** What is wrong with the box as a whole: it cannot commit, the club does not answer. */
  troubles(): string[]
  /** Lanes with a sale that a till still waits for. */
  busy(): string[]
  /** Says the store's state to the club now: something in it has changed. */
  restate(): void
  close(): Promise<void>
}

/**
 * A store's box: devices, lanes, outbox and the line to the club. Resolves when it can take a sale; it waits neither
 * for devices nor for the club.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, configFile, runtime, log } = options
  const beside = (path: string) => pathBeside(configFile, path)
  const topics = storeTopics(config.club.name, config.store)
  const identity = await openClubLogin({ store: config.store, ...config.club }, { beside, runtime, log })
  const tokenKey = readTokenKey(config, beside(config.tokenKey.secretFile))
  const devicesOfBox = [...config.devices, ...localBrokerOf(config)]
  const drivers = options.drivers ?? (await loadDrivers(devicesOfBox.map(({ driver }) => driver)))

  const meter = await openBoxMeter(config)
  const { path, keyFile } = diskOf(config, { file: configFile })
  const disk = openGatewayDatabase(path, { keyFile })
  const updater = openBoxUpdater(config, {
    beside,
    identity: identity.identity,
    runtime,
    log,
    onState: () => box.uplink.restate(),
  })
  const resource = { 'service.name': 'vafa-gateway', 'service.version': packageJson.version, 'vafa.store': config.store }
  const tracer = await openTracer({ config: config.tracing, resource, beside, runtime, log })
  const { staffPinFile } = config.pages ?? {}
  const staff =
    staffPinFile === undefined
      ? undefined
      : createStaffDesk({
          hash: () => readSecret(beside(staffPinFile), 'what the PIN of the staff is compared with'),
          world: () => ({ ...world, devices: devices.health }),
          ...{ runtime, log },
        })
  // What is damaged shows itself when it is read: now, and not at the first sale.
  const box = openBoxOn(path, {
    ...{ config, disk, tokenKey, tracer, staff, runtime, log },
    bootid: bootIdOf(runtime),
    sinceBoot: options.sinceBoot ?? sinceBoot,
    login: identity.login,
    configuration: options.configuration,
    updater,
    onReply: ({ status }) => meter.count('vafa_box_replies_total', { status }),
    onRefused: (reason) => watching?.refused(reason),
    onCommand: async (name, payload) => JSON.stringify(await remoteHands(name, payload)),
  })
  const { clock, downs, fingers, memories, printing, outbox, uplink, lanes, exposure } = box
  let watching: Watching | undefined
  const ended = new AbortController()
  const commit = commitAttempt(disk.database)
  const troubles = () => {
    const club = uplink.proved ? [] : [uplink.trouble ?? 'the club does not answer']
    try {
      commit(runtime.now())
      return club
    } catch (error) {
      return [`the outbox cannot commit: ${messageOf(error)}`, ...club]
    }
  }
  const devices = startDevices({
    store: config.store,
    devices: devicesOfBox,
    configFile,
    drivers,
    laneOf: (lane) => lanes.get(lane),
    memoryOf: memories.of,
    fingers,
    draw: printing.draw,
    warm: printing.warm,
    runtime,
    log,
    onHealth: (health) => uplink.retain(topics.device(health.device), JSON.stringify(health)),
  })
  box.recover()
  const operator = await serveOperator(
    beside(controlPath(config)),
    {
      async standing() {
        const { proved: online, trouble } = uplink
        const skewMs = clock.skewMs()
        return {
          version: packageJson.version,
          online,
          troubles: troubles(),
          ...(trouble === undefined ? {} : { trouble }),
          backlog: outbox.backlog(),
          ...(skewMs === undefined ? {} : { skewMs }),
          devices: devices.health(),
        }
      },
      pairPage: async ({ lane, forget }) => {
        const pages = pagesOf(devices)
        if (forget) pages.forget(lane)
        return { ...pages.offer(lane), host: pages.host, port: pages.port, tls: config.pages?.tls !== undefined }
      },
      fingers: async () => fingers.report(),
      keepFingers: fingers.keep,
      emptyFingers: fingers.empty,
    },
    log,
  )
  const { version: programme } = downs.programmeState()
  log.info({ store: config.store, boxid: outbox.boxid, lanes: lanes.size, devices: config.devices.length, programme }, 'ready')

  const world = createBoxWorld({
    ...{ config, boxid: outbox.boxid, clock, outbox, uplink, devices, lanes, printing, beside, runtime, log },
    programme: downs.programmeState,
    logDesk: options.logDesk,
    instruments: options.instruments,
    configuration: options.configuration,
    updater,
    ended: ended.signal,
  })
  const remoteHands = createRemoteHands(world)
  watching = await watchBox({
    ...{ config, meter, database: disk.database, watchdog: options.watchdog, runtime },
    standing: {
      backlog: outbox.backlog,
      sequence: () => outbox.sequence,
      online: () => uplink.proved,
      skewMs: clock.skewMs,
      exposure,
      devices: devices.health,
      certificateUntil: identity.until,
    },
  }).catch((error: unknown) => {
    // Whoever cannot watch must not stop the sales.
    log.error({ reason: messageOf(error) }, 'nobody can watch this box')
    return undefined
  })
  const cancelWarmUp = warmUp(runtime)
  let closing: Promise<void> | undefined
  const close = async () => {
    ended.abort()
    updater.close()
    cancelWarmUp()
    await watching?.close()
    await operator.close()
    await box.close({ closeDevices: devices.close })
    await tracer.close()
    identity.close()
  }
  return {
    store: config.store,
    boxid: outbox.boxid,
    ports: {
      ...(watching?.port === undefined ? {} : { watch: watching.port }),
      devices: devices.addresses,
      get pages() {
        return devices.pages()?.port
      },
    },
    health: devices.health,
    get online() {
      return uplink.proved
    },
    troubles,
    busy: box.busy,
    restate: () => uplink.restate(),
    close() {
      closing ??= close()
      return closing
    },
  }
}

function pagesOf(devices: Devices): LanePages {
  const pages = devices.pages()
  if (pages) return pages
  throw new VafaError({
    key: 'page.away',
    message: 'this box serves no pages now',
    hint: 'gateway.yaml needs `pages:`; if it has, `vafa doctor` says why they are not there (docs/kiosk.md)',
  })
}

const openBoxOn = (path: string, options: BoxOptions): Box => namingDatabase(path, () => openBox(options), { whenDamaged })

function openBoxUpdater(
  { club, updates }: GatewayConfig,
  given: Pick<UpdaterOptions, 'runtime' | 'log' | 'onState'> & {
    beside(path: string): string
    identity: (() => BoxIdentity) | undefined
  },
): Updater {
  const { beside, identity, runtime, log, onState } = given
  if (!updates) return refuseUpdates({ runtime, onState })
  return openUpdater({
    ...{ club: club.name, command: updates.command, runtime, onState },
    log: log.child({ part: 'updates' }),
    places: {
      keysFile: beside(updates.keysFile),
      folder: beside(updates.folder),
      outcomeFile: beside(updates.outcomeFile),
    },
    source: identity && (() => ({ url: enrolmentUrl(club), identity: identity() })),
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
  })
}

/** The secret's own bytes as they stand in the file; 32 characters or more. */
function readTokenKey({ tokenKey: { keyid } }: GatewayConfig, file: string): KnownSecret {
  const secret = Buffer.from(readSecret(file, 'the key for tokens'), 'utf8')
  if (secret.length < 32)
    throw new VafaError({
      key: 'secret.short',
      message: `the key for tokens in ${file} has only ${secret.length} characters`,
      hint: 'it needs 32 or more; every box of a club has the same one',
    })
  return { keyid, secret }
}
