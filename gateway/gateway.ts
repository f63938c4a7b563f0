import type { Driver } from '#drivers/contract.ts'
import { loadDrivers } from '#drivers/registry.ts'
import packageJson from '#package' with { type: 'json' }
import type { LaneScreen } from '#protocol/lane.ts'
import type { Reply } from '#protocol/reply.ts'
import type { DeviceHealth } from '#protocol/state.ts'
import type { KnownSecret } from '#protocol/token-keys.ts'
import { storeTopics } from '#protocol/topics.ts'
import { pathBeside, readSecret } from '#runtime/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { LogDesk } from '#runtime/log-desk.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { Watchdog } from '#runtime/watching.ts'
import { openCashiers } from './cashiers.ts'
import { createClubClock } from './clock.ts'
import { controlPath, diskOf, type GatewayConfig, type LaneConfig, simulatorsOn } from './config.ts'
import { serveOperator } from './control.ts'
import { openGatewayDatabase } from './database.ts'
import { openDeviceMemories } from './device-memory.ts'
import { startDevices } from './devices.ts'
import { openDowns } from './downs.ts'
import { bootIdOf, createEnvelopes } from './envelopes.ts'
import { createFingerDesk } from './fingers/enrolling.ts'
import { createFingers } from './fingers/fingers.ts'
import { openFingerLibrary } from './fingers/library.ts'
import { openClubLogin } from './identity/club-login.ts'
import { createLaneHardware } from './lane/hardware.ts'
import { recoverHolds } from './lane/recovering-holds.ts'
import { type Lane, type LaneWorld, runLane } from './lane/runner.ts'
import type { LaneSetup } from './lane/state.ts'
import { localBrokerOf } from './local-broker.ts'
import { openOpenSales } from './open-sales.ts'
import { openOutbox } from './outbox.ts'
import { createPrinting } from './printing.ts'
import { openRedemptionIntents } from './redemption-intents.ts'
import { createRemoteHands } from './remote/commands.ts'
import type { Instruments } from './remote/instruments.ts'
import { createBoxWorld } from './remote/world.ts'
import { createTokenKeys } from './token-keys.ts'
import { openUplink } from './uplink.ts'
import { warmUp } from './warm-up.ts'
import { openBoxMeter, watchBox } from './watching.ts'

export interface GatewayOptions {
  config: GatewayConfig
  /** Where the configuration was read from: its relative paths count from there, and errors name it. */
  configFile: string
  runtime: Runtime
  log: Logger
  /** The kinds of devices it knows; all that Vafa has where it is left out. */
  drivers?: ReadonlyMap<string, Driver>
  /** The log as head office may ask for it; nothing of it where it is left out. */
  logDesk?: LogDesk
  /** What head office can have this box looked at with; nothing beyond what the gateway knows where it is left out. */
  instruments?: Instruments
  /** Who feeds a watchdog by the pulse of the database. */
  watchdog?: Watchdog | undefined
}

export interface Gateway {
  readonly boxid: string
  readonly ports: {
    /** Where it is watched; absent without `watch`. */
    readonly watch?: number
    /** Where devices listen that listen themselves (tills), by device; absent until they do. */
    readonly devices: ReadonlyMap<string, { host: string; port: number }>
  }
  /** The last health of each device. */
  health(): DeviceHealth[]
  /** Whether the club answers. */
  readonly online: boolean
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
  const tokenKeys = createTokenKeys({
    own: readTokenKey(config, beside(config.tokenKey.secretFile)),
    club: config.club.name,
    keys: config.programmeKeys,
  })
  const devicesOfBox = [...config.devices, ...localBrokerOf(config)]
  const drivers = options.drivers ?? (await loadDrivers(devicesOfBox.map(({ driver }) => driver)))

  const meter = await openBoxMeter(config)
  const { path, keyFile } = diskOf(config, { file: configFile })
  const disk = openGatewayDatabase(path, { keyFile })
  const { database } = disk
  const clock = createClubClock(runtime)
  const downs = openDowns({
    database,
    programmeKeys: config.programmeKeys,
    clock,
    runtime,
    log,
    onProgramme: () => uplink.restate(),
    onErased: () => fingers.erased(),
    onTokenKeys: tokenKeys.accept,
  })
  const fingers = createFingers({
    library: openFingerLibrary({ ...disk, runtime }),
    isErased: downs.isErased,
    runtime,
    log: log.child({ part: 'fingers' }),
  })
  const openSales = openOpenSales({ ...disk, runtime, log })
  const memories = openDeviceMemories({ ...disk, runtime, log })
  const intents = openRedemptionIntents({ ...disk, runtime, log })
  const cashiers = openCashiers({ ...disk, log })
  const printing = createPrinting({ runtime, log, language: config.language, timeZone: config.timeZone })
  const replies = new Map<string, (reply: Reply) => void>()
  const lanes = new Map<string, Lane>()

