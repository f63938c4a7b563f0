import fc from 'fast-check'
import { expect, it } from 'vitest'
import { catalogueDown, catalogueParts, withCatalogue } from './catalogue.ts'

it('a list of any length goes down whole, in messages that every broker takes', () => {
  const products = Array.from({ length: 3_000 }, (_, n) => ({
    product: `p${n}`,
    name: { fa: 'لاتهٔ بزرگ با شیر بادام'.repeat(3) },
  }))
  const parts = catalogueParts({ version: 4, products })
  expect(parts.length).toBeGreaterThan(1)
  for (const one of parts) expect(Buffer.byteLength(JSON.stringify(catalogueDown.parse(one)))).toBeLessThan(256 * 1024)
  expect(parts.flatMap((one) => one.products)).toEqual(products)
  expect(parts.map((one) => [one.part, one.parts, one.version])).toEqual(parts.map((_, n) => [n + 1, parts.length, 4]))
  expect(catalogueParts({ version: 0, products: [] })).toEqual([{ version: 0, part: 1, parts: 1, products: [] }])
})

it('what the till says of a product itself stands', () => {
  const products = new Map([['latte', { category: 'coffee', brand: 'vafa' }]])
  const line = { product: 'latte', quantity: 1, amount: 5 }
  expect(withCatalogue(products, [line, { ...line, product: 'tea' }, { ...line, category: 'gift' }])).toEqual([
    { ...line, category: 'coffee', brand: 'vafa' },
    { ...line, product: 'tea' },
    { ...line, category: 'gift', brand: 'vafa' },
  ])
  fc.assert(
    fc.property(
      fc.array(fc.record({ product: fc.constantFrom('latte', 'tea'), quantity: fc.nat(), amount: fc.nat() })),
      (lines) => {
        expect(withCatalogue(products, lines).map((one) => one.amount)).toEqual(lines.map((one) => one.amount))
      },
    ),
  )
})
