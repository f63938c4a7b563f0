import { z } from 'zod'
import { type ScanRule, scanMeaning, scanRule } from './rules.ts'

/** Where nothing is said: what is a product for sure goes to the till, all else is a credential. */
const productsOnly: ScanRule[] = [{ gtin: 'sure', is: 'product', take: 'whole' }]

/** What a code means, as each kind of scanner is told it. */
export const meaningOptions = {
  as: scanMeaning.default('barcode').meta({
    description: 'what a code is that fits no rule: the kind of credential, or product, coupon, receipt, other, ignored',
  }),
  rules: z
    .array(scanRule)
    .max(50)
    .default(productsOnly)
    .meta({ description: 'the first that fits says what a code is; where left out: products for sure are products' }),
}

/** How a code is cut out of what a scanner sends. */
export const framingOptions = {
  prefix: z.string().max(20).default('').meta({ description: 'what the scanner sends before each code' }),
  suffix: z
    .string()
    .min(1)
    .max(20)
    .optional()
    .meta({ description: 'what ends a code; where it is left out, a carriage return or a line feed' }),
  maxLength: z.int().min(1).max(2_000).default(500).meta({ description: 'in bytes; longer codes are dropped' }),
}
