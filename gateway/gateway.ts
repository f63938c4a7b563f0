import { createSecretKey } from 'node:crypto'
import type { Driver } from '#drivers/contract.ts'
import packageJson from '#package' with { type: 'json' }
import type { TokenKey } from '#protocol/credentials.ts'
import type { Reply } from '#protocol/reply.ts'
import type { DeviceHealth } from '#protocol/state.ts'
import { storeTopics } from '#protocol/topics.ts'
import { pathBeside, readSecret } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { openCashiers } from './cashiers.ts'
import { createClubClock } from './clock.ts'
import { answerCommand } from './commands.ts'
import type { GatewayConfig, LaneConfig } from './config.ts'
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
import type { LocalBroker } from './local-broker.ts'
import { openOpenSales } from './open-sales.ts'
import { openOutbox } from './outbox.ts'
import { createPrinting } from './printing.ts'
import { openRedemptionIntents } from './redemption-intents.ts'
import { openUplink } from './uplink.ts'
import { warmUp } from './warm-up.ts'

export interface GatewayOptions {
  config: GatewayConfig
  /** Where the configuration was read from: its relative paths count from there, and errors name it. */
  configFile: string
  runtime: Runtime
  log: Logger
  /** The kinds of devices it knows; all that Vafa has where it is left out. */
  drivers?: ReadonlyMap<string, Driver>
}

export interface Gateway {
  readonly boxid: string
  readonly ports: {
    /** The box's own broker. */
    readonly localBroker?: number
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
  const tokenKey = readTokenKey(config, beside(config.tokenKey.secretFile))
  const lanePasswords = readLanePasswords(config, beside)
  const drivers = options.drivers ?? (await import('#drivers/registry.ts')).drivers

  const database = openGatewayDatabase(beside(config.database))
  const clock = createClubClock(runtime)
  const downs = openDowns({
    database,
    programmeKeys: config.programmeKeys,
    clock,
    runtime,
    log,
    onProgramme: () => uplink.restate(),
    onErased: () => fingers.erased(),
  })
  const fingers = createFingers({
    library: openFingerLibrary({ database, runtime }),
    isErased: downs.isErased,
    runtime,
    log: log.child({ part: 'fingers' }),
  })
  const openSales = openOpenSales({ database, runtime, log })
  const memories = openDeviceMemories({ database, runtime, log })
  const intents = openRedemptionIntents({ database, runtime, log })
  const cashiers = openCashiers({ database, log })
  const printing = createPrinting({ runtime, log, language: config.language, timeZone: config.timeZone })
  const replies = new Map<string, (reply: Reply) => void>()
  const lanes = new Map<string, Lane>()

  const outbox = openOutbox({ database, runtime, log, onCommitted: (rows) => uplink.committed(rows) })
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
      listener?.(reply)
    },
    onDown: (what, payload) => downs.accept(what, payload),
    programme: downs.programmeState,
    onCommand: (name, payload) =>
      JSON.stringify(
        answerCommand(name, payload, {
          now: clock.now,
          status: () => ({
            version: packageJson.version,
            boxid: outbox.boxid,
            backlog: outbox.backlog(),
            programme: downs.programmeState(),
            devices: devices.health(),
            lanes: [...lanes].map(([lane, { state }]) => ({ lane, state: state.phase.at })),
          }),
        }),
      ),
    onProof(state) {
      for (const lane of lanes.values()) lane.uplink(state)
    },
  })

  const civilDateOf = civilDateIn(config.timeZone)
  const world: LaneWorld = {
    runtime,
    log,
    timeZone: config.timeZone,
    tokenKey,
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
    fingerDesk: createFingerDesk({ fingers, envelopes, outbox, tokenKey, uplink, runtime, log: log.child({ part: 'fingers' }) }),
    programmeFor: downs.programmeFor,
    sealingKey: downs.sealingKey,
    products: downs.products,
    onFactReply: (id, listener) => replies.set(id, listener),
    now: clock.now,
    businessDate: () => civilDateOf(clock.now()),
    civilDateOf,
  }

  let localBroker: LocalBroker | undefined
  for (const laneConfig of config.lanes) {
    const { lane } = laneConfig
    const hardware = createLaneHardware({ lane, runtime })
    const onBroker = lanePasswords.has(lane)
      ? {
          tell: (response: Parameters<LocalBroker['tell']>[1]) => localBroker?.tell(lane, response),
          showScreen: (screen: Parameters<LocalBroker['showScreen']>[0]) => localBroker?.showScreen(screen),
        }
      : {}
    lanes.set(lane, runLane({ setup: laneSetup(laneConfig, config), hardware, world, ...onBroker }))
  }
  const devices = startDevices({
    store: config.store,
    devices: config.devices,
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
  try {
    if (config.localBroker) {
      const { startLocalBroker } = await import('./local-broker.ts')
      localBroker = await startLocalBroker({
        club: config.club.name,
        store: config.store,
        listen: config.localBroker,
        passwords: lanePasswords,
        log: log.child({ part: 'local-broker' }),
        onRequest: (lane, request) => lanes.get(lane)?.request(request, lane),
      })
      for (const [lane, { screen }] of lanes) if (lanePasswords.has(lane)) localBroker.showScreen(screen())
    }
  } catch (error) {
    log.error(
      { reason: error instanceof Error ? error.message : String(error) },
      'no local broker: kiosks and tills on it stay silent',
    )
  }
  for (const fact of outbox.unhanded()) {
    const lane = lanes.get(fact.lane)
    if (lane) lane.recover(fact)
    else log.warn({ lane: fact.lane, saleid: fact.saleid }, 'the lane of a sale without a receipt is no longer there')
  }
  recoverHolds({ lanes, world })
  const { version: programme } = downs.programmeState()
  log.info({ store: config.store, boxid: outbox.boxid, lanes: lanes.size, devices: config.devices.length, programme }, 'ready')

  const cancelWarmUp = warmUp(runtime)
  let closing: Promise<void> | undefined
  const close = async () => {
    cancelWarmUp()
    for (const lane of lanes.values()) lane.close()
    fingers.close()
    await devices.close()
    await localBroker?.close()
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
    ports: { ...(localBroker ? { localBroker: localBroker.port } : {}), devices: devices.addresses },
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
  { currency, moneyShown }: GatewayConfig,
): LaneSetup => ({
  lane,
  mode,
  currency,
  moneyShown,
  budgetMs,
  earnOnly,
  receiptVia: receipt.via,
  timeouts,
})

/** The secret's own bytes as they stand in the file; 32 characters or more. */
function readTokenKey({ tokenKey: { keyid } }: GatewayConfig, file: string): TokenKey {
  const secret = Buffer.from(readSecret(file, 'the key for tokens'), 'utf8')
  if (secret.length < 32)
    throw new VafaError({
      key: 'secret.short',
      message: `the key for tokens in ${file} has only ${secret.length} characters`,
      hint: 'it needs 32 or more; every box of a club has the same one',
    })
  return { keyid, secret: createSecretKey(secret) }
}

function readLanePasswords(config: GatewayConfig, beside: (path: string) => string): ReadonlyMap<string, string> {
  const passwords = new Map<string, string>()
  if (!config.localBroker) return passwords
  for (const { lane, secretFile } of config.lanes)
    if (secretFile !== undefined) passwords.set(lane, readSecret(beside(secretFile), `the password of ${lane}`))
  return passwords
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
