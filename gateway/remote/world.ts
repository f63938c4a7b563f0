import packageJson from '#package' with { type: 'json' }
import type { ProgrammeState } from '#protocol/state.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { LogDesk } from '#runtime/log-desk.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { ClubClock } from '../clock.ts'
import type { GatewayConfig } from '../config.ts'
import type { KeptConfiguration } from '../configuration/keeper.ts'
import type { Devices } from '../devices.ts'
import type { Lane } from '../lane/runner.ts'
import type { Outbox } from '../outbox.ts'
import type { Printing } from '../printing.ts'
import type { Updater } from '../updates/updater.ts'
import type { Uplink } from '../uplink.ts'
import type { CommandWorld } from './commands.ts'
import type { Instruments } from './instruments.ts'
import { testSlip } from './test-slip.ts'

/** Facts that are sent again by one command; the club asks for the rest later. */
const resentAtOnce = 5_000
/** So that an answer stays well below the 256 KiB that brokers take. */
const recordingMax = 150_000
const answerMax = 180_000

export interface BoxWorldOptions {
  config: GatewayConfig
  boxid: string
  clock: ClubClock
  outbox: Outbox
  uplink: Uplink
  devices: Devices
  lanes: ReadonlyMap<string, Lane>
  printing: Printing
  programme(): ProgrammeState
  beside(path: string): string
  logDesk: LogDesk | undefined
  instruments: Instruments | undefined
  configuration: KeptConfiguration | undefined
  updater: Updater
  /** Aborted when the gateway ends. */
  ended: AbortSignal
  runtime: Runtime
  log: Logger
}

/** The running gateway as head office's commands see it. */
export function createBoxWorld(options: BoxWorldOptions): CommandWorld {
  const { config, boxid, clock, outbox, uplink, devices, lanes, printing, logDesk, instruments, runtime, log } = options
  const noDevice = (device: string) => {
    const names = config.devices.map((one) => one.device).join(', ')
    return new VafaError({ key: 'device.unknown', message: `there is no device “${device}” that runs; there are ${names}` })
  }
  let capturing: string | undefined
  return {
    club: config.club.name,
    store: config.store,
    boxid,
    keys: config.programmeKeys,
    now: clock.now,
    status: () => ({
      version: packageJson.version,
      boxid,
      backlog: outbox.backlog(),
      programme: options.programme(),
      configuration: options.configuration?.state(),
      update: options.updater.state(),
      devices: devices.health(),
      lanes: [...lanes].map(([lane, { state }]) => ({ lane, state: state.phase.at })),
    }),
    resend(ranges) {
      const rows = outbox.reopen(ranges, resentAtOnce)
      log.warn({ facts: rows.length }, 'the club has lost facts; they are sent again')
      uplink.sendAgain(rows)
      return rows.length
    },
    devices: devices.health,
    async restartDevice(device) {
      if (!devices.restart(device)) throw noDevice(device)
    },
    async testPrint(lane) {
      const { hardware } = lanes.get(lane) ?? {}
      if (!hardware) throw new VafaError({ key: 'lane.unknown', message: `there is no lane “${lane}”` })
      return printing.print(testSlip({ ...config, lane, at: new Date(clock.now()).toISOString() }), hardware)
    },
    recentLog: (lines) => logDesk?.recent(lines) ?? [],
    setLogLevel(level, minutes) {
      const before = logDesk?.level ?? 'info'
      logDesk?.setLevel(level)
      runtime.after(minutes * 60_000, () => logDesk?.setLevel(before))
    },
    async doctor() {
      const findings = await instrumentsOf(instruments).doctor()
      if (JSON.stringify(findings).length <= answerMax) return findings
      return findings.slice(0, 100)
    },
    async reload() {
      if (options.configuration) return options.configuration.reload()
      throw absent()
    },
    update: async () => ({ update: options.updater.retry() }),
    async capture(device, seconds) {
      const found = devices.find(device)
      if (!found) throw noDevice(device)
      const { capture } = instrumentsOf(instruments)
      if (capturing !== undefined)
        throw new VafaError({
          key: 'box.busy',
          message: `the wire of ${capturing} is being recorded`,
          hint: 'one at a time: ask again when that is over',
          permanent: false,
        })
      capturing = device
      log.warn({ device, seconds }, 'head office records what passes on this device’s wire, with credentials masked')
      try {
        return await capture({
          ...{ device, seconds, charsMax: recordingMax, beside: options.beside, signal: options.ended },
          ...{ driver: found.driver, options: found.options, redirect: found.redirect },
        })
      } finally {
        capturing = undefined
      }
    },
  }
}

function instrumentsOf(instruments: Instruments | undefined): Instruments {
  if (instruments) return instruments
  throw absent()
}

const absent = () => new VafaError({ key: 'command.absent', message: 'this gateway was started without what that needs' })
