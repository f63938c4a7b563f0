import type { TillClient } from '#simulators/till/till-client.ts'

/** A sale without a member; `ms`: from `complete` to the club's result, or to the box's own where the club takes too long. */
export async function oneSale(till: TillClient, n: number): Promise<{ ms: number; status: string }> {
  const lines = [{ product: 'coffee', quantity: 1, amount: 100_000 }]
  const quote = await till.request({ op: 'open', sale: { tillreceipt: `R${n}`, total: 100_000, lines } }, { until: 'quote' })
  if (quote.op !== 'quote') throw new Error(`no quote: ${JSON.stringify(quote)}`)
  const start = performance.now()
  const tenders = [{ kind: 'cash' as const, amount: quote.payable }]
  const result = await till.request({ op: 'complete', saleid: quote.saleid, tenders }, { until: 'result' })
  if (result.op !== 'result') throw new Error(`no result: ${JSON.stringify(result)}`)
  return { ms: performance.now() - start, status: result.status }
}
