import ReceiptPrinterEncoder from '@point-of-sale/receipt-printer-encoder'
import escpos from 'escpos'
import { describe, expect, test } from 'vitest'
import type { Bitmap } from '#protocol/bitmap.ts'
import { drawerPulse } from './commands.ts'
import { encodeJob, maxRasterRows } from './encode.ts'
import { letters, lettersFor } from './letters.ts'

/** A picture in which no two rows are alike. */
function picture(width: number, height: number): Bitmap {
  const data = Uint8Array.from({ length: (width / 8) * height }, (_, index) => (index * 37 + (index >> 8) * 11) & 0xff)
  return { width, height, data }
}

/** The same picture as a canvas has it: four bytes a dot, black on white. */
function toPixels({ width, height, data }: Bitmap): { data: Uint8ClampedArray; width: number; height: number } {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let dot = 0; dot < width * height; dot += 1) {
    const black = ((data[dot >> 3] ?? 0) >> (7 - (dot & 7))) & 1
    if (black) rgba.fill(0, dot * 4, dot * 4 + 3)
  }
  return { data: rgba, width, height }
}

const textOf = (bytes: Buffer) => bytes.toString('latin1')

const head = Buffer.from('1b401d610f1b6100', 'hex')

describe('a job’s bytes', () => {
  test('begin with a reset, automatic status and the left margin, and end by feeding to the cutter and cutting', () => {
    const bytes = encodeJob({ bands: [picture(576, 8)], cut: 'partial' }, { width: 576 })
    expect(bytes.subarray(0, head.length)).toEqual(head)
    expect(bytes.subarray(-4).toString('hex')).toBe('1d564200')
    expect(encodeJob({ bands: [], cut: 'full' }, { width: 576 }).subarray(-4).toString('hex')).toBe('1d564100')
  })

  test('feed up to the tear bar where nothing cuts', () => {
    expect(encodeJob({ bands: [], cut: 'none' }, { width: 384 })).toEqual(Buffer.concat([head, Buffer.from('\n'.repeat(5))]))
  })

  test('hold the dots as they are, in pictures of at most 200 rows', () => {
    const band = picture(576, 450)
    const bytes = encodeJob({ bands: [band], cut: 'full' }, { width: 576 })
    const pictures = []
    for (let at = head.length; bytes.subarray(at, at + 4).toString('hex') === '1d763000'; ) {
      const [rowBytes, rows] = [bytes.readUInt16LE(at + 4), bytes.readUInt16LE(at + 6)]
      expect(rowBytes).toBe(72)
      expect(rows).toBeLessThanOrEqual(maxRasterRows)
      pictures.push(bytes.subarray(at + 8, at + 8 + rowBytes * rows))
      at += 8 + rowBytes * rows
    }
    expect(pictures.map((rows) => rows.length / 72)).toEqual([200, 200, 50])
    expect(Buffer.concat(pictures).equals(band.data)).toBe(true)
  })

  test('are those that escpos makes of the same picture dot by dot', () => {
    const band = picture(384, 24)
    const parts: Buffer[] = []
    const { data, width, height } = toPixels(band)
    new escpos.Printer({ write: (bytes) => parts.push(Buffer.from(bytes)) })
      .raster(new escpos.Image({ data, shape: [width, height, 4] }))
      .flush()
    const ours = encodeJob({ bands: [band], cut: 'full' }, { width: 384 })
    expect(ours.subarray(head.length, -4)).toEqual(Buffer.concat(parts))
  })

  test('are, for the picture, those that another library makes', () => {
    const band = picture(384, 24)
    const pixels = toPixels(band)
    const theirs = Buffer.from(
      new ReceiptPrinterEncoder({ language: 'esc-pos', imageMode: 'raster', columns: 32 })
        .image(pixels, pixels.width, pixels.height, 'threshold', 128)
        .encode(),
    )
    const ours = encodeJob({ bands: [band], cut: 'full' }, { width: 384 })
    expect(theirs.includes(ours.subarray(head.length, -4))).toBe(true)
  })

  test.each<[string, Bitmap]>([
    ['wider than the paper', picture(576, 8)],
    ['of no whole number of bytes', { width: 380, height: 1, data: new Uint8Array(48) }],
    ['with too little data', { width: 384, height: 2, data: new Uint8Array(48) }],
    ['without a row', { width: 384, height: 0, data: new Uint8Array() }],
  ])('are refused for a picture %s', (_, band) => {
    expect(() => encodeJob({ bands: [band], cut: 'full' }, { width: 384 })).toThrow(
      expect.objectContaining({ key: 'print.invalid', permanent: true }),
    )
  })
})

describe('letters instead of pictures', () => {
  test('are the bytes that another library makes for the same page', () => {
    const peer = new ReceiptPrinterEncoder({ language: 'esc-pos', columns: 48, printerModel: 'epson-tm-t88v' })
    const theirs = Buffer.from(peer.initialize().codepage('cp437').line('Café 12,000').encode())
    const ours = encodeJob({ bands: [], lines: ['Café 12,000'], cut: 'none' }, { width: 576 })
    for (const bytes of [theirs, ours]) {
      expect(textOf(bytes)).toContain('\x1bt\x00')
      expect(textOf(bytes)).toContain('Caf\x82 12,000')
    }
  })

  test('Persian stands joined, from left to right, at the right edge', () => {
    const options = lettersFor({ width: 384, letters: { codePage: 'iran-system', select: 22 } })
    const bytes = encodeJob({ bands: [], lines: ['جمع ۱۲'], cut: 'none' }, { width: 384, letters: options })
    expect(bytes.subarray(head.length, head.length + 3)).toEqual(Buffer.from([0x1b, 0x74, 22]))
    const line = bytes.subarray(head.length + 3, head.length + 3 + 33)
    expect(line).toEqual(Buffer.from([...Array.from({ length: 26 }, () => 0x20), 0x81, 0x82, 0x20, 0xe2, 0xf5, 0x9b, 0x0a]))
  })

  test('a page whose number nobody knows needs one', () => {
    expect(letters.safeParse({ codePage: 'iran-system' }).success).toBe(false)
    expect(letters.safeParse({ codePage: 'iran-system', select: 22 }).success).toBe(true)
    expect(letters.safeParse({ codePage: 'cp864' }).success).toBe(true)
  })
})

describe('the drawer', () => {
  test('opens by the pulse that another library sends', () => {
    const peer = new ReceiptPrinterEncoder({ language: 'esc-pos' })
    const theirs = Buffer.from(peer.pulse(0, 120, 510).encode())
    expect(textOf(theirs)).toContain(textOf(drawerPulse({ pin: 2, pulseMs: 120 })))
    expect(drawerPulse({ pin: 5, pulseMs: 200 })).toEqual(Buffer.from([0x1b, 0x70, 1, 100, 255]))
  })
})
