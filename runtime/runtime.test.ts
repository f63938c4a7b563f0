import { validate, version } from 'uuid'
import { expect, it } from 'vitest'
import { systemRuntime } from './runtime.ts'

it('makes UUIDs of version 7 that are all different and rise, also within one millisecond', () => {
  const made = Array.from({ length: 5_000 }, () => systemRuntime.uuid())
  expect(made.every((one) => validate(one) && version(one) === 7)).toBe(true)
  expect(new Set(made).size).toBe(made.length)
  expect(made.toSorted()).toEqual(made)
})
