import type { Bitmap } from '#protocol/bitmap.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { drawReceipt, type RasterOptions } from './raster.ts'

/**
 * The process that draws receipts, apart from the daemon: Skia and the fonts take some 100 MB, needed only while a
 * receipt is being printed. It ends when its parent lets go of it or dies.
 */
export interface RasterRequest {
  job: number
  document: ReceiptDocument
  options: RasterOptions
}

export type RasterResponse =
  | { job: number; bands: Bitmap[] }
  | { job: number; error: { key: string; message: string; hint?: string; permanent: boolean } }

function answer({ job, document, options }: RasterRequest): RasterResponse {
  try {
    return { job, bands: drawReceipt(document, options) }
  } catch (thrown) {
    if (!(thrown instanceof VafaError)) {
      return { job, error: { key: 'receipt.raster-failed', message: messageOf(thrown), permanent: true } }
    }
    const { key, message, hint, permanent } = thrown
    return { job, error: { key, message, permanent, ...(hint === undefined ? {} : { hint }) } }
  }
}

process.on('message', (request: RasterRequest) => process.send?.(answer(request)))
process.on('disconnect', () => process.exit(0))
