import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type ActiveDay, addActivity, measuresIn, negated } from './activity.ts'

const anyDay: fc.Arbitrary<ActiveDay> = fc.record({
  day: fc.integer({ min: 0, max: 20 }),
  spend: fc.nat(1_000),
  visits: fc.nat(1),
  points: fc.dictionary(fc.constantFrom('club', 'fuel'), fc.nat(50)),
})
const gathered = (days: readonly ActiveDay[]) => days.reduce<ActiveDay[]>((all, one) => addActivity(all, one, { from: 0 }), [])

it('measures a window as if each purchase stood alone', () => {
  fc.assert(
    fc.property(fc.array(anyDay), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }), (days, from, to) => {
      const measures = measuresIn(gathered(days), { from, to })
      const inside = days.filter((one) => one.day >= from && one.day <= to)
      expect(measures.spend ?? 0).toBe(inside.reduce((sum, one) => sum + one.spend, 0))
      expect(measures.visits ?? 0).toBe(inside.reduce((sum, one) => sum + one.visits, 0))
      expect(measures['points:club'] ?? 0).toBe(inside.reduce((sum, one) => sum + (one.points.club ?? 0), 0))
    }),
  )
})

it('has nothing left of what was taken away again', () => {
  fc.assert(
    fc.property(fc.array(anyDay), fc.array(anyDay), (kept, gone) => {
      expect(gathered([...kept, ...gone, ...gone.map(negated)])).toEqual(
        gathered(kept).map((one) => expect.objectContaining({ day: one.day, spend: one.spend, visits: one.visits })),
      )
    }),
  )
})

it('forgets the days before the window', () => {
  const old = { day: 3, spend: 5, visits: 1, points: {} }
  expect(addActivity([old], { day: 9, spend: 1, visits: 0, points: {} }, { from: 4 })).toEqual([
    { day: 9, spend: 1, visits: 0, points: {} },
  ])
})
