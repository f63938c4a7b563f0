import type { CatalogueProduct } from '#protocol/catalogue.ts'
import { plainReply } from '../booking/replies.ts'
import type { Acted, ActOf } from './acts.ts'
import type { Books } from './context.ts'
import type { Product } from './member-records.ts'

/** The whole list in force, in memory: every line of every basket looks into it. */
export interface Catalogue {
  version: number
  products: ReadonlyMap<string, Product>
}

/** The chain's list takes the place of the one before; a list that changes nothing is no new version. */
export function bookCatalogue(books: Books, { id, at, data }: ActOf<'vafa.club.catalogue-imported.v1'>): Acted {
  const { desk, catalogue } = books
  const event = desk.nextEvent()
  const version = catalogue.version + 1
  const given = new Set(data.products.map((one) => one.product))
  const changed = data.products.filter((one) => !isSame(catalogue.products.get(one.product), one))
  const gone = [...catalogue.products.keys()].filter((code) => !given.has(code))
  for (const one of changed) desk.put('product', one.product, { ...one, version })
  for (const code of gone) desk.drop('product', code)
  if (changed.length + gone.length > 0) desk.put('catalogue', 'current', { catalogue: 'current', version, at })
  return { event, reply: plainReply(id, books.programme.version) }
}

const textOf = ({ product, name, category, brand, taxrate }: CatalogueProduct) =>
  JSON.stringify([product, name.fa, name.en, category, brand, taxrate])
const isSame = (known: Product | undefined, given: CatalogueProduct) => known !== undefined && textOf(known) === textOf(given)
