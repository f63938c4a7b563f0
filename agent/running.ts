import { crashPoint } from '#runtime/crash-point.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import type { JournalFile } from './journal/database.ts'
import type { Line } from './line/line.ts'
import type { AgentEffect, AgentInput, AgentTimer } from './machine/inputs.ts'
import { step } from './machine/machine.ts'
import type { AgentState, Moment, Setup } from './machine/state.ts'

/** What lies around the machine: its journal, its line, and who sees, hears and prints what it says. */
export interface MachineParts {
  setup: Setup
  /** As the journal gave it. */
  state: AgentState
  journal: Pick<JournalFile, 'save'>
  moment(): Moment
  openLine(onState: (now: 'up' | 'down') => void): Line
  show(state: AgentState): void
  print(receipt: Extract<AgentEffect, { kind: 'print' }>['receipt']): Promise<'printed' | 'failed' | 'none'>
  signal(outcome: 'accepted' | 'refused'): void
  display(lines: readonly string[]): void
  checkPin(pin: string): Promise<Extract<AgentInput, { kind: 'pin' }>['outcome']>
  runtime: Runtime
  log: Logger
}

/** How long a disk that took nothing is left alone before what must not be lost is written again. */
const diskAgainMs = 1_000

/** Runs the machine: each input makes a step; what lasts of it is on disk before anything else happens. */
export function runMachine(parts: MachineParts) {
  const { setup, journal, moment, runtime, log } = parts
  let { state } = parts
  const timers = new Map<AgentTimer, Cancel>()
  const retries = new Set<Cancel>()
  let closed = false

  const take = (input: AgentInput) => {
    if (closed) return
    const now = moment()
    const next = step(state, input, { setup, moment: now })
    try {
      if (journal.save(state, next.state, now.now) > 0) crashPoint('agent.after-commit')
    } catch (error) {
      return notKept(input, error)
    }
    state = { ...next.state, disk: 'well' }
    for (const effect of next.effects) perform(effect)
    parts.show(state)
  }

  /** A full disk books nothing. What came over the line is tried again; a key is for the cashier to press again. */
  const notKept = (input: AgentInput, error: unknown) => {
    log.error({ reason: messageOf(error), input: input.kind }, 'the journal takes nothing')
    state = { ...state, disk: 'full' }
    parts.show(state)
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
        parts.print(effect.receipt).then(
          (outcome) => take({ kind: 'printed', outcome }),
          (error: unknown) => {
            log.warn({ reason: messageOf(error) }, 'not printed')
            take({ kind: 'printed', outcome: 'failed' })
          },
        )
        return
      case 'signal':
        return parts.signal(effect.outcome)
      case 'display':
        return parts.display(effect.lines)
      case 'check-pin':
        parts.checkPin(effect.pin).then(
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

  const line = parts.openLine((now) => take({ kind: 'line', line: now }))
  return {
    get state() {
      return state
    },
    take,
    /** Nothing is taken any more, and the line is closed. */
    close(): void {
      closed = true
      for (const cancel of [...timers.values(), ...retries]) cancel()
      line.close()
    },
  }
}
export type Machine = ReturnType<typeof runMachine>
