import { agentMigrations, journalIn } from '#agent/journal/database.ts'
import { openLine } from '#agent/line/line.ts'
import type { Wire, WireOptions } from '#agent/line/wire.ts'
import type { Key } from '#agent/machine/inputs.ts'
import { stateOf } from '#agent/machine/machine.ts'
import type { AgentState, Setup } from '#agent/machine/state.ts'
import { type Machine, runMachine } from '#agent/running.ts'
import { isDue } from '#agent/terminal/journal.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Chance } from './chance.ts'
import { createDisk, type SimulatedDisk } from './disk.ts'
import type { SimulatedStore } from './store.ts'
import { beginLife, type Life, type WorldTime } from './time.ts'

export interface SimulatedTerminal {
  readonly store: SimulatedStore
  readonly lane: string
  readonly disk: SimulatedDisk
  readonly running: boolean
  /** What its glass is made of; undefined while it is off. */
  readonly state: AgentState | undefined
  start(): void
  /** Its power is gone, or its process; the disk decides what is left. */
  die(): void
  press(...keys: Key[]): void
  /** What it still has to tell the box. */
  waiting(): number
  /** A card is held to its reader. */
  tap(card: string): void
  /** The cable between it and the box. `silent`: neither end hears of it. */
  cut(how: 'noticed' | 'silent'): void
  mend(): void
}

/** As terminals have it: longer than the box's own. */
const answerMs = 12_000
const offsetMinutes = 210
const gateway = { host: '127.0.0.1', port: 1, insecure: false, answerMs }

/** The real terminal (machine, journal, line) on a simulated disk and cable; its keys are pressed by a cashier. */
export function createTerminal(options: {
  store: SimulatedStore
  lane: string
  /** For ids that no other process makes. */
  process: number
  time: WorldTime
  chance: Chance
  log: Logger
  onSent(bytes: Buffer): void
}): SimulatedTerminal {
  const { store, lane, time, log } = options
  const chance = options.chance.of(`${store.name}/${lane}/terminal`)
  const disk = createDisk({ migrations: agentMigrations, chance: chance.of('disk') })
  const setup: Setup = { terminal: lane, moneyShown: 'rial', timeZone: 'Asia/Tehran', answerMs, signs: false }
  let runs = 0
  let now: { life: Life; machine: Machine } | undefined
  let whole = true
  let hangUp = (_how: 'noticed' | 'silent'): void => {}

  /** One connection: what passes takes a moment each way, and nothing passes once the cable is cut. */
  const openWire =
    (life: Life) =>
    async ({ onMessage, onEnd }: WireOptions): Promise<Wire> => {
      await time.sleep(chance.int(1, 20))
      const unreachable = () =>
        new VafaError({ key: 'terminal.unreachable', message: 'the box cannot be reached', permanent: false })
      if (!life.alive || !whole) throw unreachable()
      let open = true
      const end = (ms: number) => {
        if (!open) return
        open = false
        time.after(ms, () => {
          if (life.alive) onEnd()
        })
      }
      // A cable that is cut in silence is missed by the first question that is not answered.
      const gone = (how: 'noticed' | 'silent') => {
        if (how === 'noticed') end(chance.int(1, 50))
        else silent = true
      }
      let silent = false
      const box = store.connect(lane, {
        onMessage: (bytes) =>
          time.after(chance.int(1, 30), () => {
            if (life.alive && open && !silent) onMessage(bytes)
          }),
        onGone: gone,
      })
      if (!box) throw unreachable()
      hangUp = gone
      return {
        send(bytes) {
          if (!life.alive) return
          options.onSent(Buffer.from(bytes))
          time.after(chance.int(1, 30), () => {
            if (open && !silent) box.send(Buffer.from(bytes))
          })
        },
        close: () => end(0),
      }
    }

  return {
    store,
    lane,
    disk,
    get running() {
      return now !== undefined
    },
    get state() {
      return now?.machine.state
    },
    start() {
      if (now) return
      runs += 1
      const life = beginLife({ time, chance, process: options.process, run: runs, skewMs: () => 0 })
      const { runtime } = life
      const plain = {
        seal: (text: string) => Buffer.from(text),
        open: (sealed: Uint8Array) => Buffer.from(sealed).toString('utf8'),
      }
      const journal = journalIn({ database: disk.open(), key: plain })
      const state = stateOf(journal.load(runtime.now(), 'en'))
      const machine = runMachine({
        ...{ setup, state, journal, runtime, log },
        moment: () => ({ now: runtime.now(), offsetMinutes }),
        openLine: (onState) =>
          openLine({
            config: { terminal: lane, gateway },
            configFile: 'agent.yaml',
            ...{ runtime, log, onState },
            open: openWire(life),
          }),
        show: () => {},
        print: async () => 'none',
        signal: () => {},
        display: () => {},
        checkPin: async () => 'none',
      })
      now = { life, machine }
      machine.take({ kind: 'start' })
    },
    die() {
      if (!now) return
      now.life.alive = false
      // A process that is gone takes nothing any more, also of what is on its way to it.
      now.machine.close()
      now = undefined
      hangUp('noticed')
    },
    press(...keys) {
      for (const key of keys) now?.machine.take({ kind: 'key', key })
    },
    waiting: () => (now ? now.machine.state.journal.filter(isDue).length : 1),
    tap: (card) => now?.machine.take({ kind: 'credential', credential: { kind: 'nfc-uid', value: card } }),
    cut(how) {
      whole = false
      hangUp(how)
    },
    mend() {
      whole = true
    },
  }
}
