import fc from 'fast-check'
import { expect, it } from 'vitest'
import { id } from './ids.ts'
import { originalIdOf, originSaleId } from './origin.ts'

const sale = { store: 'tehran-1', terminal: '00012345', batch: '000007', trace: '000123', at: '1122101530' }

it('a terminal’s repeat names the same sale, another trace, batch, terminal or store another one', () => {
  expect(originSaleId({ ...sale })).toBe(originSaleId(sale))
  const others = [{ store: 'tehran-2' }, { terminal: '00012346' }, { batch: '000008' }, { trace: '000124' }, { at: '1122101531' }]
  const ids = others.map((other) => originSaleId({ ...sale, ...other }))
  expect(new Set([originSaleId(sale), ...ids]).size).toBe(6)
})

it('it is readable for people, and a UUID for the books', () => {
  expect(originalIdOf(sale)).toBe('tehran-1/00012345/000007/000123/1122101530')
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (terminal, batch, trace, at) => {
      const origin = { store: 's'.repeat(36), terminal, batch, trace, at }
      expect(id.safeParse(originSaleId(origin)).success).toBe(true)
      expect(originalIdOf(origin).length).toBeLessThanOrEqual(120)
    }),
  )
})
