import type { CatalogueProduct } from '#protocol/catalogue.ts'
import { CellFault, missing, percentCell, textCell } from './cells.ts'
import { type Columns, type Rejected, readSheet } from './sheet.ts'

export const catalogueColumns = {
  code: ['کد', 'کد کالا', 'product', 'sku'],
  name: ['نام', 'نام کالا', 'name fa'],
  nameen: ['نام انگلیسی', 'name en'],
  category: ['دسته', 'گروه'],
  brand: ['برند', 'نشان'],
  tax: ['مالیات', 'tax percent'],
} as const satisfies Columns<string>

/** The chain's whole list of products. A code that stands there twice is rejected the second time. */
export function readCatalogue(text: string): { products: CatalogueProduct[]; rejected: Rejected[] } {
  const { rows, rejected } = readSheet(text, catalogueColumns)
  const products = new Map<string, CatalogueProduct>()
  for (const { line, cells } of rows) {
    const { code, name, nameen, category, brand, tax } = cells
    try {
      if (code === undefined) throw missing('code')
      if (products.has(code)) throw new CellFault({ fa: `کد ${code} دو بار آمده است`, en: `the code ${code} stands there twice` })
      products.set(textCell(code, 60), {
        product: code,
        name: {
          ...(name === undefined ? {} : { fa: textCell(name, 120) }),
          ...(nameen === undefined ? {} : { en: textCell(nameen, 120) }),
        },
        ...(category === undefined ? {} : { category: textCell(category, 60) }),
        ...(brand === undefined ? {} : { brand: textCell(brand, 60) }),
        ...(tax === undefined ? {} : { taxrate: percentCell(tax) }),
      })
    } catch (error) {
      if (!(error instanceof CellFault)) throw error
      rejected.push({ line, id: code ?? '', reason: error.reason })
    }
  }
  return { products: [...products.values()], rejected: rejected.sort((a, b) => a.line - b.line) }
}
