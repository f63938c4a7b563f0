import { expect, it } from 'vitest'
import { createCatalogue } from './catalogue.ts'

const part = (version: number, n: number, parts: number, product: string) => ({
  version,
  part: n,
  parts,
  products: [{ product, name: {}, category: `of version ${version}` }],
})

it('goes by the old list until all of the new one is here', () => {
  const catalogue = createCatalogue()
  const known = () => [...catalogue.products().values()].map((one) => one.category)
  catalogue.accept(part(1, 1, 1, 'latte'))
  expect(known()).toEqual(['of version 1'])
  catalogue.accept(part(2, 2, 2, 'tea'))
  expect(known()).toEqual(['of version 1'])
  catalogue.accept(part(2, 1, 2, 'latte'))
  expect(known()).toEqual(['of version 2', 'of version 2'])
  expect(catalogue.accept({ version: 'x' })).toBeTypeOf('string')
  expect(known()).toHaveLength(2)
})
