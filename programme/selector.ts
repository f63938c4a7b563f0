import type { z } from 'zod'
import { keyed, wordList } from './vocabulary.ts'

export const selectorKeys = {
  product: wordList.optional().meta({ description: "the catalogue's codes" }),
  category: wordList.optional(),
  brand: wordList.optional(),
}

/** Which lines of a basket are meant. A line matches if its product, its category or its brand is among those named. */
export const selector = keyed('choice of lines', selectorKeys).refine(
  (one) => one.product !== undefined || one.category !== undefined || one.brand !== undefined,
  'needs `product`, `category` or `brand`',
)
export type Selector = z.infer<typeof selector>
