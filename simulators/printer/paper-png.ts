import type { Bitmap } from '#protocol/bitmap.ts'
import { bandsToPng } from '#receipts/png.ts'
import { qrBitmap } from '#receipts/qr-bitmap.ts'
import { drawBlock } from '#receipts/raster.ts'
import type { Piece, PrintedJob } from './paper.ts'

/** A printed job as it looks, with blank paper around it. Text is set in the receipts' font, not the printer's. */
export function paperPng(job: PrintedJob, { width }: { width: number }): Buffer {
  return bandsToPng(
    job.pieces.flatMap((piece) => pieceBands(piece, width)),
    { margin: 16 },
  )
}

function pieceBands(piece: Piece, width: number): Bitmap[] {
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
      return drawBlock({ kind: 'text', text: { fa: piece.text, en: piece.text }, align }, options)
    }
  }
}
