import type { BasketLine } from '#protocol/messages.ts'
import { normaliseText } from '#protocol/text.ts'
import type { Selector } from './selector.ts'

/** A line of a basket with its words in their inside form. */
export interface ReadLine {
  product: string
  category: string | undefined
  brand: string | undefined
  quantity: number
  amount: number
}

export const readLine = ({ product, category, brand, quantity, amount }: BasketLine): ReadLine => ({
  product: insideForm(product),
  category: category === undefined ? undefined : insideForm(category),
  brand: brand === undefined ? undefined : insideForm(brand),
  quantity,
  amount,
})

/** The form in which words are compared. Codes are mostly ASCII, which has but one. */
export const insideForm = (text: string) => (/^[!-~]+$/.test(text) ? text : normaliseText(text))

export type Match = (line: ReadLine) => boolean

/** Whether a line is meant by `selector`; every line, where nothing is named. */
export function matcherOf({ product, category, brand }: Partial<Selector>): Match {
  if (product === undefined && category === undefined && brand === undefined) return () => true
  const products = product && new Set(product.map(insideForm))
  const categories = category && new Set(category.map(insideForm))
  const brands = brand && new Set(brand.map(insideForm))
  return (line) =>
    products?.has(line.product) === true ||
    (line.category !== undefined && categories?.has(line.category) === true) ||
    (line.brand !== undefined && brands?.has(line.brand) === true)
}

/** What the matching lines cost together. */
export function amountOf(lines: readonly ReadLine[], matches: Match): number {
  let sum = 0
  for (const line of lines) if (matches(line)) sum += line.amount
  return Math.min(sum, Number.MAX_SAFE_INTEGER)
}

/** Whole items of the matching lines: what is weighed or cut counts down. */
export function itemsOf(lines: readonly ReadLine[], matches: Match): number {
  let sum = 0
  for (const line of lines) if (matches(line)) sum += Math.floor(line.quantity)
  return sum
}

/** What the `count` cheapest items of the matching lines cost, each rounded down. */
export function cheapestOf(lines: readonly ReadLine[], matches: Match, count: number): number {
  const sorted = lines
    .filter(matches)
    .map(({ quantity, amount }) => ({ items: Math.floor(quantity), price: Math.floor(amount / quantity) }))
    .sort((a, b) => a.price - b.price)
  let left = count
  let sum = 0
  for (const { items, price } of sorted) {
    const taken = Math.min(left, items)
    sum += taken * price
    left -= taken
  }
  return Math.min(sum, Number.MAX_SAFE_INTEGER)
}
