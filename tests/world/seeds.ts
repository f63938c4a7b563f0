import { expect, it } from 'vitest'
import { faultKinds } from '#simulators/world/faults.ts'
import { runWorld } from '#simulators/world/world.ts'

const world = { stores: 3, members: 50, acts: 500 }

const atOnce = 5

/** Worlds of so many seeds, some in each test; each that breaks a promise is named with what runs it again. */
export function keepsEveryPromise({ from, seeds }: { from: number; seeds: number }): void {
  const faults = new Set<string>()
  let alone = 0
  for (let first = from; first < from + seeds; first += atOnce) {
    const last = Math.min(first + atOnce, from + seeds) - 1
    it(`every promise is kept in the worlds of seeds ${first} to ${last}: 3 stores, 50 members, 500 acts each`, async () => {
      const broken: string[] = []
      let sales = 0
      for (let seed = first; seed <= last; seed++) {
        const verdict = await runWorld({ ...world, seed })
        sales += verdict.figures.sales
        alone += verdict.figures.alone.sales
        for (const kind of Object.keys(verdict.figures.faults)) faults.add(kind)
        for (const one of verdict.broken) broken.push(`vafa sim world --seed ${seed}: ${one}`)
      }
      expect(broken).toEqual([])
      // A world in which nothing happens keeps every promise too.
      expect(sales).toBeGreaterThan((last - first + 1) * 50)
    })
  }
  it(`in the worlds from seed ${from} on every kind of fault happened, and boxes gave out of what they were lent`, () => {
    expect([...faults].sort()).toEqual([...faultKinds].sort())
    expect(alone).toBeGreaterThan(10)
  })
}
