import { expect, test } from 'vitest'
import { createAllowances } from './allowance.ts'

test('so many at once, then so many a second', () => {
  const allowances = createAllowances({ perSecond: 2, atOnce: 3 })
  const taken = (now: number) => allowances.take('till-1', now)
  expect([taken(0), taken(0), taken(0), taken(0)]).toEqual([true, true, true, false])
  expect(allowances.take('till-2', 0)).toBe(true)
  expect([taken(499), taken(500), taken(600)]).toEqual([false, true, false])
  expect([taken(10_000), taken(10_000), taken(10_000), taken(10_000)]).toEqual([true, true, true, false])
})

test('looking takes nothing; of too many names the least used is forgotten', () => {
  const allowances = createAllowances({ perSecond: 1, atOnce: 1 }, 2)
  expect(allowances.has('a', 0)).toBe(true)
  expect(allowances.take('a', 0)).toBe(true)
  expect(allowances.has('a', 0)).toBe(false)
  allowances.take('b', 0)
  allowances.take('c', 0)
  expect(allowances.has('a', 0)).toBe(true)
  expect(allowances.has('c', 0)).toBe(false)
})
