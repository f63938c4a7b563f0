import type { Chance } from './chance.ts'
import type { SimulatedClub } from './club.ts'
import type { Outage } from './disk.ts'
import { fairWeather, type SimulatedNetwork } from './network.ts'
import type { OutsideRecord } from './record.ts'
import type { SimulatedStore } from './store.ts'
import type { SimulatedTerminal } from './terminal.ts'
import type { WorldTime } from './time.ts'
import type { Workshop } from './workshop.ts'

export const faultKinds = [
  'weather',
  'partition',
  'offline',
  'box-crash',
  'box-restart',
  'club-crash',
  'disk-full',
  'club-disk-full',
  'clock',
  'printer',
  'box-swap',
  'club-restore',
  'terminal-crash',
  'terminal-cable',
] as const
export type FaultKind = (typeof faultKinds)[number]

export interface Fate {
  readonly figures: Record<string, number>
  /** No more faults: everything that is down comes up, every line is whole, every disk has room. */
  mend(): Promise<void>
}

/** Lets a fault happen every now and then, chosen by the seed, and mends each after a while. */
export function startFate(options: {
  kinds: readonly FaultKind[]
  club: SimulatedClub
  stores: readonly SimulatedStore[]
  terminals: readonly SimulatedTerminal[]
  workshop: Workshop
  record: OutsideRecord
  lanes: readonly string[]
  network: SimulatedNetwork
  time: WorldTime
  chance: Chance
  trace(...parts: (string | number)[]): void
}): Fate {
  const { kinds, club, stores, terminals, workshop, record, lanes, network, time, trace } = options
  const chance = options.chance.of('fate')
  const figures: Record<string, number> = {}
  let over = false
  let backup: Buffer | undefined
  const restored = () => record.restored

  const [firstStore, ...otherStores] = stores
  const someStore = (): SimulatedStore => {
    if (!firstStore) throw new Error('a world without a store')
    return chance.pick([firstStore, ...otherStores])
  }
  const someTerminal = () => terminals[chance.int(0, terminals.length - 1)]
  const someLane = () => lanes[chance.int(0, lanes.length - 1)] ?? ''
  const outage = (): Outage => (chance.happens(0.5) ? 'power' : 'kill')
  const armed = () => ({
    commits: chance.int(1, 6),
    of: chance.happens(0.7) ? ('full' as const) : ('any' as const),
    when: chance.happens(0.4) ? ('before' as const) : ('after' as const),
  })

  /** Down for a while, then up again by itself. */
  const later = (ms: number, work: () => void | Promise<void>) => time.after(ms, () => void work())

  /** As a service manager does it: what cannot start yet (a full disk) is tried again. */
  const startAgain = (what: { running: boolean; start(): void | Promise<void> }, ms: number) =>
    later(ms, async () => {
      if (what.running) return
      try {
        await what.start()
      } catch {
        startAgain(what, 5_000)
      }
    })

  const crashBox = (store: SimulatedStore) => {
    const how = outage()
    store.disk.arm({
      ...armed(),
      outage: how,
      die() {
        trace('crash', store.name, how)
        store.die(how)
        startAgain(store, chance.int(500, chance.happens(0.1) ? 1_800_000 : 40_000))
      },
    })
    // Nothing may be written for long; then it happens between two commits.
    later(chance.int(1_000, 30_000), store.disk.crashNow)
  }
  const crashClub = () => {
    club.disk.arm({
      ...armed(),
      outage: outage(),
      die() {
        trace('crash', 'club')
        club.die()
        startAgain(club, chance.int(500, 90_000))
      },
    })
    later(chance.int(1_000, 30_000), club.disk.crashNow)
  }

  const strike: Record<FaultKind, () => void> = {
    weather() {
      const { name } = someStore()
      network.setWeather(name, {
        drop: chance.pick([0, 0.02, 0.2]),
        duplicate: chance.pick([0, 0.05, 0.3]),
        reorder: chance.happens(0.4),
        latencyMs: chance.pick([5, 40, 900]),
      })
      later(chance.int(5_000, 120_000), () => network.setWeather(name, fairWeather))
    },
    partition() {
      const { name } = someStore()
      network.cut(name, chance.happens(0.5) ? 'silent' : 'noticed')
      later(chance.int(1_000, chance.happens(0.1) ? 3_600_000 : 120_000), () => network.mend(name))
    },
    offline() {
      const { name } = someStore()
      network.cut(name, chance.happens(0.7) ? 'noticed' : 'silent')
      later(chance.int(60_000, 300_000), () => network.mend(name))
    },
    'box-crash'() {
      const store = someStore()
      if (store.running) crashBox(store)
    },
    'box-restart'() {
      const store = someStore()
      if (!store.running) return
      void store.stop().then(() => startAgain(store, chance.int(200, 5_000)))
    },
    'box-swap'() {
      const store = someStore()
      // A box that breaks is rare: one in some worlds, two in a few.
      if (!store.running || restored() || !chance.happens(0.3)) return
      workshop.bring(store)
      trace('broken', store.name)
      startAgain(store, chance.int(5_000, 120_000))
    },
    'club-restore'() {
      // What was salvaged since a backup no box has any more: its disk is salvaged again by hand, which is no world's matter.
      if (!club.running || !backup || workshop.boxes.length > 0 || !chance.happens(0.3)) return
      trace('restored')
      record.restored = true
      record.replies.clear()
      club.die()
      club.disk.restore(backup)
      startAgain(club, chance.int(5_000, 60_000))
    },
    'club-crash'() {
      if (club.running) crashClub()
    },
    'disk-full'() {
      const { disk } = (chance.happens(0.3) ? someTerminal() : undefined) ?? someStore()
      disk.full = true
      later(chance.int(1_000, 60_000), () => {
        disk.full = false
      })
    },
    'club-disk-full'() {
      club.disk.full = true
      later(chance.int(1_000, 60_000), () => {
        club.disk.full = false
      })
    },
    clock() {
      const store = someStore()
      store.skewMs = chance.pick([0, 90_000, -90_000, 3 * 3_600_000, -400 * 24 * 3_600_000])
    },
    'terminal-crash'() {
      const terminal = someTerminal()
      if (!terminal?.running) return
      terminal.disk.arm({
        ...armed(),
        outage: outage(),
        die() {
          trace('crash', 'terminal', terminal.store.name)
          terminal.die()
          startAgain(terminal, chance.int(500, 60_000))
        },
      })
      later(chance.int(1_000, 20_000), terminal.disk.crashNow)
    },
    'terminal-cable'() {
      const terminal = someTerminal()
      terminal?.cut(chance.happens(0.5) ? 'noticed' : 'silent')
      later(chance.int(500, chance.happens(0.2) ? 300_000 : 30_000), () => terminal?.mend())
    },
    printer() {
      const store = someStore()
      const lane = someLane()
      store.setPrinter(lane, chance.pick(['mute', 'refusing', 'away']))
      later(chance.int(1_000, 40_000), () => store.setPrinter(lane, 'well'))
    },
  }

  const [firstKind, ...otherKinds] = kinds
  if (kinds.includes('club-restore'))
    time.after(chance.int(20_000, 120_000), () => {
      if (club.running) backup = club.disk.copy()
    })
  const next = () =>
    time.after(chance.int(2_000, 30_000), () => {
      if (over || !firstKind) return
      // What boxes do alone is done while the club is away: that happens most.
      const kind = kinds.includes('offline') && chance.happens(0.1) ? 'offline' : chance.pick([firstKind, ...otherKinds])
      figures[kind] = (figures[kind] ?? 0) + 1
      trace('fault', kind)
      strike[kind]()
      next()
    })
  next()

  return {
    figures,
    async mend() {
      over = true
      // A store may be away for longer than the club holds its customers' credit.
      if (chance.happens(0.2)) {
        const { name } = someStore()
        network.cut(name, 'noticed')
        await time.run({ done: () => false, ms: 2_400_000 })
      }
      club.disk.full = false
      for (const store of stores) {
        network.setWeather(store.name, fairWeather)
        network.mend(store.name)
        store.disk.full = false
        for (const lane of lanes) store.setPrinter(lane, 'well')
      }
      for (const terminal of terminals) {
        terminal.mend()
        terminal.disk.full = false
      }
      // What is armed still happens, and what is down comes up by itself.
      await time.run({ done: () => false, ms: 120_000 })
      for (const what of [club, ...stores, ...terminals])
        while (!what.running) {
          try {
            await what.start()
          } catch {
            // What cannot start just now is tried again, as a service manager does it.
          }
          await time.run({ done: () => false, ms: 5_000 })
        }
    },
  }
}
