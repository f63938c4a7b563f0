import packageJson from '#package' with { type: 'json' }
import type { LaneScreen } from '#protocol/lane.ts'
import type { Reply } from '#protocol/reply.ts'
import type { KnownSecret } from '#protocol/token-keys.ts'
import type { Logger } from '#runtime/log.ts'
import type { MqttLogin, OpenLink } from '#runtime/mqtt-client.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { noTracer, type Tracer } from '#runtime/tracing/tracer.ts'
import { openCashiers } from './cashiers.ts'
import { createClubClock } from './clock.ts'
import { openClockMemory } from './clock-memory.ts'
import { type GatewayConfig, type LaneConfig, simulatorsOn } from './config.ts'
import type { KeptConfiguration } from './configuration/keeper.ts'
import type { BoxDisk } from './database.ts'
import { openDeviceMemories } from './device-memory.ts'
import { createDiskTrouble } from './disk-trouble.ts'
import { openDowns } from './downs.ts'
import { createEnvelopes } from './envelopes.ts'
import { createFingerDesk } from './fingers/enrolling.ts'
import { createFingers } from './fingers/fingers.ts'
import { openFingerLibrary } from './fingers/library.ts'
import { createLaneHardware } from './lane/hardware.ts'
import { traceFacts } from './lane/lane-trace.ts'
import { recoverHolds } from './lane/recovering-holds.ts'
import { type Lane, runLane } from './lane/runner.ts'
import type { LaneSetup } from './lane/state.ts'
import type { LaneWorld } from './lane/world.ts'
import { openOpenSales } from './open-sales.ts'
import { openOutbox } from './outbox.ts'
import { createPrinting, type LoadRasteriser } from './printing.ts'
import { openRedemptionIntents } from './redemption-intents.ts'
import { openDifferences } from './regulars/differences.ts'
import { recoverTaken } from './regulars/recovering.ts'
import { openRegulars } from './regulars/regulars.ts'
import { noStaff } from './staff.ts'
import { createTokenKeys } from './token-keys.ts'
import type { Updater } from './updates/updater.ts'
import { openUplink } from './uplink.ts'

/** What a box works with, and what a simulated one has otherwise: its disk, its line, its clock and what draws. */
export interface BoxOptions {
  config: GatewayConfig
  disk: BoxDisk
  /** The key for tokens in its configuration; head office may exchange it. */
  tokenKey: KnownSecret
  bootid: string
  /** Milliseconds since the machine came up; the runtime's own where it is left out. */
  sinceBoot?: (() => number) | undefined
  /** What it shows at the club's broker, asked at each connection. */
  login: () => MqttLogin
  /** A command from head office: resolves to the result to publish. */
  onCommand(name: string, payload: Buffer): Promise<string>
  /** Whoever keeps its configuration; it takes none from head office where that is left out. */
  configuration?: Pick<KeptConfiguration, 'state' | 'offered'> | undefined
  /** Who keeps Vafa itself up to date; it takes no updates where that is left out. */
  updater?: Pick<Updater, 'state' | 'offered'> | undefined
  /** The club has answered a fact. */
  onReply?(reply: Reply): void
  /** What who looks after a lane may ask with a PIN; refused where it is left out. */
  staff?: LaneWorld['staff'] | undefined
  /** The disk took nothing of facts that somebody waited for. */
  onRefused?(reason: string): void
  /** Real MQTT where it is left out. */
  openLink?: OpenLink | undefined
  /** How often the club is asked whether it answers; as the uplink has it where it is left out. */
  heartbeatMs?: number | undefined
  /** A process of its own where it is left out. */
  loadRasteriser?: LoadRasteriser | undefined
  /** Nobody traces where it is left out. */
  tracer?: Tracer
  runtime: Runtime
  log: Logger
}

export type Box = ReturnType<typeof openBox>

/**
 * A store's box without its devices: lanes, outbox and the line to the club on one disk. `recover` is called once its
 * devices are starting: then the lanes take up what a crash has interrupted.
 */
