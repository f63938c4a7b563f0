import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createFairQueue } from './fair-queue.ts'

it('serves all in turn: whoever sends one thing waits for one of each other, however much they have sent', () => {
  const queue = createFairQueue<string>({ most: 1_000 })
  for (let n = 0; n < 500; n++) queue.push('flood', `flood ${n}`)
  queue.push('s2', 'sale')
  expect(queue.take(2)).toEqual(['flood 0', 'sale'])
  expect(queue.take(2)).toEqual(['flood 1', 'flood 2'])
})

it('refuses what is too much of one, and takes the others’', () => {
  const queue = createFairQueue<number>({ most: 3 })
  expect([1, 2, 3, 4].map((n) => queue.push('a', n))).toEqual([true, true, true, false])
  expect(queue.push('b', 5)).toBe(true)
  expect(queue.take(10)).toEqual([1, 5, 2, 3])
  expect(queue.push('a', 6)).toBe(true)
})

it('loses nothing, doubles nothing, and keeps the order of each', () => {
  const moves = fc.array(
    fc.oneof(
      fc.constantFrom('a', 'b', 'c').map((from) => ({ from })),
      fc.nat(20).map((take) => ({ take })),
    ),
    {
      maxLength: 400,
    },
  )
  fc.assert(
    fc.property(moves, (all) => {
      const queue = createFairQueue<{ from: string; n: number }>({ most: 50 })
      const [given, got]: { from: string; n: number }[][] = [[], []]
      for (const move of all)
        if ('take' in move) got?.push(...queue.take(move.take))
        else if (queue.push(move.from, { from: move.from, n: given?.length ?? 0 }))
          given?.push({ from: move.from, n: given.length })
      got?.push(...queue.take(10_000))
      expect(queue.size).toBe(0)
      for (const from of ['a', 'b', 'c'])
        expect(got?.filter((one) => one.from === from)).toEqual(given?.filter((one) => one.from === from))
    }),
  )
})

it('takes no more of one at once than it is told, and all of those who have little', () => {
  const queue = createFairQueue<string>({ most: 1_000 })
  for (let n = 0; n < 10; n++) queue.push('flood', `flood ${n}`)
  for (let n = 0; n < 2; n++) queue.push('s2', `sale ${n}`)
  expect(queue.take(100, 3)).toEqual(['flood 0', 'sale 0', 'flood 1', 'sale 1', 'flood 2'])
  expect(queue.take(100, 3)).toEqual(['flood 3', 'flood 4', 'flood 5'])
  expect(queue.take(2, 3)).toEqual(['flood 6', 'flood 7'])
  expect(queue.size).toBe(2)
})
