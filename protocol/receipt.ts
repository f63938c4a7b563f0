import { z } from 'zod'
import { localised } from './text.ts'
import { labelledValue, value } from './values.ts'

export const receiptBlock = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('heading'), text: localised }),
  z.object({ kind: z.literal('text'), text: localised, align: z.enum(['start', 'center']).optional() }),
  z.object({ kind: z.literal('pair'), ...labelledValue.shape }),
  z.object({ kind: z.literal('total'), ...labelledValue.shape }).meta({ description: 'a pair that stands out' }),
  z.object({ kind: z.literal('rule') }),
  z.object({
    kind: z.literal('items'),
    items: z.array(z.object({ name: z.string(), quantity: z.number(), amount: value })),
  }),
  z.object({ kind: z.literal('qr'), content: z.string().max(500), caption: localised.optional() }),
  z.object({ kind: z.literal('barcode'), symbology: z.literal('code128'), content: z.string().max(40) }),
  z.object({ kind: z.literal('image'), asset: z.string() }).meta({ description: 'an image that the box holds, by name' }),
])
export type ReceiptBlock = z.infer<typeof receiptBlock>

/**
 * The club's slip as a document: each device renders what it can. Texts stand in each language; the box picks the
 * store's. It titles itself «رسید باشگاه», never «صورتحساب» (the tax invoice is another paper).
 */
export const receiptDocument = z.object({
  version: z.literal(1),
  reference: z.string().min(1).max(40).meta({ description: 'what the customer and the club call this receipt' }),
  provisional: z.boolean().meta({ description: 'decided without the club; to be confirmed' }),
  blocks: z.array(receiptBlock),
})
export type ReceiptDocument = z.infer<typeof receiptDocument>

/** The pairs and totals of a document by their `field`. */
export function fieldsOf(document: ReceiptDocument): Map<string, z.infer<typeof value>> {
  const fields = new Map<string, z.infer<typeof value>>()
  for (const block of document.blocks) if (block.kind === 'pair' || block.kind === 'total') fields.set(block.field, block.value)
  return fields
}

/** What a customer display or a kiosk shows at one moment. */
export const displayContent = z.object({
  title: localised,
  rows: z.array(labelledValue),
})
export type DisplayContent = z.infer<typeof displayContent>
