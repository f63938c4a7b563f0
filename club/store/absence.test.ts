import fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import type { Kind, Records } from '../books/records.ts'
import { openAbsence } from './absence.ts'
import { openSqliteEngine } from './sqlite-engine.ts'

const engine = openSqliteEngine(':memory:')
afterEach(() => engine.execute('DELETE FROM taps'))

/** Records that only have keys. */
const written = (kind: Kind, keys: readonly string[]): ReadonlyMap<Kind, ReadonlyMap<string, Records[Kind] | undefined>> =>
  new Map([[kind, new Map(keys.map((key) => [key, {} as Records[Kind]]))]])

it('never says of what was written that it is not there, in whatever order it came and however much', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Kind>('entry', 'sale', 'training', 'aside'),
      fc.array(fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 12_000, size: 'max' }), {
        maxLength: 4,
      }),
      async (kind, batches) => {
        const absence = await openAbsence(engine)
        for (const batch of batches) absence.note(written(kind, batch.map(String)))
        expect(batches.flat().filter((key) => absence.sure(kind, String(key)))).toEqual([])
      },
    ),
    { numRuns: 15 },
  )
})

it('knows a new id for new behind any number of older ones, and asks about ids older than those it knows', async () => {
  const absence = await openAbsence(engine)
  const idAt = (n: number) => String(1_000_000 + n)
  for (let from = 0; from < 40_000; from += 500)
    absence.note(
      written(
        'entry',
        Array.from({ length: 500 }, (_, n) => idAt(from + n)),
      ),
    )
  expect(absence.sure('entry', idAt(50_000))).toBe(true)
  expect(absence.sure('entry', idAt(39_999))).toBe(false)
  expect(absence.sure('entry', idAt(5))).toBe(false)
  expect(absence.sure('entry', '0')).toBe(false)
})

it('knows what was there before it was opened', async () => {
  await engine.execute("INSERT INTO taps VALUES ('sara', '[]')")
  const absence = await openAbsence(engine)
  expect(absence.sure('taps', 'sara')).toBe(false)
  expect(absence.sure('taps', 'dara')).toBe(true)
})

it('says nothing of kinds that it does not follow', async () => {
  expect((await openAbsence(engine)).sure('member', 'nobody')).toBe(false)
})

it('knows of a receipt’s code that was looked up in vain that it is free, until it is written', async () => {
  const absence = await openAbsence(engine)
  expect(absence.sure('reference', '426RK-AM37K')).toBe(false)
  absence.missed('reference', '426RK-AM37K')
  expect(absence.sure('reference', '426RK-AM37K')).toBe(true)
  absence.note(written('reference', ['426RK-AM37K']))
  expect(absence.sure('reference', '426RK-AM37K')).toBe(false)
})

it('forgets the codes that were looked up first, when there are many', async () => {
  const absence = await openAbsence(engine)
  for (let n = 0; n < 20_000; n += 1) absence.missed('reference', String(n))
  expect([0, 19_999].map((n) => absence.sure('reference', String(n)))).toEqual([false, true])
})
