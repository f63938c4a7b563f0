import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createScanDecoder, type ScanFraming } from './framing.ts'

const framing: ScanFraming = { prefix: '', suffix: undefined, maxLength: 40 }
const scan = (text: string) => ({ kind: 'scan', text })

const decodeText = (text: string, options: Partial<ScanFraming> = {}) =>
  createScanDecoder({ ...framing, ...options }).decode(Buffer.from(text), 0)

/** Any UTF-16 there is; fast-check's own `binary` unit takes seconds to set up. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 60 }).map((codes) => String.fromCharCode(...codes))

describe('a scanner’s bytes become codes', () => {
  test.each(['\r', '\n', '\r\n'])('a code ends with %j', (end) => {
    expect(decodeText(`6261000012345${end}A-17${end}`)).toEqual([scan('6261000012345'), scan('A-17')])
  })

  test('Persian digits and outer blanks come out as one written form', () => {
    expect(decodeText(' ۱۲۳۴۵ \r')).toEqual([scan('12345')])
  })

  test('a prefix of the scanner’s is taken off, and a code without it is garbage', () => {
    expect(decodeText('\u0002123\u0003456\u0003', { prefix: '\u0002', suffix: '\u0003' })).toEqual([
      scan('123'),
      { kind: 'garbage', bytes: 3 },
    ])
  })

  test('the field separator of GS1 codes stays, other control characters are garbage', () => {
    expect(decodeText('0112345\u001d21AB\r')).toEqual([scan('0112345\u001d21AB')])
    expect(decodeText('12\u000034\r')).toEqual([{ kind: 'garbage', bytes: 5 }])
  })

  test('bytes that are no UTF-8 are garbage', () => {
    const decoder = createScanDecoder(framing)
    expect(decoder.decode(Uint8Array.of(0xc3, 0x28, 0x0d), 0)).toEqual([{ kind: 'garbage', bytes: 2 }])
  })

  test('half a code never joins the next one', () => {
    const decoder = createScanDecoder(framing)
    expect(decoder.decode(Buffer.from('6261'), 0)).toEqual([])
    expect(decoder.decode(Buffer.from('98765\r'), 2_000)).toEqual([{ kind: 'garbage', bytes: 4 }, scan('98765')])
  })

  test('an endless code is dropped up to its end, once, and not kept in memory', () => {
    const decoder = createScanDecoder(framing)
    for (let piece = 0; piece < 1_000; piece += 1) expect(decoder.decode(Buffer.alloc(1_000, 0x41), piece)).toEqual([])
    expect(decoder.decode(Buffer.from('B\r123\r'), 1_000)).toEqual([{ kind: 'garbage', bytes: 1_000_001 }, scan('123')])
  })

  test('however the bytes are cut into pieces, the same codes come out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'binary-ascii', maxLength: 60 }), anyText), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 50 }),
        (codes, sizes) => {
          const bytes = Buffer.from(codes.map((code) => `${code}\r`).join(''))
          const whole = createScanDecoder(framing).decode(bytes, 0)
          const decoder = createScanDecoder(framing)
          const pieces = []
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1
            pieces.push(...decoder.decode(bytes.subarray(at, at + size), 0))
            at += size
          }
          expect(pieces).toEqual(whole)
        },
      ),
    )
  })

  test('a valid stream gives the same codes in a thousand different cuts', () => {
    const texts = ['6260100110014', 'VF:1001', '0112345\u001d21AB', 'https://club.example/m/کارت', '7']
    const bytes = Buffer.from(texts.map((text) => `${text}\r\n`).join(''))
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 20 }), (cuts) => {
        const decoder = createScanDecoder(framing)
        const ends = [...cuts.sort((a, b) => a - b), bytes.length]
        const results = ends.flatMap((end, index) => decoder.decode(bytes.subarray(ends[index - 1] ?? 0, end), 0))
        expect(results).toEqual(texts.map(scan))
      }),
      { numRuns: 1_000 },
    )
  })

  test('a field separator by itself is no code', () => {
    expect(createScanDecoder(framing).decode(Buffer.from('\x1d\n'), 0)).toEqual([{ kind: 'garbage', bytes: 1 }])
  })

  test('whatever comes in, a code that comes out is printable and no longer than allowed', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), (chunks) => {
        const decoder = createScanDecoder(framing)
        for (const result of chunks.flatMap((chunk, at) => decoder.decode(chunk, at))) {
          if (result.kind !== 'scan') continue
          expect(Buffer.byteLength(result.text)).toBeLessThanOrEqual(framing.maxLength)
          // But for GS, which parts the fields of a GS1 code, and is none by itself.
          expect(result.text.replaceAll('\x1d', '')).toMatch(/^\P{Cc}+$/u)
        }
      }),
      { numRuns: 10_000 },
    )
  })
})
