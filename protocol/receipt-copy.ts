import type { ReceiptBlock, ReceiptDocument } from './receipt.ts'
import { receiptTexts } from './receipt-fields.ts'

/** A slip as it is handed out again, marked as a copy below its heading. */
export const copyOfReceipt = (receipt: ReceiptDocument): ReceiptDocument => ({
  ...receipt,
  blocks: receipt.blocks.flatMap((block): ReceiptBlock[] =>
    block.kind === 'heading' ? [block, { kind: 'text', text: receiptTexts.duplicate, align: 'center' }] : [block],
  ),
})
