import { expect, it } from 'vitest'
import { runWorld } from '#simulators/world/world.ts'
import { keepsEveryPromise } from './seeds.ts'

it('the same seed gives the same history, another one another', async () => {
  const small = { stores: 2, members: 20, acts: 200 }
  const first = await runWorld({ ...small, seed: 7 })
  expect(await runWorld({ ...small, seed: 7 })).toEqual(first)
  expect((await runWorld({ ...small, seed: 8 })).trace).not.toBe(first.trace)
})

keepsEveryPromise({ from: 101, seeds: 60 })
