import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLengthReader, createSerialReader, lengthFrame, serialFrame } from './frames.ts'

const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 6 })
const texts = fc.array(fc.string({ unit: fc.constantFrom(...'0123456789ABCDEF رس'), minLength: 1, maxLength: 80 }), {
  maxLength: 6,
})
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 })

/** The same bytes in pieces of these lengths, over and over. */
function* pieces(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const length = lengths[n % lengths.length] ?? 1
    yield bytes.subarray(at, at + length)
    at += length
  }
}

describe('frames on TCP', () => {
  test('are the same messages however the stream is cut', () => {
    fc.assert(
      fc.property(messages, cuts, (sent, lengths) => {
        const reader = createLengthReader({ longest: 300 })
        const stream = Buffer.concat(sent.map(lengthFrame))
        const read = [...pieces(stream, lengths)].flatMap((piece) => reader.push(piece))
        expect(read.map((message) => [...message])).toEqual(sent.map((message) => [...message]))
      }),
      { numRuns: 1_000 },
    )
  })

  test('of length zero are keep-alives and no messages', () => {
    const reader = createLengthReader({ longest: 10 })
    expect(reader.push(Buffer.from([0, 0, 0, 1, 65, 0, 0]))).toEqual([Buffer.from('A')])
  })

  test('that are too long end the reading: nothing behind them can be trusted', () => {
    const reader = createLengthReader({ longest: 10 })
    expect(reader.push(Buffer.concat([lengthFrame(Buffer.from('ok')), Buffer.from('GET / HTTP/1.1\r\n')]))).toHaveLength(1)
    expect(reader.broken).toBe(true)
    expect(reader.push(lengthFrame(Buffer.from('ok')))).toEqual([])
  })
})

describe('frames on a serial line', () => {
  test('are the same messages however the line is cut, with noise between them', () => {
    fc.assert(
      fc.property(texts, cuts, (sent, lengths) => {
        const reader = createSerialReader({ longest: 300 })
        const stream = Buffer.concat(sent.flatMap((text) => [Buffer.from('\r\0~'), serialFrame(Buffer.from(text))]))
        const read = [...pieces(stream, lengths)].flatMap((piece) => reader.push(piece))
        expect(read.map((piece) => piece.kind === 'message' && piece.bytes.toString())).toEqual(sent)
      }),
      { numRuns: 1_000 },
    )
  })

  test('with a changed byte are damaged, and the next one is read', () => {
    const reader = createSerialReader({ longest: 300 })
    const frame = serialFrame(Buffer.from('0800'))
    const damaged = Buffer.from(frame)
    damaged[2] = 0x39
    expect(reader.push(Buffer.concat([damaged, frame])).map(({ kind }) => kind)).toEqual(['damaged', 'message'])
  })

  test('without an end do not grow for ever', () => {
    const reader = createSerialReader({ longest: 20 })
    expect(reader.push(Buffer.concat([Buffer.from([2]), Buffer.alloc(1_000, 65)])).map(({ kind }) => kind)).toEqual(['damaged'])
  })

  test('whatever comes in, nothing is thrown', () => {
    const reader = createSerialReader({ longest: 50 })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void reader.push(bytes)),
      { numRuns: 10_000 },
    )
  })
})
