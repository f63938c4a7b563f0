import type { Dimension } from '../insight/increments.ts'
import type { Asked } from './report.ts'

/** Measures added up: of a key, a day or a store (`name`), and one flow. */
export interface Sum {
  name: string
  flow: string
  label: string | undefined
  count: number
  quantity: number
  amount: number
  discount: number
  payable: number
}

const figures = ['count', 'quantity', 'amount', 'discount', 'payable'] as const

/** Adds up the measures of a dimension, or of one key of it, in the period that is asked for. */
export async function sums(
  { reader, from, to, store = '' }: Pick<Asked, 'reader' | 'from' | 'to' | 'store'>,
  dimension: Dimension,
  by: 'key' | 'day' | 'store' = 'key',
  key = '',
): Promise<Sum[]> {
  const rows = await reader.query<Record<string, string | number | null>>(
    `SELECT ${by} AS name, flow, MAX(label) AS label, ${figures.map((one) => `SUM(${one}) AS ${one}`).join(', ')}
     FROM measures WHERE dimension = $1 AND day BETWEEN $2 AND $3 AND ($4 = '' OR store = $4)
       AND ($5 = '' OR key = $5)
     GROUP BY ${by}, flow ORDER BY ${by}, flow`,
    [dimension, from, to, store, key],
  )
  // PostgreSQL's sums come as texts.
  return rows.map((row) => ({
    name: String(row.name),
    flow: String(row.flow),
    label: row.label === null ? undefined : String(row.label),
    count: Number(row.count),
    quantity: Number(row.quantity),
    amount: Number(row.amount),
    discount: Number(row.discount),
    payable: Number(row.payable),
  }))
}

/** The sums of each name by flow, in the order of the names. */
export function byName(all: readonly Sum[], nameOf: (name: string) => string = (name) => name): Map<string, Flows> {
  const names = new Map<string, Flows>()
  for (const one of all) {
    const name = nameOf(one.name)
    const flows = names.get(name) ?? new Flows()
    names.set(name, flows)
    flows.add(one)
  }
  return names
}

/** Sums of one name: nothing of a flow is 0. */
export class Flows {
  readonly #flows = new Map<string, Sum>()
  label: string | undefined

  add(sum: Sum): void {
    const known = this.#flows.get(sum.flow)
    this.label = sum.label ?? this.label
    if (known) for (const figure of figures) known[figure] += sum[figure]
    else this.#flows.set(sum.flow, { ...sum })
  }

  of(flow: string): Pick<Sum, (typeof figures)[number]> {
    return this.#flows.get(flow) ?? nothing
  }

  /** The flows that there are. */
  all(): Sum[] {
    return [...this.#flows.values()]
  }
}

const nothing = { count: 0, quantity: 0, amount: 0, discount: 0, payable: 0 }

/** A part of a whole in basis points; undefined of nothing. */
export const shareOf = (part: number, whole: number): number | undefined =>
  whole === 0 ? undefined : Math.round((part * 10_000) / whole)

/** Rounded down, as all money; undefined of nothing. */
export const meanOf = (sum: number, count: number): number | undefined => (count <= 0 ? undefined : Math.floor(sum / count))
