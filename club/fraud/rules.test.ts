import fc from 'fast-check'
import { expect, it } from 'vitest'
import { longestWayMs, wayMs } from './rules.ts'

const pace = { minutes: 10, kilometresPerHour: 100 }
const place = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
})

it('no way between two stores is longer than the longest', () => {
  const stores = fc.array(fc.record({ place: fc.option(place, { nil: undefined }) }), { minLength: 2, maxLength: 12 })
  fc.assert(
    fc.property(stores, (all) => {
      const longest = longestWayMs(pace, all)
      const ways = all.flatMap((a, n) => all.slice(n + 1).map((b) => wayMs(pace, a.place, b.place)))
      expect(Math.max(...ways)).toBeLessThanOrEqual(longest + 1)
    }),
    { numRuns: 2_000 },
  )
})

it('the longest way of a town is a short one, and of ten thousand stores it is known at once', () => {
  const town = Array.from({ length: 10_000 }, (_, n) => ({
    place: { latitude: 35.6 + (n % 100) / 500, longitude: 51.3 + n / 50_000 },
  }))
  const begin = performance.now()
  const minutes = longestWayMs(pace, town) / 60_000
  expect(performance.now() - begin).toBeLessThan(1_000)
  expect(minutes).toBeGreaterThan(15)
  expect(minutes).toBeLessThan(25)
  expect(longestWayMs(pace, town.slice(0, 1))).toBe(0)
})
