/**
 * What is counted: by day (civil, Tehran, `2026-11-21`; empty where the day means nothing), store, dimension and key.
 * `flow` keeps apart what must not be mixed: what was sold and what was undone.
 */
export interface Place {
  day: string
  store: string
  dimension: Dimension
  key: string
  flow: string
}

/** Integers. Amounts in the currency's smallest unit; quantities in thousandths. */
export interface Figures {
  count: number
  quantity: number
  amount: number
  discount: number
  payable: number
}

export interface Increment extends Place, Partial<Figures> {
  /** What people call the key, such as a product's name. */
  label?: string | undefined
}

/** One measure, as it is kept. `measure` is its key: all of its place. */
export interface Measure extends Place, Figures {
  measure: string
  label?: string | undefined
}

export const dimensions = [
  'sales',
  'hours',
  'cashiers',
  'lanes',
  'tenders',
  'products',
  'categories',
  'tiers',
  'ages',
  'offers',
  'balances',
  'members',
  'visits',
  'intervals',
  'cohorts',
  'affinity',
  'uncounted',
] as const
export type Dimension = (typeof dimensions)[number]

const figures = ['count', 'quantity', 'amount', 'discount', 'payable'] as const satisfies (keyof Figures)[]

export const measureKey = ({ dimension, day, store, flow, key }: Place): string =>
  [dimension, day, store, flow, key].join('\u001f')

const empty = (measure: string, { day, store, dimension, key, flow }: Place): Measure => {
  return { measure, day, store, dimension, key, flow, count: 0, quantity: 0, amount: 0, discount: 0, payable: 0 }
}

/** A measure with an increment added. Throws where a figure would leave the range of exact integers. */
export function added(before: Measure | undefined, increment: Increment): Measure {
  const after = { ...(before ?? empty(measureKey(increment), increment)) }
  for (const figure of figures) {
    after[figure] += increment[figure] ?? 0
    if (!Number.isSafeInteger(after[figure])) throw new RangeError(`${figure} of ${after.measure} leaves the exact integers`)
  }
  if (increment.label !== undefined) after.label = increment.label
  return after
}

/** Whether nothing is left of it: what was counted was all taken back. */
export const isNothing = (measure: Measure): boolean => figures.every((figure) => measure[figure] === 0)

/** The same, taken away instead of added. */
export function negated({ label: _, ...increment }: Increment): Increment {
  const away = { ...increment }
  for (const figure of figures) if (away[figure] !== undefined) away[figure] = -away[figure]
  return away
}

/** What must be added to get from one list of increments to the other. */
export function difference(before: readonly Increment[], after: readonly Increment[]): Increment[] {
  const net = new Map<string, Measure>()
  const take = (increment: Increment) => {
    const key = measureKey(increment)
    net.set(key, added(net.get(key), increment))
  }
  for (const one of before) take(negated(one))
  for (const one of after) take(one)
  return [...net.values()].filter((one) => !isNothing(one))
}
