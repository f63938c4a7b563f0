import { expect, it } from 'vitest'
import { ledgerMutants, type Mutant } from '../mutants/ledger.ts'
import { runMutant } from '../mutants/run-mutant.ts'
import { invariants } from './ledger-invariants.ts'

it('every law of the ledger has a mutant that must break it', () => {
  expect(ledgerMutants.map((one) => one.invariant).sort()).toEqual([...invariants].sort())
})

// The others run in `npm run verify:long`: each takes some seconds.
const quick = ledgerMutants.filter((one) => one.invariant === invariants[0] || one.invariant === invariants[7])

it.each(quick)('the law notices that $name', async (mutant) => {
  expect(await runMutant(mutant, { runs: 4, seed: 1 })).toMatchObject({
    noticed: true,
    said: expect.stringContaining('Property failed'),
  })
})

it('a mutant whose text is no longer in the source says so', async () => {
  const edits = [{ file: 'club/ledger/purse.ts', replace: ['not in the source', ''] as const }]
  const gone: Mutant = { name: 'gone', invariant: invariants[0], edits }
  await expect(runMutant(gone, { runs: 1, seed: 1 })).rejects.toThrow('finds its text 0 times in club/ledger/purse.ts')
})
