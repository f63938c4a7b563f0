import type { Bitmap } from '#protocol/bitmap.ts'
import type { ReceiptBlock, ReceiptDocument } from '#protocol/receipt.ts'
import { type ReceiptField, receiptTexts } from '#protocol/receipt-fields.ts'
import type { PrinterSetting } from './receipt-stream.ts'

/** What the till's own receipt says already. */
const onTheTillsReceipt: readonly string[] = [
  'store',
  'instant',
  'operator',
  'till-receipt',
  'total',
  'payable',
] satisfies ReceiptField[]

/** The club's part of a slip, to stand below the till's own receipt: no articles and no sums a second time. */
export function clubPart(receipt: ReceiptDocument): ReceiptDocument {
  const kept = receipt.blocks.filter((block) => {
    if (block.kind === 'items') return false
    // The till thanks by itself.
    if (block.kind === 'text' && block.text.en === receiptTexts.thanks.en) return false
    return !((block.kind === 'pair' || block.kind === 'total') && onTheTillsReceipt.includes(block.field))
  })
  const rules = (block: ReceiptBlock | undefined) => block === undefined || block.kind === 'rule'
  const blocks = kept.filter((block, at) => block.kind !== 'rule' || !rules(kept[at + 1]))
  return { ...receipt, blocks: [{ kind: 'rule' }, ...blocks] }
}

const LF = 0x0a
const leftAligned = Buffer.from([0x1b, 0x61, 0])
const noMargin = Buffer.from([0x1d, 0x4c, 0, 0])

/**
 * The club's lines as they go to the till's printer: at the paper's left edge, fed past the cutter where the cut does not
 * do that, and afterwards the printer is set as the till had set it.
 */
export function encodeClubLines(
  picture: Buffer,
  { setting, feeds, feedLines }: { setting: PrinterSetting; feeds: boolean; feedLines: number },
): Buffer {
  const { align, leftMargin, lineOpen } = setting
  return Buffer.concat([
    lineOpen ? Buffer.from([LF]) : Buffer.alloc(0),
    align === 0 ? Buffer.alloc(0) : leftAligned,
    leftMargin === 0 ? Buffer.alloc(0) : noMargin,
    picture,
    feeds ? Buffer.alloc(0) : Buffer.from([0x1b, 0x64, feedLines]),
    align === 0 ? Buffer.alloc(0) : Buffer.from([0x1b, 0x61, align]),
    leftMargin === 0 ? Buffer.alloc(0) : Buffer.from([0x1d, 0x4c, leftMargin & 0xff, leftMargin >> 8]),
  ])
}

/** How a receipt becomes bytes for this printer; loads the encoder when the first one is printed. */
export async function encodePicture(bands: readonly Bitmap[], width: number): Promise<Buffer> {
  const { encodeBands } = await import('../printer-escpos/encode.ts')
  return encodeBands(bands, { width })
}
