import type { TillClient } from '#simulators/till/till-client.ts'
import { type Books, type Chain, openSale, presentMember } from '../chain.ts'

/** What the till of a lane knows of a sale that it was told is done: the record that the books are held against. */
export interface Sold {
  saleid: string
  total: number
  payable: number
  credit: number
  status: string
  /** From `complete` until the club's result, milliseconds. */
  ms: number
}

/** A lane with its till and a member who buys there again and again. */
export interface Shopping {
  memberid: string
  mobile: string
  till: TillClient
  sold: Sold[]
}

let lastTotal = 100_000

/** One sale: the member is presented, the basket quoted, paid and credited. Each has a total of its own. */
export async function sell(
  { till, mobile, sold }: Shopping,
  present: 'card-lies-there' | 'by-mobile' = 'by-mobile',
): Promise<Sold> {
  if (present === 'by-mobile') await presentMember(till, mobile)
  lastTotal += 1_000
  const total = lastTotal
  const quote = await openSale(till, total, `R-${total}`)
  const paid = performance.now()
  const result = await till.request(
    { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] },
    { until: 'result' },
  )
  if (result.op !== 'result') throw new Error(`not completed: ${JSON.stringify(result)}`)
  const credit = result.effects.reduce((sum, effect) => sum + (effect.kind === 'credit' ? effect.granted : 0), 0)
  const sale: Sold = {
    saleid: quote.saleid,
    total,
    payable: quote.payable,
    credit,
    status: result.status,
    ms: performance.now() - paid,
  }
  sold.push(sale)
  return sale
}

/** Waits until the books fit; they are written by another process, which gives no event. */
export async function untilBooks(chain: Chain, fits: (books: Books) => boolean): Promise<Books> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const books = chain.books()
    if (fits(books)) return books
    if (performance.now() > deadline) throw new Error(`the books never fitted: ${JSON.stringify(books.received)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
