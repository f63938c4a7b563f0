import { runWorld } from '#simulators/world/world.ts'
import { worldMutants } from '../world/known-mutants.ts'
import { runWorldMutant } from '../world/mutants.ts'

/** How large a world is. */
export interface WorldSize {
  stores: number
  members: number
  acts: number
}

export const worldSizes = {
  small: { stores: 3, members: 50, acts: 500 },
  full: { stores: 50, members: 10_000, acts: 10_000 },
} as const satisfies Record<string, WorldSize>

export interface WorldFigures extends WorldSize {
  worlds: number
  /** Of the first world; each next one's is one more. */
  seed: number
  hours: number
  sales: number
  messages: number
  dropped: number
  doubled: number
  /** Sales in which a box gave something out of what the club had lent it. */
  alone: number
  faults: Record<string, number>
  /** How often two faults struck together, and how many different pairs of kinds did. */
  together: { times: number; pairs: number }
  /** With what runs each again; empty where every promise was kept. */
  broken: string[]
}

/** Worlds of one size, one seed after the other; `onWorld` hears of each as it ends. */
export async function tryWorlds(
  { size, seed, worlds }: { size: WorldSize; seed: number; worlds: number },
  onWorld: (text: string) => void,
): Promise<WorldFigures> {
  const sum = { hours: 0, sales: 0, messages: 0, dropped: 0, doubled: 0 }
  let alone = 0
  const faults: Record<string, number> = {}
  const together: Record<string, number> = {}
  const broken: string[] = []
  for (let one = seed; one < seed + worlds; one++) {
    const began = performance.now()
    const verdict = await runWorld({ ...size, seed: one, together: 0.3 })
    const { figures } = verdict
    for (const name of ['hours', 'sales', 'messages', 'dropped', 'doubled'] as const) sum[name] += figures[name]
    alone += figures.alone.sales
    add(faults, figures.faults)
    add(together, figures.together)
    broken.push(...verdict.broken.map((text) => `seed ${one}: ${text}`))
    const seconds = Math.round((performance.now() - began) / 1_000)
    onWorld(`seed ${one}: ${figures.sales} sales, ${verdict.broken.length} promises broken, ${seconds} s`)
  }
  const pairs = Object.values(together)
  return {
    ...{ ...size, worlds, seed, ...sum, hours: Math.round(sum.hours * 100) / 100, alone, faults, broken },
    together: { times: pairs.reduce((all, times) => all + times, 0), pairs: pairs.length },
  }
}

export interface MutantNoticed {
  mutant: string
  noticed: boolean
}

/** Every fault that is kept as a patch, in its world. */
export async function tryWorldMutants(onMutant: (text: string) => void): Promise<MutantNoticed[]> {
  const all: MutantNoticed[] = []
  for (const mutant of worldMutants) {
    const noticed = (await runWorldMutant(mutant)).some((one) => mutant.says.test(one))
    all.push({ mutant: mutant.name, noticed })
    onMutant(`${noticed ? 'noticed' : 'NOT NOTICED'}: ${mutant.name}`)
  }
  return all
}

function add(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, times] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + times
}
