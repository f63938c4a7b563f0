import { expect, it } from 'vitest'
import { watchTwins } from './twins.ts'

it('two boxes that push each other off are told, once each time; a box that comes back now and then is not', () => {
  const twins = watchTwins()
  for (let minute = 0; minute < 30; minute++) expect(twins.connected('s1', minute * 60_000)).toBeUndefined()
  const told = Array.from({ length: 10 }, (_, n) => twins.connected('s2', n * 1_000)).filter((one) => one !== undefined)
  expect(told).toHaveLength(2)
  expect(told[0]).toContain('s2')
})

it('two installations in turns are told; one that takes the place of another for good is not', () => {
  const twins = watchTwins()
  expect(twins.seen('s1', 'a', 0)).toBeUndefined()
  expect(twins.seen('s1', 'b', 1)).toBeUndefined()
  expect(twins.seen('s1', 'b', 2)).toBeUndefined()
  expect(twins.seen('s1', 'a', 3)).toContain('installation a is back')
  expect(twins.seen('s2', 'a', 4)).toBeUndefined()
})
