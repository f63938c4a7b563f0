import { crc32, deflateSync } from 'node:zlib'
import type { Bitmap } from '#protocol/bitmap.ts'

const signature = Buffer.from('89504e470d0a1a0a', 'hex')

function chunk(type: string, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const out = Buffer.alloc(typed.length + 8)
  out.writeUInt32BE(body.length, 0)
  typed.copy(out, 4)
  out.writeUInt32BE(crc32(typed), typed.length + 4)
  return out
}

/**
 * The bands one below the other as a PNG (grayscale, one bit a dot), with `margin` blank dots of paper around them
 * (rounded up to a multiple of 8). Narrower bands stand at the left.
 */
export function bandsToPng(bands: readonly Bitmap[], options: { margin?: number } = {}): Buffer {
  const marginBytes = Math.ceil((options.margin ?? 0) / 8)
  const margin = marginBytes * 8
  const stride = Math.max(1, ...bands.map((band) => band.width / 8)) + 2 * marginBytes
  const height = Math.max(1, bands.reduce((sum, band) => sum + band.height, 0) + 2 * margin)
  // Each row: the filter's number (0, none), then the dots; in PNG a set bit is white.
  const rows = Buffer.alloc((stride + 1) * height, 0xff)
  for (let row = 0; row < height; row++) rows[row * (stride + 1)] = 0
  let y = margin
  for (const band of bands) {
    const bytes = band.width / 8
    for (let row = 0; row < band.height; row++, y++) {
      const offset = y * (stride + 1) + 1 + marginBytes
      for (let i = 0; i < bytes; i++) rows[offset + i] = ~(band.data[row * bytes + i] ?? 0) & 0xff
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(stride * 8, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 1
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}
