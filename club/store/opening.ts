import { VafaError } from '#runtime/errors.ts'
import type { Catalogue } from '../books/catalogue.ts'
import type { Counts } from '../books/desk.ts'
import type { Product } from '../books/member-records.ts'
import { columnsOf, recordOf } from '../books/table.ts'
import { tables } from '../books/tables.ts'
import { accounts } from '../ledger/transfers.ts'
import type { Pepper } from '../pepper.ts'
import type { Engine } from './engine.ts'
import type { StoreSettings } from './store.ts'

// What is read and checked once, when the books are opened.

const productColumns = columnsOf(tables.product)

/** The chain's own products, whole. */
export async function loadCatalogue(engine: Engine): Promise<Catalogue> {
  const [current] = await engine.query<{ version: number }>('SELECT version FROM catalogues')
  const names = productColumns.map(({ column }) => column)
  const rows = await engine.query<Record<string, string | number | null>>(`SELECT ${names.join(', ')} FROM products`)
  const products = rows.map((row) =>
    recordOf<Product>(
      productColumns,
      names.map((column) => row[column] ?? null),
    ),
  )
  return { version: Number(current?.version ?? 0), products: new Map(products.map((one) => [one.product, one])) }
}

/** Where the books stand. */
export async function countBooks(engine: Engine): Promise<Counts> {
  const [counted] = await engine.query<Counts>(
    `SELECT (SELECT COALESCE(MAX(seq), 0) FROM journal) AS events, (SELECT COALESCE(MAX(member), 0) FROM members) AS members,
     COALESCE((SELECT chain FROM transfers ORDER BY seq DESC LIMIT 1), '') AS chain`,
  )
  return counted ?? { events: 0, members: 0, chain: '' }
}

/** With another pepper every card would be unknown, with another name every receipt's code: better not to start. */
export async function refuseForeignBooks(engine: Engine, given: { club: string; pepper: Pepper }): Promise<void> {
  const mark = given.pepper.token('which pepper is this?')
  const [kept] = await engine.query<{ club: string; pepper: string }>('SELECT club, pepper FROM identity')
  if (!kept) {
    await engine.execute('INSERT INTO identity VALUES ($1, $2)', [given.club, mark])
    return
  }
  const what = kept.club !== given.club ? `club “${kept.club}”` : kept.pepper !== mark ? 'another pepper' : undefined
  if (what === undefined) return
  throw new VafaError({
    key: 'database.foreign',
    message: `the database ${engine.name} belongs to ${what}`,
    hint: 'give the `club` and `pepperFile` that it was made with, or another `database`',
  })
}

/** The accounts that every club has are there from the start, at 0. */
export async function openTotals(
  engine: Engine,
  { currency, shops }: { currency: string; shops: StoreSettings['shops'] },
): Promise<void> {
  const { issued, redeemed, expired, writtenOff, discounts, offlineDifferences } = accounts
  const names = [issued, redeemed, expired, writtenOff, discounts, offlineDifferences]
  for (const account of [...names, ...shops.map(({ store }) => accounts.storeDiscounts(store))])
    await engine.execute('INSERT INTO totals VALUES ($1, $2, 0) ON CONFLICT (account) DO NOTHING', [account, currency])
}
