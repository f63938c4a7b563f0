import { createCanvas, loadImage } from '@napi-rs/canvas'
import { describe, expect, test } from 'vitest'
import type { Bitmap } from '#protocol/bitmap.ts'
import type { ReceiptBlock, ReceiptDocument } from '#protocol/receipt.ts'
import { languages } from '#protocol/text.ts'
import { bandsToPng } from './png.ts'
import { qrBitmap } from './qr-bitmap.ts'
import { drawBlock, drawReceipt } from './raster.ts'
import { sampleReceipts } from './samples.ts'
import { typographyFor } from './typography.ts'

const timeZone = 'Asia/Tehran'

const isBlack = ({ width, data }: Bitmap, x: number, y: number): boolean => {
  const dot = y * width + x
  return ((data[dot >> 3] ?? 0) & (0x80 >> (dot & 7))) !== 0
}

/** The columns of the first and the last black dot. */
function inkedFrom(band: Bitmap): { left: number; right: number } {
  const columns = Array.from({ length: band.width }, (_, x) => x).filter((x) =>
    Array.from({ length: band.height }, (_, y) => isBlack(band, x, y)).includes(true),
  )
  return { left: columns[0] ?? -1, right: columns.at(-1) ?? -1 }
}

const document = (...blocks: ReceiptBlock[]): ReceiptDocument => ({ version: 1, reference: 'x', provisional: false, blocks })
const code = (text: string): ReceiptBlock => ({
  kind: 'pair',
  field: 'reference',
  label: { fa: 'کد', en: 'Code' },
  value: { kind: 'code', code: text },
})

describe('a receipt as pictures', () => {
  for (const language of languages) {
    test.each([576, 384, 256])(`is as wide as the paper and keeps its margins (${language}, %i dots)`, (width) => {
      const { margin } = typographyFor(width)
      for (const sample of Object.values(sampleReceipts)) {
        const bands = drawReceipt(sample, { language, width, timeZone })
        for (const band of bands) {
          expect(band.width).toBe(width)
          expect(band.data).toHaveLength((width / 8) * band.height)
          const { left, right } = inkedFrom(band)
          expect(left).toBeGreaterThanOrEqual(margin - 1)
          expect(right).toBeLessThanOrEqual(width - margin)
        }
      }
    })
  }

  test('comes out the same each time, whatever was drawn before', () => {
    const options = { language: 'fa', width: 384, timeZone } as const
    const first = drawReceipt(sampleReceipts.sale, options)
    drawReceipt(sampleReceipts.provisional, { ...options, language: 'en', width: 576 })
    expect(drawReceipt(sampleReceipts.sale, options)).toEqual(first)
  })

  test('has the label at the right in Persian and at the left in English', () => {
    const label = { fa: 'کد', en: 'Code' }
    const alone: ReceiptBlock = { kind: 'pair', field: 'x', label, value: { kind: 'code', code: '' } }
    const [persian] = drawReceipt(document(alone), { language: 'fa', width: 384, timeZone })
    const [english] = drawReceipt(document(alone), { language: 'en', width: 384, timeZone })
    expect(persian && inkedFrom(persian).left).toBeGreaterThan(192)
    expect(english && inkedFrom(english).right).toBeLessThan(192)
  })

  test('a value that does not fit beside its label goes below it, and breaks where it must', () => {
    const { lineHeight } = typographyFor(384).body
    const heights = ['A', 'A'.repeat(22), 'A'.repeat(40)].map((text) => {
      const [band] = drawReceipt(document(code(text)), { language: 'en', width: 384, timeZone })
      return (band?.height ?? 0) / lineHeight
    })
    expect(heights).toEqual([1, 2, 3])
  })

  test('a long text takes as many lines as it needs', () => {
    const text = { fa: 'اعتبار شما پس از تأیید ثبت می‌شود. '.repeat(6).trim(), en: '' }
    const [band] = drawBlock({ kind: 'text', text }, { language: 'fa', width: 384, timeZone })
    expect((band?.height ?? 0) / typographyFor(384).body.lineHeight).toBeGreaterThan(3)
  })

  test('an image draws nothing, and a barcode that is too long for the paper stands as text', () => {
    const options = { language: 'en', width: 384, timeZone } as const
    expect(drawBlock({ kind: 'image', asset: 'logo' }, options)).toEqual([])
    expect(drawBlock({ kind: 'barcode', symbology: 'code128', content: 'VK7-9XHD' }, options)).toHaveLength(2)
    expect(drawBlock({ kind: 'barcode', symbology: 'code128', content: 'V'.repeat(40) }, options)).toHaveLength(1)
  })

  test.each([250, 380, 248])('a paper of %i dots is refused in words', (width) => {
    expect(() => drawReceipt(document(), { language: 'fa', width, timeZone })).toThrow(/cannot be \d+ dots wide/)
  })

  test('a QR code has modules of four dots or more, also with the longest content', () => {
    for (const length of [10, 120, 250, 450]) {
      const { height, width } = qrBitmap('x'.repeat(length), 384)
      const band = qrBitmap('x'.repeat(length), 384)
      const { left } = inkedFrom(band)
      // The finder pattern begins with seven black modules in its top row.
      const top = Array.from({ length: height }, (_, y) => y).find((y) => isBlack(band, left, y)) ?? 0
      let black = 0
      while (isBlack(band, left + black, top)) black++
      expect(black / 7).toBeGreaterThanOrEqual(4)
      expect(width).toBe(384)
    }
  })

  test('is the same picture as a PNG', async () => {
    const bands = drawReceipt(sampleReceipts.reversal, { language: 'fa', width: 384, timeZone })
    const image = await loadImage(bandsToPng(bands, { margin: 8 }))
    const height = bands.reduce((sum, band) => sum + band.height, 0)
    expect([image.width, image.height]).toEqual([384 + 16, height + 16])
    const canvas = createCanvas(image.width, image.height)
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, image.width, image.height)
    const black = (x: number, y: number) => data[(y * image.width + x) * 4] === 0
    let top = 8
    for (const band of bands) {
      for (let y = 0; y < band.height; y += 3)
        for (let x = 0; x < band.width; x++)
          if (black(x + 8, top + y) !== isBlack(band, x, y)) throw new Error(`differs at ${x}, ${top + y}`)
      top += band.height
    }
  })
})
