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

/** What faults happen to. */
export interface Struck {
  club: SimulatedClub
  stores: readonly SimulatedStore[]
  /** One in each store, in their order. */
  terminals: readonly SimulatedTerminal[]
  workshop: Workshop
  record: OutsideRecord
  lanes: readonly string[]
  network: SimulatedNetwork
  time: WorldTime
  trace(...parts: (string | number)[]): void
}

/**
 * What each kind of fault does, and how it ends by itself. `someStore`: where it strikes; `backupOf`: the club's books of
 * some time before, once there are any.
 */
export function faultsOf(
  options: Struck & { chance: Chance; someStore(): SimulatedStore; backupOf(): Buffer | undefined },
): Record<FaultKind, () => void> {
  const { club, terminals, workshop, record, lanes, network, time, chance, trace, someStore, backupOf } = options
  const someTerminal = () => terminals[someStore().number]
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

  return {
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
      if (!store.running || record.restored || !chance.happens(0.3)) return
      workshop.bring(store)
      trace('broken', store.name)
      startAgain(store, chance.int(5_000, 120_000))
    },
    'club-restore'() {
      // What was salvaged since a backup no box has any more: its disk is salvaged again by hand, which is no world's matter.
      const backup = backupOf()
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
}
