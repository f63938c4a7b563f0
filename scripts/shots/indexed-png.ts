import { crc32, deflateSync } from 'node:zlib'
import { createCanvas, loadImage } from '@napi-rs/canvas'

const colours = 256

/** A PNG with 256 colours at most: a picture of a page takes a third, and looks the same. */
export async function indexedPng(png: Buffer): Promise<Buffer> {
  const image = await loadImage(png)
  const { width, height } = image
  const context = createCanvas(width, height).getContext('2d')
  context.drawImage(image, 0, 0)
  const { data } = context.getImageData(0, 0, width, height)
  const { palette, indexOf } = paletteOf(data)
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = indexOf(keyAt(data, (y * width + x) * 4))
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // 8 bits a pixel, indexed.
  header.set([8, 3], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap((one) => [one >> 16, (one >> 8) & 255, one & 255]))),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const keyAt = (data: Uint8ClampedArray, at: number): number =>
  ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0)

/** The colours that are used most; every other one becomes the nearest of them. */
function paletteOf(data: Uint8ClampedArray): { palette: number[]; indexOf(key: number): number } {
  const used = new Map<number, number>()
  for (let at = 0; at < data.length; at += 4) {
    const key = keyAt(data, at)
    used.set(key, (used.get(key) ?? 0) + 1)
  }
  const byUse = [...used].sort(([, a], [, b]) => b - a).map(([key]) => key)
  // The first as they are (surfaces, text); then one for each further region of colour.
  const palette = byUse.slice(0, 96)
  const regions = new Set(palette.map(region))
  for (const key of byUse) {
    if (palette.length === colours) break
    if (regions.has(region(key))) continue
    regions.add(region(key))
    palette.push(key)
  }
  for (const key of byUse.slice(96)) if (palette.length < colours && !palette.includes(key)) palette.push(key)
  const known = new Map(palette.map((key, index) => [key, index]))
  return {
    palette,
    indexOf(key) {
      const index = known.get(key) ?? nearest(palette, key)
      known.set(key, index)
      return index
    },
  }
}

const region = (key: number): number => key & 0xf0f0f0

function nearest(palette: readonly number[], key: number): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (const [index, one] of palette.entries()) {
    const distance =
      2 * ((one >> 16) - (key >> 16)) ** 2 +
      4 * (((one >> 8) & 255) - ((key >> 8) & 255)) ** 2 +
      3 * ((one & 255) - (key & 255)) ** 2
    if (distance >= least) continue
    best = index
    least = distance
  }
  return best
}

function chunk(name: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), body])
  const framed = Buffer.alloc(named.length + 8)
  framed.writeUInt32BE(body.length, 0)
  named.copy(framed, 4)
  framed.writeUInt32BE(crc32(named), named.length + 4)
  return framed
}
