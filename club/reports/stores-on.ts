import type { Reader } from '../store/questions.ts'
import type { StoreDay } from '../store/store.ts'
import { byName, sums } from './sums.ts'
import { tradeOf } from './trade.ts'

/** One day by store, from the same measures as the reports `stores` and `credit`. */
export async function storesOn(reader: Reader, day: string): Promise<StoreDay[]> {
  const asked = { reader, from: day, to: day }
  const [sold, moved] = [byName(await sums(asked, 'sales', 'store')), byName(await sums(asked, 'balances', 'store', 'credit'))]
  return [...new Set([...sold.keys(), ...moved.keys()])]
    .filter((store) => store !== '')
    .map((store) => {
      const trade = sold.get(store)
      const credit = moved.get(store)
      const amount = (...flows: string[]) => flows.reduce((sum, flow) => sum + (credit?.of(flow).amount ?? 0), 0)
      const { sales, net } = trade ? tradeOf(trade) : { sales: 0, net: 0 }
      return {
        store,
        sales: Number(sales),
        paid: Number(net),
        creditIssued: amount('credit-granted', 'credit-granted-undone'),
        creditUsed: 0 - amount('credit-redeemed', 'credit-redeemed-undone'),
      }
    })
}
