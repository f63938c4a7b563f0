import { expect, it } from 'vitest'
import { runWorld } from '#simulators/world/world.ts'

const world = { stores: 3, members: 50, acts: 500 }

const atOnce = 5

/** Worlds of so many seeds, some in each test; each that breaks a promise is named with what runs it again. */
export function keepsEveryPromise({ from, seeds }: { from: number; seeds: number }): void {
  for (let first = from; first < from + seeds; first += atOnce)
    keepsThem({ from: first, seeds: Math.min(atOnce, from + seeds - first) })
}

function keepsThem({ from, seeds }: { from: number; seeds: number }): void {
  it(`every promise is kept in the worlds of seeds ${from} to ${from + seeds - 1}: 3 stores, 50 members, 500 acts each`, async () => {
    const broken: string[] = []
    const faults = new Set<string>()
    let sales = 0
    let alone = 0
    for (let seed = from; seed < from + seeds; seed++) {
      const verdict = await runWorld({ ...world, seed })
      sales += verdict.figures.sales
      alone += verdict.figures.alone.sales
      for (const kind of Object.keys(verdict.figures.faults)) faults.add(kind)
      for (const one of verdict.broken) broken.push(`vafa sim world --seed ${seed}: ${one}`)
    }
    expect(broken).toEqual([])
    // A world in which nothing happens keeps every promise too.
    expect(sales).toBeGreaterThan(seeds * 50)
    expect(alone).toBeGreaterThan(0)
    expect(faults.size).toBeGreaterThan(10)
  })
}