  const outbox = openOutbox({ ...disk, runtime, log, onCommitted: (rows) => uplink.committed(rows) })
  const envelopes = createEnvelopes({ store: config.store, boxid: outbox.boxid, bootid: bootIdOf(runtime), clock, runtime })
  const uplink = openUplink({
    club: config.club.name,
    store: config.store,
    url: config.club.url,
    login: identity.login,
    clock,
    runtime,
    log,
    version: packageJson.version,
    outbox,
    envelopes,
    onFactReply(id, reply) {
      fingers.replied(id, reply)
      const listener = replies.get(id)
      replies.delete(id)
      meter.count('vafa_box_replies_total', { status: reply.status })
      listener?.(reply)
    },
    onDown: (what, payload) => downs.accept(what, payload),
    programme: downs.programmeState,
    tokenKeyid: () => tokenKeys.current().keyid,
    onCommand: async (name, payload) => JSON.stringify(await remoteHands(name, payload)),
    onProof(state) {
      for (const lane of lanes.values()) lane.uplink(state)
    },
  })

  const ended = new AbortController()
  const civilDateOf = civilDateIn(config.timeZone)
  const world: LaneWorld = {
    runtime,
    log,
    timeZone: config.timeZone,
    language: config.language,
    tokenKey: tokenKeys.current,
    codePrefix: config.codePrefix,
    shop: {
      club: config.club.name,
      title: config.title ?? { fa: config.store, en: config.store },
      moneyShown: config.moneyShown,
    },
    outbox,
    openSales,
    intents,
    cashiers,
    envelopes,
    uplink,
    printing,
    fingerDesk: createFingerDesk({
      fingers,
      envelopes,
      outbox,
      tokenKey: tokenKeys.current,
      uplink,
      runtime,
      log: log.child({ part: 'fingers' }),
    }),
    programmeFor: downs.programmeFor,
    sealingKey: downs.sealingKey,
    products: downs.products,
    onFactReply: (id, listener) => replies.set(id, listener),
    now: clock.now,
    businessDate: () => civilDateOf(clock.now()),
    civilDateOf,
  }

  for (const laneConfig of config.lanes) {
    const { lane } = laneConfig
    const hardware = createLaneHardware({ lane, runtime })
    const showScreen = (screen: LaneScreen) => {
      for (const one of hardware.screens) one.show(screen)
    }
    lanes.set(lane, runLane({ setup: laneSetup(laneConfig, config), hardware, world, showScreen }))
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
  for (const fact of outbox.unhanded()) {
    const lane = lanes.get(fact.lane)
    if (lane) lane.recover(fact)
    else log.warn({ lane: fact.lane, saleid: fact.saleid }, 'the lane of a sale without a receipt is no longer there')
  }
  recoverHolds({ lanes, world })
  const operator = await serveOperator(
    beside(controlPath(config)),
    {
      async standing() {
        const { proved: online, trouble } = uplink
        const skewMs = clock.skewMs()
        return {
          version: packageJson.version,
          online,
          ...(trouble === undefined ? {} : { trouble }),
          backlog: outbox.backlog(),
          ...(skewMs === undefined ? {} : { skewMs }),
          devices: devices.health(),
        }
      },
      fingers: async () => fingers.report(),
      keepFingers: fingers.keep,
      emptyFingers: fingers.empty,
    },
    log,
  )
  const { version: programme } = downs.programmeState()
  log.info({ store: config.store, boxid: outbox.boxid, lanes: lanes.size, devices: config.devices.length, programme }, 'ready')

  const remoteHands = createRemoteHands(
    createBoxWorld({
      ...{ config, boxid: outbox.boxid, clock, outbox, uplink, devices, lanes, printing, beside, runtime, log },
      programme: downs.programmeState,
      logDesk: options.logDesk,
      instruments: options.instruments,
      ended: ended.signal,
    }),
  )
  const watching = await watchBox({
    ...{ config, meter, database, watchdog: options.watchdog, runtime },
    standing: {
      backlog: outbox.backlog,
      sequence: () => outbox.sequence,
      online: () => uplink.proved,
      skewMs: clock.skewMs,
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
    cancelWarmUp()
    await watching?.close()
    for (const lane of lanes.values()) lane.close()
    await operator.close()
    fingers.close()
    await devices.close()
    await printing.close()
    await uplink.close()
    identity.close()
    downs.close()
    memories.close()
    outbox.close()
    openSales.close()
    database.close()
  }
  return {
    boxid: outbox.boxid,
    ports: {
      ...(watching?.port === undefined ? {} : { watch: watching.port }),
      devices: devices.addresses,
    },
    health: devices.health,
    get online() {
      return uplink.proved
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}

const laneSetup = (
  { lane, mode, budgetMs, earnOnly, receipt, timeouts }: LaneConfig,
  { currency, moneyShown, simulators }: GatewayConfig,
): LaneSetup => ({
  lane,
  mode,
  simulators: simulatorsOn({ mode }, { simulators }),
  currency,
  moneyShown,
  budgetMs,
  earnOnly,
  receiptVia: receipt.via,
  timeouts,
})

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

/** The civil date of an instant in a time zone, worked out anew at most once a minute. */
function civilDateIn(timeZone: string): (at: number) => string {
  // Swedish writes the ISO order.
  const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeZone })
  let minute = -1
  let date = ''
  return (at) => {
    const current = Math.floor(at / 60_000)
    if (current !== minute) {
      minute = current
      date = format.format(at)
    }
    return date
  }
}
