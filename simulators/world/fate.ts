import type { Chance } from './chance.ts'
import { type FaultKind, faultsOf, type Struck } from './faults.ts'
import { fairWeather } from './network.ts'
import type { SimulatedStore } from './store.ts'

export interface Fate {
  /** How often each kind struck. */
  readonly figures: Record<string, number>
  /** How often two struck together, by their names: `box-crash + printer`. */
  readonly together: Record<string, number>
  /** No more faults: everything that is down comes up, every line is whole, every disk has room. */
  mend(): Promise<void>
}

/**
 * Lets a fault happen every now and then, chosen by the seed; each is mended after a while. `share`: after so many of them
 * another one comes within a second, and to the same store (0.3 is three times in ten).
 */
export function startFate(options: Struck & { kinds: readonly FaultKind[]; share: number; chance: Chance }): Fate {
  const { kinds, share, club, stores, terminals, lanes, network, time, trace } = options
  const chance = options.chance.of('fate')
  const figures: Record<string, number> = {}
  const together: Record<string, number> = {}
  // Of many stores more break in an hour.
  const rarity = Math.min(1, 3 / stores.length)
  let over = false
  let backup: Buffer | undefined
  /** Where the faults of this moment strike. */
  let where: SimulatedStore | undefined

  const [firstStore, ...otherStores] = stores
  const someStore = (): SimulatedStore => {
    if (!firstStore) throw new Error('a world without a store')
    where ??= chance.pick([firstStore, ...otherStores])
    return where
  }
  const strike = faultsOf({ ...options, chance, someStore, backupOf: () => backup })
  const hit = (kind: FaultKind) => {
    count(figures, kind)
    trace('fault', kind)
    strike[kind]()
  }

  /** From now on, one of `some` after the other. */
  const goOn = (some: readonly [FaultKind, ...FaultKind[]]) => {
    // What boxes do alone is done while the club is away: that happens most.
    const draw = (): FaultKind => (some.includes('offline') && chance.happens(0.1) ? 'offline' : chance.pick(some))
    time.after(chance.int(2_000, 30_000) * rarity, () => {
      if (over) return
      where = undefined
      const kind = draw()
      hit(kind)
      const other = share > 0 && chance.happens(share) ? draw() : kind
      if (other !== kind) {
        count(together, [kind, other].sort().join(' + '))
        time.after(chance.int(0, 1_000), () => {
          if (!over) hit(other)
        })
      }
      goOn(some)
    })
  }
  const [firstKind, ...otherKinds] = kinds
  if (kinds.includes('club-restore'))
    time.after(chance.int(20_000, 120_000), () => {
      if (club.running) backup = club.disk.copy()
    })
  if (firstKind) goOn([firstKind, ...otherKinds])

  return {
    ...{ figures, together },
    async mend() {
      over = true
      where = undefined
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

function count(figures: Record<string, number>, name: string): void {
  figures[name] = (figures[name] ?? 0) + 1
}
