import type { CatalogueProduct } from '#protocol/catalogue.ts'
import type { TillResponse } from '#protocol/lane.ts'
import type { Scan } from '#protocol/scan.ts'

/**
 * What a lane's tills and kiosks hear of a code that is nobody's credential. Chains keep their products under what
 * stands below the bars: 13 digits, 12 or 8 of them, sometimes all 14.
 */
export function scanned(scan: Scan, products: ReadonlyMap<string, CatalogueProduct>): TillResponse {
  const candidates = scan.is === 'product' ? [scan.code, ...(scan.gtin === undefined ? [] : writtenForms(scan.gtin))] : []
  const known = candidates.map((code) => products.get(code)).find((product) => product !== undefined)
  if (!known) return { op: 'scanned', ...scan }
  const { fa, en } = known.name
  return {
    op: 'scanned',
    ...scan,
    product: known.product,
    name: { ...(fa === undefined ? {} : { fa }), ...(en === undefined ? {} : { en }) },
  }
}

const writtenForms = (gtin14: string): string[] => [
  gtin14.replace(/^0/, ''),
  gtin14.replace(/^00/, ''),
  gtin14.replace(/^0{6}/, ''),
  gtin14,
]