export function openBox(options: BoxOptions) {
  const { config, disk, tracer = noTracer, runtime, log } = options
  const tokenKeys = createTokenKeys({ own: options.tokenKey, club: config.club.name, keys: config.programmeKeys })
  const tokenKey = tokenKeys.current
  const { database } = disk
  const { sinceBoot, bootid } = options
  const memory = openClockMemory({ database, bootid, log })
  const clock = createClubClock(runtime, { ...(sinceBoot ? { sinceBoot } : {}), memory })
  const downs = openDowns({
    database,
    programmeKeys: config.programmeKeys,
    clock,
    runtime,
    log,
    onState: () => uplink.restate(),
    onErased: () => fingers.erased(),
    onRegulars: (json) => regulars.accept(json),
    onTokenKeys: tokenKeys.accept,
  })
  const fingers = createFingers({
    library: openFingerLibrary({ ...disk, runtime, log }),
    isErased: downs.isErased,
    runtime,
    log: log.child({ part: 'fingers' }),
  })
  const openSales = openOpenSales({ ...disk, runtime, log })
  const memories = openDeviceMemories({ ...disk, runtime, log })
  const intents = openRedemptionIntents({ ...disk, runtime, log })
  const cashiers = openCashiers({ ...disk, log })
  const { language, timeZone } = config
  const printing = createPrinting({ runtime, log, language, timeZone, loadRasteriser: options.loadRasteriser })
  const replies = new Map<string, (reply: Reply) => void>()
  const lanes = new Map<string, Lane>()
  const traces = traceFacts(tracer)

  const diskTrouble = createDiskTrouble({ database, runtime })
  const outbox = openOutbox({
    certain: clock.certain,
    ...{ ...disk, runtime, log },
    onCommitted(rows) {
      diskTrouble.committed()
      uplink.committed(rows)
    },
    onRefused(reason) {
      diskTrouble.refused(reason)
      options.onRefused?.(reason)
      uplink.restate()
    },
  })
  const envelopes = createEnvelopes({ store: config.store, boxid: outbox.boxid, bootid, clock, runtime })
  const regulars = openRegulars({
    ...{ ...disk, clock, log: log.child({ part: 'regulars' }) },
    boxid: outbox.boxid,
    sequence: () => outbox.sequence,
    onChange: () => uplink.restate(),
  })
  const differences = openDifferences({ database, log })
  const uplink = openUplink({
    club: config.club.name,
    store: config.store,
    url: config.club.url,
    login: options.login,
    openLink: options.openLink,
    heartbeatMs: options.heartbeatMs,
    clock,
    runtime,
    log,
    version: packageJson.version,
    outbox,
    envelopes,
    onFactReply(id, reply) {
      fingers.replied(id, reply)
      differences.replied(id, reply)
      traces.replied(id, reply.status)
      const listener = replies.get(id)
      replies.delete(id)
      options.onReply?.(reply)
      listener?.(reply)
    },
    onFactSent: traces.sent,
    onDown(what, payload) {
      if (what === 'configuration') options.configuration?.offered(payload)
      else if (what === 'update') options.updater?.offered(payload)
      else downs.accept(what, payload)
    },
    programme: downs.programmeState,
    offline: () => ({ exposure: regulars.exposure(), regulars: regulars.state(), differences: differences.state() }),
    tokenKeyid: () => tokenKey().keyid,
    configuration: () => options.configuration?.state(),
    update: () => options.updater?.state(),
    diskTrouble: diskTrouble.now,
    onCommand: options.onCommand,
    onProof(state) {
      for (const lane of lanes.values()) lane.uplink(state)
    },
  })

  const civilDateOf = civilDateIn(config.timeZone)
  const world: LaneWorld = {
    runtime,
    log,
    timeZone: config.timeZone,
    language: config.language,
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
    tracer,
    traces,
    printing,
    fingerDesk: createFingerDesk({ fingers, envelopes, outbox, tokenKey, uplink, runtime, log: log.child({ part: 'fingers' }) }),
    regulars,
    differences,
    staff: options.staff ?? noStaff,
    store: config.store,
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

  return {
    ...{ clock, downs, fingers, memories, printing, outbox, uplink, lanes, exposure: regulars.exposure },
    /** Lanes with a sale that a till still waits for. */
    busy: () => [...lanes].flatMap(([lane, { state }]) => (inSale.has(state.phase.at) ? [lane] : [])),
    recover(): void {
      for (const fact of outbox.unhanded()) {
        const lane = lanes.get(fact.lane)
        if (lane) lane.recover(fact)
        else log.warn({ lane: fact.lane, saleid: fact.saleid }, 'the lane of a sale without a receipt is no longer there')
      }
      recoverTaken(world)
      recoverHolds({ lanes, world })
    },
    /** What is under way is finished and the database closed. `closeDevices`: once no lane takes anything from them any more. */
    async close({ closeDevices }: { closeDevices(): Promise<void> }): Promise<void> {
      for (const lane of lanes.values()) lane.close()
      fingers.close()
      await closeDevices()
      await printing.close()
      await uplink.close()
      traces.close()
      downs.close()
      memories.close()
      outbox.close()
      openSales.close()
      database.close()
    },
  }
}

const inSale: ReadonlySet<string> = new Set(['open', 'quoted', 'tendering'])

const laneSetup = (
  { lane, kind, mode, budgetMs, earnOnly, receipt, timeouts }: LaneConfig,
  { currency, moneyShown, simulators }: GatewayConfig,
): LaneSetup => ({
  lane,
  kind,
  mode,
  simulators: simulatorsOn({ mode }, { simulators }),
  currency,
  moneyShown,
  budgetMs,
  earnOnly,
  receiptVia: receipt.via,
  timeouts,
})

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
