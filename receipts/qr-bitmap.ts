import { encodeQR } from 'qr'
import type { Bitmap } from '#protocol/bitmap.ts'
import { VafaError } from '#runtime/errors.ts'

/** ISO/IEC 18004 asks for four blank modules around the symbol. */
const quietZone = 4
/** Below four dots (half a millimetre) a module, phone cameras fail on worn print heads. */
const leastDots = 4
/** About 30 mm on paper: easily read, not wasteful. */
const usualSize = 240

/**
 * A QR code as a band of the paper's full width, centred, in modules of whole dots. Medium error correction; low where
 * the content is so long that modules would become smaller than four dots.
 */
export function qrBitmap(content: string, width: number): Bitmap {
  const medium = encodeQR(content, 'raw', { ecc: 'medium', border: quietZone })
  const modules = dotsFor(medium, width) >= leastDots ? medium : encodeQR(content, 'raw', { ecc: 'low', border: quietZone })
  const dots = dotsFor(modules, width)
  if (dots < 1) {
    throw new VafaError({
      key: 'receipt.qr-too-long',
      message: `A QR code of ${content.length} characters does not fit ${width} dots.`,
      hint: 'Put a shorter link into the QR code.',
    })
  }
  return drawModules(modules, dots, width)
}

const dotsFor = (modules: boolean[][], width: number): number =>
  Math.min(Math.floor(width / modules.length), Math.max(leastDots, Math.floor(usualSize / modules.length)))

function drawModules(modules: boolean[][], dots: number, width: number): Bitmap {
  const height = modules.length * dots
  const left = Math.floor((width - height) / 2)
  const data = new Uint8Array((width / 8) * height)
  for (let y = 0; y < height; y++) {
    const row = modules[Math.floor(y / dots)] ?? []
    for (let x = 0; x < height; x++) {
      if (!row[Math.floor(x / dots)]) continue
      const dot = y * width + left + x
      data[dot >> 3] = (data[dot >> 3] ?? 0) | (0x80 >> (dot & 7))
    }
  }
  return { width, height, data }
}
