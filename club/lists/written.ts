import { stringify } from 'csv-stringify/sync'
import type { Product } from '../books/member-records.ts'
import type { MemberRecord, StockBatch } from '../store/store.ts'
import type { Rejected } from './sheet.ts'

/**
 * A list for a spreadsheet: a heading, CRLF, UTF-8 with a byte order mark, by which Excel knows Persian. A cell that
 * would begin a formula there begins with an apostrophe (`readSheet` takes it away again).
 */
const written = (heading: readonly string[], rows: readonly (readonly (string | number | undefined)[])[]): string =>
  stringify([heading, ...rows.map((row) => row.map((one) => (typeof one === 'string' ? harmless(one) : (one ?? ''))))], {
    bom: true,
    record_delimiter: 'windows',
  })

const harmless = (text: string) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)

export const writtenRejects = (rejected: readonly Rejected[]): string =>
  written(
    ['line', 'id', 'reason', 'دلیل'],
    rejected.map(({ line, id, reason }) => [line, id, reason.en, reason.fa]),
  )

/** Numbers and balances only: who they are is in each member's own record. */
export const writtenMembers = (members: readonly MemberRecord[]): string => {
  const units = [...new Set(members.flatMap((one) => Object.keys(one.units)))].sort()
  return written(
    ['number', 'visits', 'purchases', 'lastvisit', 'credit', 'credentials', ...units],
    members.map((one) => [
      one.number,
      one.visits,
      one.purchases,
      one.lastVisitAt,
      one.credit,
      one.credentials,
      ...units.map((unit) => one.units[unit] ?? 0),
    ]),
  )
}

/** As it can be imported again. */
export const writtenCatalogue = (products: readonly Product[]): string =>
  written(
    ['code', 'name', 'nameen', 'category', 'brand', 'tax'],
    products.map(({ product, name, category, brand, taxrate }) => [
      product,
      name.fa,
      name.en,
      category,
      brand,
      taxrate === undefined ? undefined : taxrate / 100,
    ]),
  )

export const writtenStock = (batches: readonly StockBatch[]): string =>
  written(
    ['batch', 'store', 'imported', 'cards', 'handedout'],
    batches.map(({ batch, store, at, cards, handedout }) => [batch, store, at.slice(0, 10), cards, handedout]),
  )
