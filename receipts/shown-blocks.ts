import type { ReceiptBlock, ReceiptDocument } from '#protocol/receipt.ts'
import { receiptTexts } from '#protocol/receipt-fields.ts'
import type { Localised } from '#protocol/text.ts'

/** A block as renderers meet it: a `notice` is a line that nobody may overlook. */
export type ShownBlock = ReceiptBlock | { kind: 'notice'; text: Localised }

/**
 * The blocks that every renderer shows. A provisional document says so near its top (below the heading) and again
 * before its total (at its end where it has none); that is the renderers' duty, whoever wrote the document.
 */
export function shownBlocks(document: ReceiptDocument): ShownBlock[] {
  if (!document.provisional) return document.blocks
  const notice: ShownBlock = { kind: 'notice', text: receiptTexts.provisional }
  const { blocks } = document
  const top = blocks.findIndex((block) => block.kind === 'heading') + 1
  const total = blocks.findIndex((block, index) => index >= top && block.kind === 'total')
  const middle = total === -1 ? blocks.length : total
  return [...blocks.slice(0, top), notice, ...blocks.slice(top, middle), notice, ...blocks.slice(middle)]
}
