import type { Driver } from '#drivers/contract.ts'
import { pathBeside } from '#runtime/config.ts'
import { crashPoint } from '#runtime/crash-point.ts'
import { namingDatabase } from '#runtime/database-error.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import type { AgentConfig } from './config.ts'
import type { Console } from './console/console.ts'
import { startTerminalDevices } from './devices.ts'
import { openJournalFile, whenDamaged } from './journal/database.ts'
import { openJournalKey } from './journal/sealed.ts'
import { openLine } from './line/line.ts'
import type { AgentEffect, AgentInput, AgentTimer } from './machine/inputs.ts'
import { stateOf, step } from './machine/machine.ts'
import type { AgentState, Moment, Setup } from './machine/state.ts'
import { checkPin } from './pin.ts'
import { createPaper } from './printing.ts'
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

/** How long a disk that took nothing is left alone before what must not be lost is written again. */
const diskAgainMs = 1_000

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

/** Runs the terminal: each input makes a step; what lasts of it is on disk before anything else happens. */
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
  let state = stateOf(namingDatabase(path, () => file.load(runtime.now(), config.language), { whenDamaged }))
  const timers = new Map<AgentTimer, Cancel>()
  const retries = new Set<Cancel>()
  let closed = false

  const show = () => {
    if (closed) return
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

  const take = (input: AgentInput) => {
    if (closed) return
    const now = moment()
    const next = step(state, input, { setup, moment: now })
    try {
      if (file.save(state, next.state, now.now) > 0) crashPoint('agent.after-commit')
    } catch (error) {
      return notKept(input, error)
    }
    state = { ...next.state, disk: 'well' }
    for (const effect of next.effects) perform(effect)
    show()
  }

  /** A full disk books nothing. What came over the line is tried again; a key is for the cashier to press again. */
  const notKept = (input: AgentInput, error: unknown) => {
    log.error({ reason: messageOf(error), input: input.kind }, 'the journal takes nothing')
    state = { ...state, disk: 'full' }
    show()
    if (input.kind === 'key' || input.kind === 'credential') return
    const cancel = runtime.after(diskAgainMs, () => {
      retries.delete(cancel)
      take(input)
    })
    retries.add(cancel)
  }

  const perform = (effect: AgentEffect) => {
    switch (effect.kind) {
      case 'send': {
        const { message } = effect
        line.ask(message, effect.timeoutMs).then((answer) => {
          if (answer) take({ kind: 'answer', message: answer })
          else take({ kind: 'silence', mti: message.mti, trace: message.fields[11] ?? '' })
        })
        return
      }
      case 'print':
        return print(effect.receipt)
      case 'signal':
        for (const { tapSignal } of devices.connections()) tapSignal?.signal(effect.outcome)
        return
      case 'display':
        for (const { display } of devices.connections())
          display
            ?.show(effect.lines)
            .catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'the display shows nothing'))
        return
      case 'check-pin':
        checkPin(file.database, effect.pin, runtime.now()).then(
          (outcome) => take({ kind: 'pin', outcome }),
          (error: unknown) => {
            log.error({ reason: messageOf(error) }, 'the PIN could not be checked')
            take({ kind: 'pin', outcome: 'wrong' })
          },
        )
        return
      case 'exchange-keys':
        line.exchangeKeys().then((done) => take({ kind: 'keys-exchanged', outcome: done ? 'done' : 'failed' }))
        return
      case 'timer':
        timers.get(effect.timer)?.()
        timers.set(
          effect.timer,
          runtime.after(effect.ms, () => take({ kind: 'timer', timer: effect.timer })),
        )
        return
      case 'cancel-timer':
        timers.get(effect.timer)?.()
    }
  }

  const print = (receipt: Extract<AgentEffect, { kind: 'print' }>['receipt']) => {
    const printer = devices.connections().find((one) => one.printer)?.printer
    const has = config.devices.some(({ driver }) => driver === 'printer-escpos')
    if (!printer) return void queueMicrotask(() => take({ kind: 'printed', outcome: has ? 'failed' : 'none' }))
    paper.print(receipt, printer, state.language).then(
      () => take({ kind: 'printed', outcome: 'printed' }),
      (error: unknown) => {
        log.warn({ reason: messageOf(error) }, 'not printed')
        take({ kind: 'printed', outcome: 'failed' })
      },
    )
  }

  const paper = createPaper({ runtime, log, timeZone: config.timeZone })
  const devices = startTerminalDevices({
    config,
    configFile,
    drivers,
    runtime,
    log,
    take: (input) => queueMicrotask(() => take(input)),
  })
  const line = openLine({ config, configFile, runtime, log, onState: (now) => take({ kind: 'line', line: now }) })
  console.onKey((key) => take({ kind: 'key', key }))
  console.onResize(show)
  take({ kind: 'start' })

  return {
    get state() {
      return state
    },
    async close() {
      closed = true
      for (const cancel of [...timers.values(), ...retries]) cancel()
      line.close()
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
