import { column, columns } from './columns.ts'
import type { Asked, Report } from './report.ts'
import { byName, type Flows, sums } from './sums.ts'

const figureColumns = [
  column('baskets', 'number'),
  ...columns('quantity', 'quantity', 'quantity_reversed'),
  ...columns('money', 'amount', 'reversed', 'net'),
]

function goodsOf(flows: Flows) {
  const [sold, back, undone] = [flows.of('sale'), flows.of('return'), flows.of('reversal')]
  const reversed = back.amount + undone.amount
  return {
    baskets: sold.count,
    quantity: sold.quantity,
    quantity_reversed: back.quantity + undone.quantity,
    amount: sold.amount,
    reversed,
    net: sold.amount - reversed,
  }
}

/** Those that brought the most first; amounts are prices of lines, before discounts. */
async function goods<Name extends object>(
  asked: Asked,
  dimension: 'products' | 'categories',
  nameOf: (key: string, flows: Flows) => Name,
) {
  return [...byName(await sums(asked, dimension))]
    .map(([key, flows]) => ({ ...nameOf(key, flows), ...goodsOf(flows) }))
    .sort((a, b) => b.net - a.net)
    .slice(0, asked.top)
}

export const products = async (asked: Asked): Promise<Pick<Report, 'columns' | 'rows'>> => ({
  columns: [...columns('text', 'product', 'name'), ...figureColumns],
  rows: await goods(asked, 'products', (product, { label }) => ({ product, name: label })),
})

export const categories = async (asked: Asked): Promise<Pick<Report, 'columns' | 'rows'>> => ({
  columns: [column('category', 'text'), ...figureColumns],
  rows: await goods(asked, 'categories', (category) => ({ category })),
})

/** What was paid with. */
export async function tenders(asked: Asked): Promise<Pick<Report, 'columns' | 'rows'>> {
  const rows = [...byName(await sums(asked, 'tenders'))].map(([key, flows]) => {
    const [paid, back] = [flows.of('sale'), flows.of('reversal')]
    const tender = { key, text: tenderNames[key] ?? { fa: key, en: key } }
    return { tender, count: paid.count, amount: paid.amount, reversed: back.amount, net: paid.amount - back.amount }
  })
  return {
    columns: [column('tender', 'name'), column('count', 'number'), ...columns('money', 'amount', 'reversed', 'net')],
    rows,
  }
}

const tenderNames: Record<string, { fa: string; en: string }> = {
  cash: { fa: 'نقد', en: 'cash' },
  card: { fa: 'کارت', en: 'card' },
  transfer: { fa: 'حواله', en: 'transfer' },
  voucher: { fa: 'بن', en: 'voucher' },
  other: { fa: 'دیگر', en: 'other' },
}
