import fc from 'fast-check'
import { expect, it } from 'vitest'
import { holesOf, type Ranges, withNumber } from './sequence-ranges.ts'

it('knows exactly the numbers that came and those that did not, whatever their order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (numbers) => {
      const ranges = numbers.reduce<Ranges>(withNumber, [])
      const within = (list: Ranges, n: number) => list.some(([from, to]) => n >= from && n <= to)
      const highest = Math.max(0, ...numbers)
      for (let n = 1; n <= 41; n++) {
        expect(within(ranges, n)).toBe(numbers.includes(n))
        expect(within(holesOf(ranges), n)).toBe(n < highest && !numbers.includes(n))
      }
      for (let index = 1; index < ranges.length; index++)
        expect((ranges[index]?.[0] ?? 0) - (ranges[index - 1]?.[1] ?? 0)).toBeGreaterThan(1)
    }),
  )
})
