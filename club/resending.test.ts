import { expect, it } from 'vitest'
import { missingOf } from './resending.ts'

it('what is missing is what lies below a box’s last number and never came', () => {
  expect(missingOf([], 0)).toEqual([])
  expect(missingOf([[1, 9]], 9)).toEqual([])
  expect(missingOf([[1, 4]], 9)).toEqual([[5, 9]])
  expect(
    missingOf(
      [
        [2, 3],
        [6, 6],
      ],
      8,
    ),
  ).toEqual([
    [1, 1],
    [4, 5],
    [7, 8],
  ])
  expect(missingOf([], 3)).toEqual([[1, 3]])
})
