import { expect, it } from 'vitest'
import { worldMutants } from './known-mutants.ts'
import { patchesFit, patchNames, runWorldMutant } from './mutants.ts'

it('every fault in the source that is kept as a patch fits the source, and has a world that notices it', () => {
  patchesFit()
  expect(worldMutants.map(({ name }) => name).sort()).toEqual(patchNames().sort())
})

// The others run in `npm run verify:long`: each takes some seconds.
const quick = ['05-live-past-its-own-backlog', '07-late-reply-prints-again']

it.each(worldMutants.filter(({ name }) => quick.includes(name)))(
  'the world of seed $seed notices the fault $name',
  async (mutant) => {
    expect(await runWorldMutant(mutant)).toContainEqual(expect.stringMatching(mutant.says))
  },
)
