import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTokenizer, type Token } from '#drivers/till-print/tokens.ts'
import { cutBytes, receiptBytes, receiptStyles } from './receipts.ts'

const tokensOf = (pieces: readonly Uint8Array[]): Token[] => {
  const tokenizer = createTokenizer()
  return [...pieces.flatMap((piece) => tokenizer.push(piece)), ...tokenizer.end()]
}
const kinds = (bytes: Uint8Array) => tokensOf([bytes]).map(({ kind }) => kind)
const sale = { number: '8071', items: [{ name: 'قهوه', quantity: 2, amount: 450_000 }] }
const receipts = receiptStyles.map((style) => Buffer.concat([receiptBytes(sale, style), cutBytes.plain]))

describe('a till’s bytes as commands', () => {
  test('a cut inside a picture, a logo or a stored character is none', () => {
    const cut = [0x1d, 0x56, 0x00]
    const eight = [...cut, ...cut, ...cut].slice(0, 8)
    for (const command of [
      [0x1d, 0x76, 0x30, 0, 1, 0, 8, 0, ...eight],
      [0x1b, 0x2a, 0, 8, 0, ...eight],
      [0x1b, 0x2a, 33, 1, 0, ...cut],
      [0x1d, 0x2a, 1, 1, ...eight],
      [0x1c, 0x71, 1, 1, 0, 1, 0, ...eight],
      [0x1b, 0x26, 3, 0x41, 0x41, 1, ...cut],
      [0x1d, 0x28, 0x4c, 3, 0, ...cut],
      [0x1d, 0x38, 0x4c, 3, 0, 0, 0, ...cut],
      [0x1d, 0x6b, 73, 3, ...cut],
      [0x1d, 0x28, 0x6b, 3, 0, ...cut],
    ]) {
      expect(kinds(Buffer.from([...command, ...cut]))).toEqual([...kinds(Buffer.from(command)), 'cut'])
      expect(kinds(Buffer.from(command))).not.toContain('cut')
    }
  })

  test('each way of cutting is one, with or without a feed of its own', () => {
    expect(tokensOf([Buffer.from([0x1d, 0x56, 0, 0x1d, 0x56, 66, 3, 0x1b, 0x69, 0x1b, 0x6d])])).toMatchObject([
      { kind: 'cut', feeds: false },
      { kind: 'cut', feeds: true },
      { kind: 'cut', feeds: false },
      { kind: 'cut', feeds: false },
    ])
  })

  test('questions that the printer answers at once are told from others', () => {
    expect(kinds(Buffer.from([0x10, 0x04, 1, 0x10, 0x05, 1, 0x1d, 0x72, 1, 0x1d, 0x61, 0xff]))).toEqual([
      'real-time',
      'real-time',
      'other',
      'other',
    ])
  })

  test('10,000 arbitrary streams come out byte for byte, and soon: no rubbish makes it wait for ever', () => {
    const noise = fc.uint8Array({ maxLength: 64 })
    const commands = fc
      .array(fc.oneof(fc.constantFrom(0x1b, 0x1d, 0x1c, 0x10, 0x56, 0x76, 0x28, 0x2a, 0), fc.integer({ min: 0, max: 255 })), {
        maxLength: 64,
      })
      .map((bytes) => Uint8Array.from(bytes))
    fc.assert(
      fc.property(fc.oneof(noise, commands), (bytes) => {
        const tokenizer = createTokenizer()
        const out = tokenizer.push(bytes)
        const waiting = tokenizer.end()
        expect(Buffer.concat([...out, ...waiting].map((token) => token.bytes))).toEqual(Buffer.from(bytes))
        expect(waiting.reduce((sum, token) => sum + token.bytes.length, 0)).toBeLessThanOrEqual(32)
      }),
      { numRuns: 10_000 },
    )
  })

  test('1,000 random splits of receipts give the same commands', () => {
    const merged = (tokens: Token[]) => {
      const out: { kind: string; hex: string }[] = []
      for (const { kind, bytes } of tokens) {
        const hex = Buffer.from(bytes).toString('hex')
        const last = out.at(-1)
        if (last?.kind === kind && (kind === 'text' || kind === 'payload')) last.hex += hex
        else out.push({ kind, hex })
      }
      return out
    }
    const whole = receipts.map((bytes) => merged(tokensOf([bytes])))
    fc.assert(
      fc.property(fc.nat(receipts.length - 1), fc.array(fc.nat(700), { maxLength: 6 }), (which, at) => {
        const bytes = receipts[which] ?? Buffer.alloc(0)
        const ends = [...new Set([0, ...at.map((one) => one % bytes.length), bytes.length])].sort((a, b) => a - b)
        const pieces = ends.slice(1).map((end, index) => bytes.subarray(ends[index], end))
        expect(merged(tokensOf(pieces))).toEqual(whole[which])
      }),
      { numRuns: 1_000 },
    )
  })
})
