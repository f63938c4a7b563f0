import { runWorld } from '#simulators/world/world.ts'
import { worldMutants } from '../world/known-mutants.ts'
import { runWorldMutant } from '../world/mutants.ts'

export interface WorldFigures {
  worlds: number
  /** Besides, of 3 stores, 50 members and 500 acts. */
  smallWorlds: number
  stores: number
  members: number
  acts: number
  hours: number
  sales: number
  messages: number
  dropped: number
  doubled: number
  faults: Record<string, number>
  /** With what runs each again; empty where every promise was kept. */
  broken: string[]
  mutants: { mutant: string; noticed: boolean }[]
}

const smallWorlds = 200

/** Worlds of the full size, and every mutant; `onWorld` hears of each as it ends. */
export async function tryWorlds(
  { first, worlds }: { first: number; worlds: number },
  onWorld: (text: string) => void,
): Promise<WorldFigures> {
  const size = { stores: 50, members: 10_000, acts: 10_000 }
  const sum: WorldFigures = {
    ...{ worlds, smallWorlds },
    ...size,
    ...{ hours: 0, sales: 0, messages: 0, dropped: 0, doubled: 0, faults: {}, broken: [], mutants: [] },
  }
  const small = { stores: 3, members: 50, acts: 500 }
  for (let seed = first; seed < first + worlds + smallWorlds; seed++) {
    const { broken, figures } = await runWorld({ ...(seed < first + worlds ? size : small), seed })
    for (const name of ['hours', 'sales', 'messages', 'dropped', 'doubled'] as const) sum[name] += figures[name]
    for (const [kind, times] of Object.entries(figures.faults)) sum.faults[kind] = (sum.faults[kind] ?? 0) + times
    sum.broken.push(...broken.map((one) => `seed ${seed}: ${one}`))
    onWorld(`seed ${seed}: ${figures.sales} sales, ${broken.length} promises broken`)
  }
  for (const mutant of worldMutants) {
    const noticed = (await runWorldMutant(mutant)).some((one) => mutant.says.test(one))
    sum.mutants.push({ mutant: mutant.name, noticed })
    onWorld(`${noticed ? 'noticed' : 'NOT NOTICED'}: ${mutant.name}`)
  }
  return sum
}
