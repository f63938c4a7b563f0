import { type CodePage, decodeBytes, orderOf } from '#drivers/printed-text/code-pages.ts'
import { fromVisual } from '#drivers/printed-text/visual-order.ts'
import type { Bitmap } from '#protocol/bitmap.ts'
import { bandsToPng } from '#receipts/png.ts'
import { qrBitmap } from '#receipts/qr-bitmap.ts'
import { drawBlock } from '#receipts/raster.ts'
import type { Piece, PrintedJob } from './paper.ts'

/**
 * A printed job as it looks, with blank paper around it. Text is set in the receipts' font, not the printer's.
 * `codePage`: what this printer takes the bytes of text for.
 */
export function paperPng(job: PrintedJob, { width, codePage = 'cp1252' }: { width: number; codePage?: CodePage }): Buffer {
  return bandsToPng(
    job.pieces.flatMap((piece) => pieceBands(piece, width, codePage)),
    { margin: 16 },
  )
}

function pieceBands(piece: Piece, width: number, page: CodePage): Bitmap[] {
  const options = { language: 'en', width, timeZone: 'UTC' } as const
  switch (piece.kind) {
    case 'raster':
      return [piece.bitmap]
    case 'blank':
      return [{ width, height: piece.dots, data: new Uint8Array((width / 8) * piece.dots) }]
    case 'qr':
      return [qrBitmap(piece.content, width)]
    case 'barcode':
      return drawBlock({ kind: 'barcode', symbology: 'code128', content: piece.content }, options)
    case 'text': {
      const align = piece.align === 'center' ? 'center' : 'start'
      const bytes = decodeBytes(Buffer.from(piece.text, 'latin1'), page)
      const text = orderOf(page) === 'visual' ? fromVisual(bytes).normalize('NFKC') : bytes
      return drawBlock({ kind: 'text', text: { fa: text, en: text }, align }, options)
    }
  }
}
