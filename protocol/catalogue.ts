import { z } from 'zod'
import type { BasketLine } from './messages.ts'
import { basisPoints } from './money.ts'

/** One product as rules, receipts and kiosks know it. */
export const catalogueProduct = z.object({
  product: z.string().min(1).max(60).meta({ description: 'its code, as tills send it' }),
  name: z.object({ fa: z.string().max(120).optional(), en: z.string().max(120).optional() }),
  category: z.string().min(1).max(60).optional(),
  brand: z.string().min(1).max(60).optional(),
  taxrate: basisPoints.optional(),
})
export type CatalogueProduct = z.infer<typeof catalogueProduct>

/**
 * `down/catalogue`, `down/catalogue-2` …: the chain's own products, in as many messages as they need. Those of one
 * version belong together; until all of them are there, the version before decides.
 */
export const catalogueDown = z.object({
  version: z.int().min(0),
  part: z.int().min(1),
  parts: z.int().min(1),
  products: z.array(catalogueProduct),
})
export type CatalogueDown = z.infer<typeof catalogueDown>

/** The name under which a part goes down. */
export const cataloguePartName = (part: number): string => (part === 1 ? 'catalogue' : `catalogue-${part}`)

/** How many characters of products one message may have; brokers take 256 KiB, and a character can be three bytes. */
const partMax = 80_000

export function catalogueParts({
  version,
  products,
}: {
  version: number
  products: readonly CatalogueProduct[]
}): CatalogueDown[] {
  const groups: CatalogueProduct[][] = [[]]
  let size = 0
  for (const one of products) {
    const { length } = JSON.stringify(one)
    if (size + length > partMax) {
      groups.push([])
      size = 0
    }
    groups.at(-1)?.push(one)
    size += length
  }
  return groups.map((group, index) => ({ version, part: index + 1, parts: groups.length, products: group }))
}

/** The lines with what the catalogue knows of their products; what the till says of a product itself stands. */
export function withCatalogue(
  products: ReadonlyMap<string, Pick<CatalogueProduct, 'category' | 'brand'>>,
  lines: BasketLine[],
): BasketLine[] {
  if (products.size === 0) return lines
  return lines.map((line) => {
    const { category, brand } = products.get(line.product) ?? {}
    return {
      ...(category === undefined ? {} : { category }),
      ...(brand === undefined ? {} : { brand }),
      ...line,
    }
  })
}
