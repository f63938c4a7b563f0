import ReceiptPrinterEncoder from '@point-of-sale/receipt-printer-encoder'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Command, createDecoder } from './decode.ts'

const decode = (...bytes: number[]): Command[] => {
  const decoder = createDecoder()
  return [...decoder.push(Uint8Array.from(bytes)), ...decoder.end()]
}
const ascii = (text: string): number[] => [...Buffer.from(text, 'latin1')]

/** Neighbouring texts as one: the pieces in which text arrives are no part of its meaning. */
const decodeInPieces = (pieces: readonly Uint8Array[]): Command[] => {
  const decoder = createDecoder()
  return [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()]
}

const bytesOf = (command: number[]): fc.Arbitrary<Uint8Array> => fc.constant(Uint8Array.from(command))
/** Bytes that look like a print job, with all that can go wrong in it. */
const stream = fc
  .array(
    fc.oneof(
      bytesOf([0x1b, 0x40]),
      bytesOf([0x10, 0x04, 1]),
      bytesOf([0x1d, 0x76, 0x30, 0, 2, 0, 3, 0, 0x10, 0x04, 0x01, 0x0a, 0x1b, 0x40]),
      bytesOf([0x1d, 0x56, 66, 3]),
      bytesOf([0x1d, 0x28, 0x48, 6, 0, 0x30, 0x30, 0x20, 0x21, 0x22, 0x23]),
      bytesOf([0x1d, 0x6b, 4, 0x31, 0x32, 0]),
      fc.uint8Array({ maxLength: 12 }),
    ),
    { maxLength: 20 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])))

describe('a printer understands', () => {
  test.each<[string, number[], Command]>([
    ['a reset', [0x1b, 0x40], { kind: 'init' }],
    ['the middle', [0x1b, 0x61, 1], { kind: 'align', align: 'center' }],
    ['the right side, named by a digit', [0x1b, 0x61, 0x32], { kind: 'align', align: 'right' }],
    ['a line feed', [0x0a], { kind: 'feed', lines: 1 }],
    ['several lines', [0x1b, 0x64, 5], { kind: 'feed', lines: 5 }],
    ['some dots', [0x1b, 0x4a, 40], { kind: 'feed-dots', dots: 40 }],
    ['a full cut', [0x1d, 0x56, 0], { kind: 'cut', cut: 'full' }],
    ['a partial cut', [0x1d, 0x56, 0x31], { kind: 'cut', cut: 'partial' }],
    ['a full cut after a feed', [0x1d, 0x56, 65, 16], { kind: 'cut', cut: 'full' }],
    ['a partial cut after a feed', [0x1d, 0x56, 66, 16], { kind: 'cut', cut: 'partial' }],
    ['the drawer', [0x1b, 0x70, 0, 25, 250], { kind: 'drawer', pin: 2, onMs: 50, offMs: 500 }],
    ['a question for its state', [0x10, 0x04, 2], { kind: 'status-request', n: 2 }],
    ['the wish for automatic status', [0x1d, 0x61, 0x0f], { kind: 'automatic-status', mask: 15 }],
    ['a question behind the job', [0x1d, 0x72, 1], { kind: 'transmit-status', n: 1 }],
    [
      'a process id',
      [0x1d, 0x28, 0x48, 6, 0, 0x30, 0x30, 0x41, 0x42, 0x43, 0x44],
      { kind: 'process-id', id: Uint8Array.from([0x41, 0x42, 0x43, 0x44]) },
    ],
    ['a barcode that ends with NUL', [0x1d, 0x6b, 4, ...ascii('12'), 0], { kind: 'barcode', symbology: 4, content: '12' }],
    ['a barcode that tells its length', [0x1d, 0x6b, 73, 2, ...ascii('AB')], { kind: 'barcode', symbology: 73, content: 'AB' }],
    ['bold letters', [0x1b, 0x45, 1], { kind: 'setting', bytes: Uint8Array.from([0x1b, 0x45, 1]) }],
  ])('%s', (_, bytes, command) => {
    expect(decode(...bytes)).toEqual([command])
  })

  test('a picture, and the bytes of a status question in it are dots', () => {
    const dots = [0x10, 0x04, 0x01, 0x10, 0x04, 0x04]
    expect(decode(0x1d, 0x76, 0x30, 0, 2, 0, 3, 0, ...dots, 0x10, 0x04, 0x04)).toEqual([
      { kind: 'raster', bitmap: { width: 16, height: 3, data: Uint8Array.from(dots) } },
      { kind: 'status-request', n: 4 },
    ])
  })

  test('text, and skips what it does not know by the length that the command tells', () => {
    expect(decode(...ascii('Hi'), 0x1d, 0x28, 0x7a, 2, 0, 9, 9, ...ascii('there'), 0x0a)).toEqual([
      { kind: 'text', text: 'Hi' },
      { kind: 'unknown', bytes: Uint8Array.from([0x1d, 0x28, 0x7a, 2, 0, 9, 9]) },
      { kind: 'text', text: 'there' },
      { kind: 'feed', lines: 1 },
    ])
  })

  test('what an independent encoder writes', () => {
    const encoder = new ReceiptPrinterEncoder({ language: 'esc-pos', columns: 42, newline: '\n' })
    const bytes = encoder
      .initialize()
      .align('center')
      .text('Vafa')
      .newline()
      .qrcode('https://club.example/r/1')
      .cut('partial')
      .encode()
    const commands = decode(...bytes)
    expect(commands).toContainEqual({ kind: 'qr', content: 'https://club.example/r/1' })
    expect(commands).toContainEqual({ kind: 'cut', cut: 'partial' })
    expect(commands.flatMap((command) => (command.kind === 'text' ? [command.text.trim()] : []))).toContain('Vafa')
    expect(commands.filter((command) => command.kind === 'unknown')).toEqual([])
  })

  test('the same, however the bytes are cut into pieces', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 40 })), (bytes, sizes) => {
        const pieces: Uint8Array[] = []
        let at = 0
        for (const size of sizes) {
          pieces.push(bytes.subarray(at, at + size))
          at += size
        }
        const whole = decodeInPieces([bytes])
        expect(decodeInPieces([...pieces, bytes.subarray(at)])).toEqual(whole)
        expect(decodeInPieces([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole)
      }),
    )
  })
})
