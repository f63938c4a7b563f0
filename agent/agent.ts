import type { Driver } from '#drivers/contract.ts'
import { pathBeside } from '#runtime/config.ts'
import { namingDatabase } from '#runtime/database-error.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { AgentConfig } from './config.ts'
import type { Console } from './console/console.ts'
import { startTerminalDevices } from './devices.ts'
import { openJournalFile, whenDamaged } from './journal/database.ts'
import { openJournalKey } from './journal/sealed.ts'
import { openLine } from './line/line.ts'
import { stateOf } from './machine/machine.ts'
import type { AgentState, Moment, Setup } from './machine/state.ts'
import { checkPin } from './pin.ts'
import { createPaper } from './printing.ts'
import { runMachine } from './running.ts'
import { layOut } from './screens/lay-out.ts'
import { screenOf } from './screens/screen-of.ts'

export interface Agent {
  readonly state: AgentState
  close(): Promise<void>
}

export interface AgentOptions {
  config: AgentConfig
  configFile: string
  drivers: ReadonlyMap<string, Driver>
  console: Console
  runtime: Runtime
  log: Logger
}

/** Where the journal and its key lie. */
export function journalPaths(config: AgentConfig, configFile: string): { path: string; keyFile: string } {
  const path = pathBeside(configFile, config.journal)
  return { path, keyFile: config.journalKeyFile ? pathBeside(configFile, config.journalKeyFile) : `${path}.key` }
}

/** How far local time is ahead of UTC, as the zone has it at that instant. */
function offsetMinutesIn(timeZone: string): (now: number) => number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
  return (now) => {
    const text = parts.formatToParts(now).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(text) ?? []
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  }
}

/** Runs the terminal with its devices, its line and its console. */
export function startAgent({ config, configFile, drivers, console, runtime, log }: AgentOptions): Agent {
  const { path, keyFile } = journalPaths(config, configFile)
  const offset = offsetMinutesIn(config.timeZone)
  const moment = (): Moment => ({ now: runtime.now(), offsetMinutes: offset(runtime.now()) })
  const setup: Setup = {
    terminal: config.terminal,
    moneyShown: config.moneyShown,
    timeZone: config.timeZone,
    answerMs: config.gateway.answerMs,
    signs: config.gateway.mac !== undefined,
  }
  // The journal makes its folder, where its key goes too.
  const file = openJournalFile({ path, key: lazyKey(keyFile) })
  const show = (state: AgentState) => {
    const { columns, rows } = console
    console.show(
      layOut(screenOf(state, { setup, moment: moment() }), {
        columns,
        rows,
        language: state.language,
        bidi: config.console.bidi,
      }),
    )
  }

  const paper = createPaper({ runtime, log, timeZone: config.timeZone })
  const devices = startTerminalDevices({
    config,
    configFile,
    drivers,
    runtime,
    log,
    take: (input) => queueMicrotask(() => machine.take(input)),
  })
  const machine = runMachine({
    ...{ setup, moment, journal: file, runtime, log },
    state: stateOf(namingDatabase(path, () => file.load(runtime.now(), config.language), { whenDamaged })),
    openLine: (onState) => openLine({ config, configFile, runtime, log, onState }),
    show,
    async print(receipt) {
      const printer = devices.connections().find((one) => one.printer)?.printer
      if (!printer) return config.devices.some(({ driver }) => driver === 'printer-escpos') ? 'failed' : 'none'
      await paper.print(receipt, printer, machine.state.language)
      return 'printed'
    },
    signal(outcome) {
      for (const { tapSignal } of devices.connections()) tapSignal?.signal(outcome)
    },
    display(lines) {
      for (const { display } of devices.connections())
        display?.show(lines).catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'the display shows nothing'))
    },
    checkPin: (pin) => checkPin(file.database, pin, runtime.now()),
  })
  console.onKey((key) => machine.take({ kind: 'key', key }))
  console.onResize(() => show(machine.state))
  machine.take({ kind: 'start' })

  return {
    get state() {
      return machine.state
    },
    async close() {
      machine.close()
      await devices.close()
      await paper.close()
      console.close()
      file.close()
    },
  }
}

/** Opened at its first use, when the journal has made the folder. */
function lazyKey(keyFile: string): ReturnType<typeof openJournalKey> {
  let key: ReturnType<typeof openJournalKey> | undefined
  const opened = () => {
    key ??= openJournalKey(keyFile)
    return key
  }
  return { seal: (text) => opened().seal(text), open: (sealed) => opened().open(sealed) }
}
