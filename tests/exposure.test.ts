import fc from 'fast-check'
import { expect, it } from 'vitest'
import { left, noAllowances } from '#gateway/regulars/allowances.ts'
import { createExposureWorld, type Rules, rules, steps } from './exposure-world.ts'

/** Plays histories with some rules; true where the club lost more than it had said at any moment. */
const everExceeds = (by: Rules, { seed, numRuns }: { seed: number; numRuns: number }) =>
  fc.check(
    fc.property(steps, (history) => {
      const world = createExposureWorld(by)
      for (const one of history) {
        world.act(one)
        if (world.outstanding() > world.exposure()) throw new Error(`${world.outstanding()} of ${world.exposure()}`)
        if (world.uncovered() > 0) throw new Error(`${world.uncovered()} that nobody lent`)
        if (world.givenLate() > 0) throw new Error(`${world.givenLate()} after its time`)
      }
    }),
    { seed, numRuns, endOnFailure: true },
  )

it('whatever lines, clocks and restarts do, the club never loses more than its exposure', () => {
  const { failed, counterexample, errorInstance } = everExceeds(rules, {
    seed: Math.floor(Math.random() * 2 ** 31),
    numRuns: 1_000,
  })
  expect({ failed, counterexample, why: String(errorInstance ?? '') }).toEqual({ failed: false, counterexample: null, why: '' })
})

const forAll = Number.MAX_SAFE_INTEGER
const mutants: [string, Partial<Rules>][] = [
  [
    'an allowance ends without the facts up to the box’s word',
    { hasEnded: (lent, given) => rules.hasEnded(lent, { ...given, received: [[1, forAll]] }) },
  ],
  ['an allowance ends by any word of its box', { hasEnded: (lent, given) => rules.hasEnded(lent, { ...given, gone: 0 }) }],
  ['an allowance ends by another box’s word', { hasEnded: (lent, given) => rules.hasEnded({ ...lent, boxid: given.by }, given) }],
  [
    'numbers with a hole before them count',
    { hasEnded: (lent, given) => rules.hasEnded(lent, { ...given, received: given.received.map(([, to]) => [1, to]) }) },
  ],
  [
    'the box’s word forgets sales that are still open',
    { appliedVersions: ({ shards }) => rules.appliedVersions({ shards, taken: {} }) },
  ],
  [
    'an older message takes the place of a newer one',
    { replaceShard: (known, { shard, ...down }) => ({ ...known, shards: { ...known.shards, [shard]: down } }) },
  ],
  [
    'what other sales took is not counted',
    {
      take: (known, given) =>
        rules.take({ ...known, taken: {} }, given) && {
          ...known,
          taken: { ...known.taken, ...rules.take({ ...known, taken: {} }, given)?.taken },
        },
    },
  ],
  ['gives without knowing the time', { take: (known, given) => rules.take(known, { ...given, at: given.at ?? 0 }) }],
  ['gives after its time', { take: (known, given) => rules.take(known, { ...given, at: given.at && 0 }) }],
  ['a restart forgets what was taken', { afterRestart: (disk) => ({ ...disk, taken: {} }) }],
  ['a box gives out of what another installation was lent', { isMine: () => true }],
  ['a repeated fact is booked once more', { isRepeat: () => false }],
]

it.each(mutants)('is exceeded where %s', (_, mutant) => {
  expect(everExceeds({ ...rules, ...mutant }, { seed: 20_261_122, numRuns: 4_000 }).failed).toBe(true)
})

it('what a fact has told of is exposure no more', () => {
  const lent = { boxid: 'b', shard: 0, credit: 5, gifts: 3 }
  expect(rules.coveredBy(lent, { credit: 4, gifts: 9 })).toEqual({
    covered: { credit: 4, gifts: 3 },
    left: { ...lent, credit: 1, gifts: 0 },
  })
})

it('nothing is left of an allowance where the box does not know the time, or it is over', () => {
  const grants = { a: { serial: 1, credit: 5, gifts: 5, until: '2026-11-21T09:00:00.000Z' } }
  const known = { ...noAllowances, shards: { 0: { version: 1, grants } } }
  const at = Date.parse('2026-11-21T08:59:59.999Z')
  expect(left(known, { shard: 0, memberid: 'a', at })).toEqual({ credit: 5, gifts: 5 })
  expect(left(known, { shard: 0, memberid: 'a', at: at + 1 })).toEqual({ credit: 0, gifts: 0 })
  expect(left(known, { shard: 0, memberid: 'a', at: undefined })).toEqual({ credit: 0, gifts: 0 })
})
