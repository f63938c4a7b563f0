import { z } from 'zod'

/** What a code can be in, as scanners name it by the identifiers of ISO/IEC 15424. */
export const symbologies = [
  'ean-upc',
  'ean-8',
  'code-39',
  'code-93',
  'code-128',
  'gs1-128',
  'gs1-databar',
  'codabar',
  'interleaved-2-of-5',
  'code-11',
  'msi',
  'plessey',
  'pdf417',
  'data-matrix',
  'gs1-data-matrix',
  'qr',
  'gs1-qr',
  'aztec',
  'maxicode',
  'other',
] as const
export const symbology = z.enum(symbologies)
export type Symbology = z.infer<typeof symbology>

/**
 * A code that names nobody, as the store's scanner read it: the till, a kiosk or the cashier's page does with it what
 * it does with a scan of its own. Members' credentials never come this way.
 */
export const scan = z.object({
  is: z.enum(['product', 'coupon', 'receipt', 'other']),
  code: z.string().min(1).max(2_000).meta({ description: "as it was scanned, without the scanner's own prefix" }),
  symbology: symbology.optional().meta({ description: 'where the scanner says it' }),
  gtin: z
    .string()
    .regex(/^\d{14}$/)
    .optional()
    .meta({ description: 'of EAN, UPC and GS1 codes whose check digit is right, filled up with zeros' }),
  elements: z
    .array(z.object({ ai: z.string().regex(/^\d{2,4}$/), value: z.string().min(1).max(90) }))
    .max(40)
    .optional()
    .meta({ description: 'of GS1 codes: 10 is the lot, 17 the expiry (YYMMDD), 21 the serial number …' }),
})
export type Scan = z.infer<typeof scan>
