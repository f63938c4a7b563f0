import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createPepper } from '#club/pepper.ts'
import { openSqliteSnapshot } from '#club/store/sqlite-snapshot.ts'
import { openSqliteStore } from '#club/store/sqlite-store.ts'
import type { ClubStore } from '#club/store/store.ts'
import { compareOutcomes } from '#club/trial/comparison.ts'
import { dryRun } from '#club/trial/dry-run.ts'
import { type Programme, programmeSchema } from '#programme/schema.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { arrivalOf, card, createBox, hour, start } from './club-messages.ts'
import { createPlayer } from './random-history.ts'
import { histories, historyProgramme, historySettings, type Step } from './random-steps.ts'

async function afterHistory<T>(
  programme: Programme,
  { play, look }: { play(store: ClubStore): Promise<void>; look(path: string): Promise<T> },
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-dry-run-'))
  const path = join(folder, 'club.sqlite')
  try {
    const store = await openSqliteStore({
      ...historySettings,
      programmes: { current: programme },
      path,
      uuid: systemRuntime.uuid,
    })
    await play(store)
    await store.close()
    return await look(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function trial(path: string, draft: Programme, span: { from?: string; to?: string } = {}) {
  const { engine, openFresh, close } = openSqliteSnapshot(path)
  try {
    const run = await dryRun({ books: engine, pepper: createPepper(historySettings.pepper), fresh: openFresh, draft, ...span })
    if (!run) throw new Error('the books are empty')
    return { ...run, ...compareOutcomes(run) }
  } finally {
    await close()
  }
}

const programmeOf = (version: number, rules: unknown[]) => programmeSchema.parse({ id: 'shop', version, currency: 'IRR', rules })
const credit = (id: string, basisPoints: number, when: object = {}) => ({
  id,
  group: 'earning',
  order: 1,
  when,
  effects: [{ kind: 'credit', basisPoints }],
})
const tenPercent = programmeOf(1, [
  credit('all', 1_000),
  { id: 'points', order: 2, when: {}, effects: [{ kind: 'points', name: 'club', per: 10_000 }] },
])
const draft = programmeOf(2, [
  credit('large', 1_500, { amount: { from: 50_000 } }),
  credit('small', 500),
  { id: 'cash', order: 1, when: { amount: { from: 200_000 } }, effects: [{ kind: 'discount', basisPoints: 1_000 }] },
])

/** Three members buy on two days: Sara for 100,000, Dara for 40,000, and a day later Mina for 200,000, Sara for 60,000, undone. */
async function threeMembers(store: ClubStore): Promise<void> {
  const box = createBox()
  const later = start + 24 * hour
  const undone = box.sale({ total: 60_000, member: card('sara') }, later)
  const messages = [
    ...['sara', 'dara', 'mina'].map((one) => box.enrolment(one)),
    box.sale({ total: 100_000, member: card('sara') }, start),
    box.sale({ total: 40_000, member: card('dara') }, start),
    box.sale({ total: 200_000, member: card('mina') }, later),
    undone,
    box.reversal(undone.data.saleid, later + hour),
  ]
  await store.commitBatch(messages.map((one) => arrivalOf(one)))
}

it('tells who gains, who loses and what a draft costs: an example that was worked out by hand', async () => {
  await afterHistory(tenPercent, {
    play: threeMembers,
    async look(path) {
      const found = await trial(path, draft)
      // Mina pays 180,000 and has 15 % of that: 20,000 + 27,000 instead of 20,000.
      expect(found.totals).toEqual([
        { unit: 'credit', real: 10_000 + 4_000 + 20_000, draft: 15_000 + 2_000 + 27_000 },
        { unit: 'discount', real: 0, draft: 20_000 },
        { unit: 'points:club', real: 10 + 4 + 20, draft: 0 },
      ])
      expect(found.rules).toEqual([
        { ruleid: 'all', unit: 'credit', real: 34_000, draft: 0 },
        { ruleid: 'large', unit: 'credit', real: 0, draft: 42_000 },
        { ruleid: 'small', unit: 'credit', real: 0, draft: 2_000 },
        { ruleid: 'cash', unit: 'discount', real: 0, draft: 20_000 },
        { ruleid: 'points', unit: 'points:club', real: 34, draft: 0 },
      ])
      expect([found.better, found.worse, found.cost]).toEqual([2, 1, 30_000])
      expect(found.best.map(({ money, points }) => [money, points])).toEqual([
        [27_000, -20],
        [5_000, -10],
      ])
      expect(found.worst.map(({ money, points }) => [money, points])).toEqual([[-2_000, -4]])
      expect([found.events, found.sales, found.undecided]).toEqual([8, 4, 0])
    },
  })
})

it('looks at a span of days, in which everybody begins as they were', async () => {
  await afterHistory(tenPercent, {
    play: threeMembers,
    async look(path) {
      const day = new Date(start + 12 * hour).toISOString()
      const after = await trial(path, draft, { from: day })
      expect(after.totals.map(({ unit, real, draft: would }) => [unit, real, would])).toEqual([
        ['credit', 20_000, 27_000],
        ['discount', 0, 20_000],
        ['points:club', 20, 0],
      ])
      expect([after.better, after.worse, after.sales]).toEqual([1, 0, 2])
      const before = await trial(path, draft, { to: day })
      expect(before.totals.map(({ unit, real, draft: would }) => [unit, real, would])).toEqual([
        ['credit', 14_000, 17_000],
        ['points:club', 14, 0],
      ])
    },
  })
})

it('limits and visits go on under the draft as the draft left them', async () => {
  const third = programmeOf(2, [
    { ...credit('third', 5_000, { visit: { from: 3 } }), limits: [{ per: 'member', every: 'ever', times: 2 }] },
  ])
  await afterHistory(programmeOf(1, []), {
    async play(store) {
      const box = createBox()
      const sales = [0, 1, 2, 3, 4, 5].map((day) => box.sale({ total: 1_000, member: card('sara') }, start + day * 24 * hour))
      await store.commitBatch([box.enrolment('sara'), ...sales].map((one) => arrivalOf(one)))
    },
    async look(path) {
      expect((await trial(path, third)).totals).toEqual([{ unit: 'credit', real: 0, draft: 1_000 }])
      // Visits of before the span count; what was given then by the draft does not.
      const from = new Date(start + 108 * hour).toISOString()
      expect((await trial(path, third, { from })).totals).toEqual([{ unit: 'credit', real: 0, draft: 500 }])
    },
  })
})

/** A friend's first purchase thanks whoever brought her, of whom something has been due for a day and is not done yet. */
const thankedBeforeTick: Step[][] = [
  [
    { kind: 'enrol', who: 'sara', mobile: 0 },
    { kind: 'enrol', who: 'dara', mobile: null },
  ],
  [
    { kind: 'enrol', who: 'mina', mobile: null },
    { kind: 'tick', days: 2 },
  ],
  [{ kind: 'sale', who: 'mina', items: 1, late: 0, quoted: false }],
]

it('a draft that is the running programme changes nothing, whatever has happened', async () => {
  await fc.assert(
    fc.asyncProperty(histories(10), fc.constantFrom(undefined, 20), async (batches, hours) =>
      afterHistory(historyProgramme, {
        async play(store) {
          const { play } = createPlayer(store)
          for (const steps of batches) await play(steps)
        },
        async look(path) {
          const from = hours === undefined ? {} : { from: new Date(start + hours * hour).toISOString() }
          const found = await trial(path, historyProgramme, from)
          expect(found.draft).toEqual(found.real)
          expect([found.better, found.worse, found.cost, found.undecided]).toEqual([0, 0, 0, 0])
        },
      }),
    ),
    { numRuns: 10, examples: [[thankedBeforeTick, undefined]] },
  )
})
