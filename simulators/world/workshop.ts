import { salvageDisk } from '#gateway/identity/salvage.ts'
import type { Logger } from '#runtime/log.ts'
import type { Chance } from './chance.ts'
import type { SimulatedClub } from './club.ts'
import type { SimulatedDisk } from './disk.ts'
import type { SimulatedNetwork } from './network.ts'
import type { Premises } from './premises.ts'
import type { SimulatedStore } from './store.ts'
import { beginLife, beginning, type WorldTime } from './time.ts'

/** A box that is no more, and its disk. */
export interface RetiredBox {
  store: string
  boxid: string
  disk: SimulatedDisk
  /** All that it had for the club is there, and what it was lent is written off. */
  done: boolean
}

/**
 * Where broken boxes go: what their disks still have for the club is salvaged beside the new box, again and again until
 * it is all there; then head office writes off what they were lent, as docs/operations.md says.
 */
export function createWorkshop(options: {
  club: SimulatedClub
  premises: Premises
  network: SimulatedNetwork
  time: WorldTime
  chance: Chance
  log: Logger
}) {
  const { club, premises, network, time, log } = options
  const chance = options.chance.of('workshop')
  const boxes: RetiredBox[] = []
  let runs = 0

  const salvage = async (box: RetiredBox): Promise<void> => {
    const life = beginLife({ time, chance, process: 0xe00 + boxes.indexOf(box), run: ++runs, skewMs: () => 0 })
    try {
      await salvageDisk({
        ...{ club: premises.club, store: box.store, url: 'unused', runtime: life.runtime, log },
        disk: { database: box.disk.open(), seal: premises.seal },
        login: () => ({ username: box.store, password: 'unused' }),
        openLink: network.linkOf(box.store, life),
      })
      const at = new Date(beginning + Math.floor(time.elapsed)).toISOString()
      await club.books().writeOffBox({ store: box.store, boxid: box.boxid, actor: 'head-office', why: 'broken', at })
      box.done = true
    } catch {
      // Nothing came through for a minute, or the club is down: it is run again.
      life.alive = false
      time.after(chance.int(5_000, 60_000), () => void salvage(box))
    }
  }

  return {
    boxes,
    /** A store's box breaks; it has another one at once, and its disk comes here some time. */
    bring(store: SimulatedStore): void {
      const box: RetiredBox = { store: store.name, ...store.replace(), done: false }
      boxes.push(box)
      time.after(chance.int(1_000, 300_000), () => void salvage(box))
    },
    idle: (): boolean => boxes.every(({ done }) => done),
    /** What is left on each disk, as the checker wants to know it. */
    standings: () =>
      boxes.map(({ store, boxid, disk }) => {
        const database = disk.open()
        const count = (sql: string) => database.prepare<[], number>(sql).pluck().get() ?? 0
        const sequence = count('SELECT coalesce(max(sequence), 0) FROM outbox')
        const backlog = count('SELECT count(*) FROM outbox WHERE settledat IS NULL')
        database.close()
        return { store, boxid, sequence, backlog, holds: 0 }
      }),
  }
}
export type Workshop = ReturnType<typeof createWorkshop>
