import type { Dimension } from '../insight/increments.ts'
import { type ColumnKey, column, columns } from './columns.ts'
import type { Asked, Cell, Report, Row } from './report.ts'
import { byName, Flows, meanOf, shareOf, sums } from './sums.ts'

const figureColumns = [
  ...columns('number', 'sales', 'returns', 'reversals'),
  ...columns('money', 'total', 'discount', 'payable', 'reversed', 'net', 'basket'),
]

/** What was sold and undone under one name. Net is what was paid less what was paid back. */
export function tradeOf(flows: Flows): Row {
  const [sold, back, undone] = [flows.of('sale'), flows.of('return'), flows.of('reversal')]
  const reversed = back.payable + undone.payable
  return {
    sales: sold.count,
    returns: back.count,
    reversals: undone.count,
    total: sold.amount,
    discount: sold.discount,
    payable: sold.payable,
    reversed,
    net: sold.payable - reversed,
    basket: meanOf(sold.payable - reversed, sold.count - undone.count),
  }
}

/** Sales under each key of a dimension, such as each cashier's. */
export async function tradeBy(
  asked: Asked,
  given: { dimension: Dimension; by?: 'key' | 'store'; column: ColumnKey; nameOf?: (key: string) => Cell },
): Promise<Pick<Report, 'columns' | 'rows' | 'total'>> {
  const { dimension, by = 'key', nameOf = (key) => key } = given
  const found = await sums(asked, dimension, by)
  const rows = [...byName(found)].map(([key, flows]) => ({ [given.column]: nameOf(key), ...tradeOf(flows) }))
  const total = byName(found, () => '').get('') ?? new Flows()
  return {
    columns: [column(given.column, 'name'), ...figureColumns],
    rows,
    total: rows.length > 1 ? tradeOf(total) : undefined,
  }
}

/** Sales by day, week or month, with what of them was members'. */
export async function tradeOverTime(
  asked: Asked,
  periodOf: (day: string) => string,
): Promise<Pick<Report, 'columns' | 'rows' | 'total'>> {
  const days = byName(await sums(asked, 'sales', 'day'), periodOf)
  const ofMembers = byName(await sums(asked, 'sales', 'day', 'member'), periodOf)
  const shareIn = (name: string, sales: number) => shareOf(ofMembers.get(name)?.of('sale').count ?? 0, sales)
  const rows = [...days].map(([name, flows]) => ({
    [asked.by]: name,
    ...tradeOf(flows),
    members_share: shareIn(name, flows.of('sale').count),
  }))
  const all = new Flows()
  for (const flows of days.values()) for (const one of flows.all()) all.add(one)
  return {
    columns: [column(asked.by, 'day'), ...figureColumns, column('members_share', 'share')],
    rows,
    total: rows.length > 1 ? tradeOf(all) : undefined,
  }
}
